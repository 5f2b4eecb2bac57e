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
    """The account is closed, and its sessions have ended. A mail contains the link that restores it."""

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

        Takes effect at once: every session ends, sign-in is refused as for an unknown account, nothing that the account published is visible, and visits that
        have not begun are cancelled for good.

        For 14 days, or up to 30 if the operator configured so, the link in the mail restores everything (`POST /auth/restore`); the mail names the last day. Then the
        account and all its personal data are erased.

        - 422 `wrong-current-password`: the current password is wrong or missing. Wrong passwords count as failed logins (429 `login-throttled`).
        - 403 `reauthentication-required`: an account without a password (`has_password` of `GET /users/me`) needs a session that started less than 10 minutes
          ago. Sign in again.
        - 409 `last-admin`: the last administrator cannot close their account.
        """

    @abstractmethod
    async def restore_account(self, client: ClientT, *, body: models.AccountRestoration) -> RestoreAccountNoContent:
        """Restore a closed account.

        Takes the token of the link that was mailed when the account was closed. It works once, until the day that the mail names, and only the newest one is
        valid; registering with the address of a closed account, or asking to reset its password, mails another. The account is as it was before, and nobody is
        signed in: send the user to the login form. The owner is notified by mail. 422 `invalid-one-time-token`: the token has expired or was replaced.
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
