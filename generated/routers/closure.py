# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The closure operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod

from fastapi import APIRouter
from pydantic import TypeAdapter
from starlette.requests import Request

from generated import models, policies
from openapi.runtime.bodies import Body, JsonMedia
from openapi.runtime.guard import Guard
from openapi.runtime.inputs import Inputs
from openapi.runtime.parameters_reader import NoParameters, Parameters
from openapi.runtime.routing import OperationRoute
from openapi.runtime.signatures import check_handlers
from openapi.runtime.wire import Reply


class CloseAccountNoContent(Reply):
    """The account is closed, and its sessions have ended. A mail tells how to restore it."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(204, {})


class RestoreAccountNoContent(Reply):
    """The account is open again; sign in."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(204, {})


class AbstractClosureHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged closure."""

    @abstractmethod
    async def close_account(self, caller: CallerT, *, body: models.AccountClosure) -> CloseAccountNoContent:
        """Close my account.

        At once: every session ends, signing in is refused as for an account that is not there, what the account published is shown to nobody, and visits that have not begun are cancelled for good.
        For 14 days, or longer where the operator says so (30 at most), the link in the mail that we send brings everything back
        (`POST /auth/restore`); the mail names the day. Then the account and all that is personal in it are erased for good.

        Needs the current password: 422 `wrong-current-password`, also when it is missing; wrong ones count like failed logins (429 `login-throttled`). An
        account that has none (`has_password` of `GET /users/me`), because it signs in with an identity provider, needs a session that started less than
        10 minutes ago: 403 `reauthentication-required` asks to sign in once more. The last administrator cannot leave (409 `last-admin`).
        """

    @abstractmethod
    async def restore_account(self, client: ClientT, *, body: models.AccountRestoration) -> RestoreAccountNoContent:
        """Restore a closed account.

        Takes the token of the link that was mailed when the account was closed. It works once, until the day that the mail names, and only the newest
        one works: registering the address of a closed account, or asking to reset its password, mails another. Everything is as it was, and nobody
        is signed in: send the user to the login form. The owner is mailed that it happened. 422 `invalid-one-time-token`: too late, or not the newest.
        """


_CLOSE_ACCOUNT = Inputs(
    Parameters(NoParameters),
    Body[models.AccountClosure]({"application/json": JsonMedia(TypeAdapter(models.AccountClosure))}),
)

_RESTORE_ACCOUNT = Inputs(
    Parameters(NoParameters),
    Body[models.AccountRestoration]({"application/json": JsonMedia(TypeAdapter(models.AccountRestoration))}),
)


def build_router[CallerT, ClientT](
    handlers: AbstractClosureHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractClosureHandlers, handlers)

    async def close_account(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.CLOSE_ACCOUNT)
        given = await _CLOSE_ACCOUNT.read(request)
        return await handlers.close_account(caller, body=given.body)

    async def restore_account(request: Request) -> Reply:
        client = await guard.admit(request, policies.RESTORE_ACCOUNT)
        given = await _RESTORE_ACCOUNT.read(request)
        return await handlers.restore_account(client, body=given.body)

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.CLOSE_ACCOUNT, close_account),
            OperationRoute(policies.RESTORE_ACCOUNT, restore_account),
        ]
    )
    return router
