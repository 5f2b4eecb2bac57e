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

        The response is the same for known and unknown addresses. The link contains a token for `POST /auth/reset-password/confirm`, which works once, for 60
        minutes; only the newest one is valid. The owner of a closed account gets a link that restores it instead, and the owner of a suspended account a mail
        that says whom to contact. The number of mails to one address in an hour is limited; the response does not show whether a mail was sent.
        """

    @abstractmethod
    async def confirm_password_reset(
        self, client: ClientT, *, body: models.PasswordReset
    ) -> ConfirmPasswordResetNoContent:
        """Set a new password with the mailed token.

        Ends every session of the account and does not sign in: send the user to the login form. The token proves access to the mailbox, so a `PENDING` account
        becomes `ACTIVE`. A second factor stays enrolled. The owner is notified by mail.

        - 422 `weak-password`: the token stays valid; ask for another password.
        - 422 `invalid-one-time-token`: the user needs a new link.
        """

    @abstractmethod
    async def change_password(self, caller: CallerT, *, body: models.PasswordChange) -> ChangePasswordNoContent:
        """Change my password.

        Needs the current password (422 `wrong-current-password`). Ends every other session of the account, and keeps this one. The owner is notified by mail.
        Wrong passwords count as failed logins: 429 `login-throttled`. An account without a password (`has_password` of `GET /users/me`) sets one by
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
