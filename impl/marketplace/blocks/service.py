"""Service of blocks: each side of a thread may block the other, which is not notified."""

from uuid import UUID

from impl.kernel import audit
from impl.kernel.caller import Caller
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.errors import NotFound
from impl.kernel.ids import new_id
from impl.kernel.paging import Moment, Page, fetched
from impl.marketplace.blocks.repository import BlockRepository, BlockRow
from impl.marketplace.capabilities.inquiries.tables import ThreadSide

__all__ = ["BlockRow", "BlocksService"]


class BlocksService:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._repository = BlockRepository(database.reader)

    async def block(self, caller: Caller, inquiry_id: UUID, recipient_id: UUID | None) -> BlockRow:
        """Block the other side of a thread; blocking again changes nothing.

        Whoever writes or sends at the same time has done so before, or finds the block.
        """
        parties = await self._repository.find_parties(caller.user_id, inquiry_id, recipient_id)
        if parties is None:
            raise NotFound
        other, side = (
            (parties["owner_id"], ThreadSide.HOMEOWNER)
            if recipient_id is None
            else (parties["provider_id"], ThreadSide.PROVIDER)
        )
        people = {caller.user_id, other}
        async with self._database.begin() as tx:
            await self._repository.take_turns(tx, people)
            await self._repository.lock_inquiries(tx, people)
            row = await self._repository.of(tx, caller.user_id, other)
            if row is not None:
                return row
            block_id = new_id()
            await self._repository.insert(
                tx,
                {
                    "id": block_id,
                    "blocker_id": caller.user_id,
                    "blocked_id": other,
                    "recipient_id": parties["recipient_id"],
                    "blocked_side": side,
                    "created_at": self._clock.now(),
                },
            )
            # About the block: what is about an account is in the activity of its owner, who is not told of this one.
            about = {"inquiry_id": str(inquiry_id), "recipient_id": str(parties["recipient_id"])}
            await audit.record(tx, "person.blocked", caller, subject=("block", block_id), data=about)
            return await self._repository.get_in(tx, caller.user_id, block_id)

    async def unblock(self, caller: Caller, block_id: UUID) -> None:
        async with self._database.begin() as tx:
            row = await self._repository.find_in(tx, caller.user_id, block_id)
            if row is None:
                raise NotFound
            await self._repository.delete(tx, block_id)
            about = {"inquiry_id": str(row["inquiry_id"])}
            await audit.record(tx, "person.unblocked", caller, subject=("block", block_id), data=about)

    async def page(self, caller: Caller, *, after: Moment | None, limit: int) -> Page[BlockRow]:
        return Page.of(await self._repository.page(caller.user_id, after=after, limit=fetched(limit)), limit)

    async def count(self, caller: Caller) -> int:
        return await self._repository.count(caller.user_id)
