# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The account operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod

from fastapi import APIRouter
from pydantic import TypeAdapter
from starlette.requests import Request

from generated import models, parameters, policies, replies
from openapi.runtime.bodies import Body, JsonMedia, NoBody
from openapi.runtime.guard import Guard
from openapi.runtime.inputs import Inputs
from openapi.runtime.json_writer import JsonWriter
from openapi.runtime.parameters_reader import Parameters
from openapi.runtime.routing import OperationRoute
from openapi.runtime.signatures import check_handlers
from openapi.runtime.texts import Field
from openapi.runtime.wire import Reply

_ACCOUNT: JsonWriter[replies.Account] = JsonWriter(replies.Account)


class GetAccountOk(Reply):
    """The account."""

    __slots__ = ()

    def __init__(self, body: replies.Account, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _ACCOUNT.dump_json(body))


class GetAccountNotModified(Reply):
    """What you hold is current."""

    __slots__ = ()

    def __init__(self, *, etag: str) -> None:
        super().__init__(304, {"etag": etag})


class ReplaceAccountOk(Reply):
    """The account."""

    __slots__ = ()

    def __init__(self, body: replies.Account, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _ACCOUNT.dump_json(body))


class UpdateAccountOk(Reply):
    """The account."""

    __slots__ = ()

    def __init__(self, body: replies.Account, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _ACCOUNT.dump_json(body))


class AbstractAccountHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged account."""

    @abstractmethod
    async def get_account(self, caller: CallerT) -> GetAccountOk | GetAccountNotModified:
        """Get my account.

        All details of the caller's own account. `PENDING` accounts may call this too.
        """

    @abstractmethod
    async def replace_account(
        self, caller: CallerT, *, if_match: str | None, body: models.AccountReplace
    ) -> ReplaceAccountOk:
        """Replace my account's details.

        Sets every detail that the owner may change; what is left out or null is cleared. The e-mail address, the roles and the state are not among
        them: each has an operation of its own. 409 `username-taken` points at the field. `If-Match` is optional, and honoured
        if sent.
        """

    @abstractmethod
    async def update_account(
        self, caller: CallerT, *, if_match: str | None, body: models.AccountUpdate
    ) -> UpdateAccountOk:
        """Update my account's details.

        A merge patch: absent members stay, `null` clears `username` or `phone`. 409 `username-taken` points at the field. `If-Match` is optional, and honoured
        if sent.
        """


_GET_ACCOUNT = Inputs(
    Parameters(parameters.GetAccountParameters, headers={"if_none_match": ("If-None-Match", Field())}), NoBody()
)

_REPLACE_ACCOUNT = Inputs(
    Parameters(parameters.ReplaceAccountParameters, headers={"if_match": ("If-Match", Field())}),
    Body[models.AccountReplace]({"application/json": JsonMedia(TypeAdapter(models.AccountReplace))}),
)

_UPDATE_ACCOUNT = Inputs(
    Parameters(parameters.UpdateAccountParameters, headers={"if_match": ("If-Match", Field())}),
    Body[models.AccountUpdate](
        {
            "application/merge-patch+json": JsonMedia(TypeAdapter(models.AccountUpdate)),
            "application/json": JsonMedia(TypeAdapter(models.AccountUpdate)),
        }
    ),
)


def build_router[CallerT, ClientT](
    handlers: AbstractAccountHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractAccountHandlers, handlers)

    async def get_account(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_ACCOUNT)
        await _GET_ACCOUNT.read(request)
        return await handlers.get_account(caller)

    async def replace_account(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.REPLACE_ACCOUNT)
        given = await _REPLACE_ACCOUNT.read(request)
        return await handlers.replace_account(caller, if_match=given.parameters.if_match, body=given.body)

    async def update_account(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.UPDATE_ACCOUNT)
        given = await _UPDATE_ACCOUNT.read(request)
        return await handlers.update_account(caller, if_match=given.parameters.if_match, body=given.body)

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.GET_ACCOUNT, get_account),
            OperationRoute(policies.REPLACE_ACCOUNT, replace_account),
            OperationRoute(policies.UPDATE_ACCOUNT, update_account),
        ]
    )
    return router
