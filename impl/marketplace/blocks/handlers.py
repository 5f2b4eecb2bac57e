"""Handlers of blocks; replies have nothing by which a homeowner could be found."""

from typing import override
from uuid import UUID

from generated import models, replies
from generated.routers.blocks import (
    AbstractBlocksHandlers,
    BlockHomeownerOk,
    BlockProviderOk,
    ListBlocksOk,
    UnblockNoContent,
)
from impl.kernel.caller import AnonymousClient, Caller
from impl.kernel.paging import Cursors, Moment, capped
from impl.marketplace.blocks.service import BlockRow, BlocksService
from impl.marketplace.capabilities.businesses.service import business_of


def _to_wire(row: BlockRow) -> replies.Block:
    return {
        "id": row["id"],
        "inquiry_id": row["inquiry_id"],
        "blocked_side": models.ThreadSide(row["blocked_side"]),
        "provider": business_of(row),
        "blocked_at": row["created_at"],
    }


def _moment(row: BlockRow) -> Moment:
    return row["created_at"], row["id"]


class BlocksHandlers(AbstractBlocksHandlers[Caller, AnonymousClient]):
    def __init__(self, service: BlocksService, cursors: Cursors) -> None:
        self._service = service
        self._cursors = cursors

    @override
    async def block_provider(self, caller: Caller, *, inquiry_id: UUID, recipient_id: UUID) -> BlockProviderOk:
        return BlockProviderOk(_to_wire(await self._service.block(caller, inquiry_id, recipient_id)))

    @override
    async def block_homeowner(self, caller: Caller, *, inquiry_id: UUID) -> BlockHomeownerOk:
        return BlockHomeownerOk(_to_wire(await self._service.block(caller, inquiry_id, None)))

    @override
    async def list_blocks(self, caller: Caller, *, limit: int, cursor: str | None, include_total: bool) -> ListBlocksOk:
        scope = f"listBlocks {caller.user_id}"
        after = self._cursors.decode_moment(cursor, scope=scope)
        page = await self._service.page(caller, after=after, limit=limit)
        total = await self._service.count(caller) if include_total else None
        return ListBlocksOk(
            {
                "items": [_to_wire(row) for row in page.items],
                "next_cursor": self._cursors.encode_next_moment(page, _moment, scope=scope),
                **capped(total),
            }
        )

    @override
    async def unblock(self, caller: Caller, *, block_id: UUID) -> UnblockNoContent:
        await self._service.unblock(caller, block_id)
        return UnblockNoContent()
