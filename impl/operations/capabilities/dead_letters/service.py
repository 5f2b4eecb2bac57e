"""Service that lists dead letters and queues them again."""

from collections.abc import AsyncIterator, Collection
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel import audit, outbox
from impl.kernel.caller import NO_CLIENT
from impl.kernel.database import Database
from impl.kernel.outbox import DeadLetter
from impl.operations.capabilities.dead_letters.errors import UnknownLetters

BATCH: Final = 500


class DeadLettersService:
    """Lists and requeues dead letters in batches, as a misconfigured mail server leaves many of them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def walk(self) -> AsyncIterator[DeadLetter]:
        """Yield all dead letters that there are now, the earliest first."""
        now = self._database.clock.now()
        page = await outbox.find_dead(self._database, until=now, limit=BATCH)
        while page:
            for letter in page:
                yield letter
            last = page[-1]
            page = await outbox.find_dead(self._database, until=now, after=(last.dead_at, last.id), limit=BATCH)

    async def retry(self, ids: Collection[UUID]) -> int:
        """Requeue these letters, or raise UnknownLetters and do nothing: a mistyped id may mean another one."""
        async with self._database.begin() as tx:
            revived = await self._requeue(tx, ids)
            if unknown := set(ids) - revived:
                raise UnknownLetters(unknown)
        return len(revived)

    async def retry_all(self) -> int:
        """Requeue the letters that there are now, and not those that fail again meanwhile."""
        now, count = self._database.clock.now(), 0
        while page := await outbox.find_dead(self._database, until=now, limit=BATCH):
            async with self._database.begin() as tx:
                count += len(await self._requeue(tx, [letter.id for letter in page]))
        return count

    async def _requeue(self, tx: AsyncSession, ids: Collection[UUID]) -> set[UUID]:
        revived = await outbox.requeue(tx, ids)
        if revived:
            await audit.record(tx, "outbox.retried", NO_CLIENT, data={"messages": len(revived)})
        return revived
