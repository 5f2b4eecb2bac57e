# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The blocks operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request

from generated import parameters, policies, replies
from openapi.runtime import texts
from openapi.runtime.bodies import NoBody
from openapi.runtime.guard import Guard
from openapi.runtime.inputs import Inputs
from openapi.runtime.json_writer import JsonWriter
from openapi.runtime.parameters_reader import Parameters
from openapi.runtime.routing import OperationRoute
from openapi.runtime.signatures import check_handlers
from openapi.runtime.texts import Field
from openapi.runtime.wire import Reply

_BLOCK: JsonWriter[replies.Block] = JsonWriter(replies.Block)
_BLOCK_PAGE: JsonWriter[replies.BlockPage] = JsonWriter(replies.BlockPage)


class BlockProviderOk(Reply):
    """Who is blocked."""

    __slots__ = ()

    def __init__(self, body: replies.Block) -> None:
        super().__init__(200, {"content-type": "application/json"}, _BLOCK.dump_json(body))


class BlockHomeownerOk(Reply):
    """Who is blocked."""

    __slots__ = ()

    def __init__(self, body: replies.Block) -> None:
        super().__init__(200, {"content-type": "application/json"}, _BLOCK.dump_json(body))


class ListBlocksOk(Reply):
    """A page of the caller's blocks."""

    __slots__ = ()

    def __init__(self, body: replies.BlockPage) -> None:
        super().__init__(200, {"content-type": "application/json"}, _BLOCK_PAGE.dump_json(body))


class UnblockNoContent(Reply):
    """The block is removed."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(204, {})


class AbstractBlocksHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged blocks."""

    @abstractmethod
    async def block_provider(self, caller: CallerT, *, inquiry_id: UUID, recipient_id: UUID) -> BlockProviderOk:
        """Block a recipient of my inquiry.

        Ends communication between the two, in every thread (409 `conversation-closed`): no message, quote, acceptance or visit in either direction, and no
        inquiry, for which the business looks as if it did not exist. Existing messages, agreements and jobs stay, and either side may end them. The
        other side is not notified. Blocking again changes nothing.
        """

    @abstractmethod
    async def block_homeowner(self, caller: CallerT, *, inquiry_id: UUID) -> BlockHomeownerOk:
        """Block the sender of an inquiry that I received.

        Ends communication between the two, in every thread (409 `conversation-closed`): no message, quote, acceptance or visit in either direction, and no
        inquiry, for which the business looks as if it did not exist. Existing messages, agreements and jobs stay, and either side may end them. The
        other side is not notified. Blocking again changes nothing.
        """

    @abstractmethod
    async def list_blocks(
        self, caller: CallerT, *, limit: int, cursor: str | None, include_total: bool
    ) -> ListBlocksOk:
        """List the people whom I have blocked.

        The newest first, each with the thread in which the person was blocked.
        """

    @abstractmethod
    async def unblock(self, caller: CallerT, *, block_id: UUID) -> UnblockNoContent:
        """Remove a block.

        Both may communicate again, unless the other side has blocked the caller too. 404: it is somebody else's block.
        """


_BLOCK_PROVIDER = Inputs(
    Parameters(parameters.BlockProviderParameters, path={"inquiry_id": Field(), "recipient_id": Field()}), NoBody()
)

_BLOCK_HOMEOWNER = Inputs(Parameters(parameters.BlockHomeownerParameters, path={"inquiry_id": Field()}), NoBody())

_LIST_BLOCKS = Inputs(
    Parameters(
        parameters.ListBlocksParameters,
        query={"limit": Field(texts.integer), "cursor": Field(), "include_total": Field(texts.boolean)},
        defaults={"limit": 20, "include_total": False},
    ),
    NoBody(),
)

_UNBLOCK = Inputs(Parameters(parameters.UnblockParameters, path={"block_id": Field()}), NoBody())


def build_router[CallerT, ClientT](
    handlers: AbstractBlocksHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractBlocksHandlers, handlers)

    async def block_provider(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.BLOCK_PROVIDER)
        given = await _BLOCK_PROVIDER.read(request)
        return await handlers.block_provider(
            caller, inquiry_id=given.parameters.inquiry_id, recipient_id=given.parameters.recipient_id
        )

    async def block_homeowner(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.BLOCK_HOMEOWNER)
        given = await _BLOCK_HOMEOWNER.read(request)
        return await handlers.block_homeowner(caller, inquiry_id=given.parameters.inquiry_id)

    async def list_blocks(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_BLOCKS)
        given = await _LIST_BLOCKS.read(request)
        return await handlers.list_blocks(
            caller,
            limit=given.parameters.limit,
            cursor=given.parameters.cursor,
            include_total=given.parameters.include_total,
        )

    async def unblock(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.UNBLOCK)
        given = await _UNBLOCK.read(request)
        return await handlers.unblock(caller, block_id=given.parameters.block_id)

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.BLOCK_PROVIDER, block_provider),
            OperationRoute(policies.BLOCK_HOMEOWNER, block_homeowner),
            OperationRoute(policies.LIST_BLOCKS, list_blocks),
            OperationRoute(policies.UNBLOCK, unblock),
        ]
    )
    return router
