# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The passwords operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod

from fastapi import APIRouter
from pydantic import TypeAdapter
from starlette.requests import Request

from generated import models, policies, replies
from openapi.runtime.bodies import Body, JsonMedia
from openapi.runtime.guard import Guard
from openapi.runtime.inputs import Inputs
from openapi.runtime.json_writer import JsonWriter
from openapi.runtime.parameters_reader import NoParameters, Parameters
from openapi.runtime.routing import OperationRoute
from openapi.runtime.signatures import check_handlers
from openapi.runtime.wire import Reply

_ACCEPTED: JsonWriter[replies.Accepted] = JsonWriter(replies.Accepted)


class RequestPasswordResetAccepted(Reply):
    """Accepted. If the address has an account, a mail is on its way."""

    __slots__ = ()

    def __init__(self, body: replies.Accepted) -> None:
        super().__init__(202, {"content-type": "application/json"}, _ACCEPTED.dump_json(body))


class ConfirmPasswordResetNoContent(Reply):
    """The password is changed."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(204, {})


class ChangePasswordNoContent(Reply):
    """The password is changed."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(204, {})


class AbstractPasswordsHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged passwords."""

    @abstractmethod
    async def request_password_reset(
        self, client: ClientT, *, body: models.PasswordResetRequest
    ) -> RequestPasswordResetAccepted:
        """Mail a link to reset the password.

        Answers the same for known and unknown addresses. The link carries a token for `POST /auth/reset-password/confirm`; it works once, for 60
        minutes, and only the newest one works. The owner of a closed account is mailed a link that restores it instead, the owner of a suspended one
        whom to write to. Only so many mails go to one address in an hour; the answer does not tell.
        """

    @abstractmethod
    async def confirm_password_reset(
        self, client: ClientT, *, body: models.PasswordReset
    ) -> ConfirmPasswordResetNoContent:
        """Set a new password with the mailed token.

        Ends every session of the account and signs nobody in: send the user to the login form. As the token proves the mailbox, a `PENDING` account
        becomes `ACTIVE`. A second factor stays on. The owner is mailed that the password was changed.

        A password that is refused as 422 `weak-password` does not use up the token; 422 `invalid-one-time-token` means that another link is needed.
        """

    @abstractmethod
    async def change_password(self, caller: CallerT, *, body: models.PasswordChange) -> ChangePasswordNoContent:
        """Change my password.

        Needs the current password (422 `wrong-current-password`), and ends every other session of the account; this one goes on. The owner is mailed.
        Wrong current passwords count like failed logins: 429 `login-throttled`. An account that has none (`has_password` of `GET /users/me`) gets one by
        `POST /auth/reset-password`.
        """


_REQUEST_PASSWORD_RESET = Inputs(
    Parameters(NoParameters),
    Body[models.PasswordResetRequest]({"application/json": JsonMedia(TypeAdapter(models.PasswordResetRequest))}),
)

_CONFIRM_PASSWORD_RESET = Inputs(
    Parameters(NoParameters),
    Body[models.PasswordReset]({"application/json": JsonMedia(TypeAdapter(models.PasswordReset))}),
)

_CHANGE_PASSWORD = Inputs(
    Parameters(NoParameters),
    Body[models.PasswordChange]({"application/json": JsonMedia(TypeAdapter(models.PasswordChange))}),
)


def build_router[CallerT, ClientT](
    handlers: AbstractPasswordsHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractPasswordsHandlers, handlers)

    async def request_password_reset(request: Request) -> Reply:
        client = await guard.admit(request, policies.REQUEST_PASSWORD_RESET)
        given = await _REQUEST_PASSWORD_RESET.read(request)
        return await handlers.request_password_reset(client, body=given.body)

    async def confirm_password_reset(request: Request) -> Reply:
        client = await guard.admit(request, policies.CONFIRM_PASSWORD_RESET)
        given = await _CONFIRM_PASSWORD_RESET.read(request)
        return await handlers.confirm_password_reset(client, body=given.body)

    async def change_password(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.CHANGE_PASSWORD)
        given = await _CHANGE_PASSWORD.read(request)
        return await handlers.change_password(caller, body=given.body)

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.REQUEST_PASSWORD_RESET, request_password_reset),
            OperationRoute(policies.CONFIRM_PASSWORD_RESET, confirm_password_reset),
            OperationRoute(policies.CHANGE_PASSWORD, change_password),
        ]
    )
    return router
