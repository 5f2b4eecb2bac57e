# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The email-change operations: replies, abstract handlers, router."""

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


class RequestEmailChangeAccepted(Reply):
    """Accepted. What happens next arrives by mail."""

    __slots__ = ()

    def __init__(self, body: replies.Accepted) -> None:
        super().__init__(202, {"content-type": "application/json"}, _ACCEPTED.dump_json(body))


class ConfirmEmailChangeNoContent(Reply):
    """The account has the new address."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(204, {})


class AbstractEmailChangeHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged email-change."""

    @abstractmethod
    async def request_email_change(
        self, caller: CallerT, *, body: models.EmailChangeRequest
    ) -> RequestEmailChangeAccepted:
        """Change my e-mail address.

        Mails a link to the new address. The account keeps its present address until `POST /users/me/email/confirm`. The present address is notified. Asking again
        replaces the earlier link.

        The response is the same whoever owns the new address: if another account has it, its owner gets a mail that says so, and no link is sent.

        - 422 `wrong-current-password`: the current password is wrong or missing. Wrong passwords count as failed logins (429 `login-throttled`).
        - 403 `reauthentication-required`: an account without a password (`has_password` of `GET /users/me`) needs a session that started less than 10 minutes
          ago.
        """

    @abstractmethod
    async def confirm_email_change(
        self, client: ClientT, *, body: models.EmailChangeConfirmation
    ) -> ConfirmEmailChangeNoContent:
        """Confirm my new e-mail address.

        Needs the token of the mailed link and a proof that the reader owns the account: the password, or the access token of a live session of the account.
        The account then has the new address, which counts as verified, and the former address is notified. Other sessions end; the session that was given as
        the proof stays.

        - 422 `invalid-one-time-token`: a token works once, for 60 minutes, and only the newest one is valid; also if another account has the address by now. Ask
          again.
        - 401 `invalid-credentials`: the proof is wrong. Wrong passwords count as failed logins.
        """


_REQUEST_EMAIL_CHANGE = Inputs(
    Parameters(NoParameters),
    Body[models.EmailChangeRequest]({"application/json": JsonMedia(TypeAdapter(models.EmailChangeRequest))}),
)

_CONFIRM_EMAIL_CHANGE = Inputs(
    Parameters(NoParameters),
    Body[models.EmailChangeConfirmation]({"application/json": JsonMedia(TypeAdapter(models.EmailChangeConfirmation))}),
)


def build_router[CallerT, ClientT](
    handlers: AbstractEmailChangeHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractEmailChangeHandlers, handlers)

    async def request_email_change(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.REQUEST_EMAIL_CHANGE)
        given = await _REQUEST_EMAIL_CHANGE.read(request)
        return await handlers.request_email_change(caller, body=given.body)

    async def confirm_email_change(request: Request) -> Reply:
        client = await guard.admit(request, policies.CONFIRM_EMAIL_CHANGE)
        given = await _CONFIRM_EMAIL_CHANGE.read(request)
        return await handlers.confirm_email_change(client, body=given.body)

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.REQUEST_EMAIL_CHANGE, request_email_change),
            OperationRoute(policies.CONFIRM_EMAIL_CHANGE, confirm_email_change),
        ]
    )
    return router
