"""Service that keeps a bounded number of entries of the log, and gives them to staff."""

from collections.abc import Sequence
from typing import Final

from impl.kernel.database import Database
from impl.kernel.paging import Moment, Page, fetched
from impl.kernel.retention import BATCH, CleanupJob, Steps
from impl.operations.logs.repository import Filters, LogEntryRow, LogsRepository

# What the service takes, for those who must not know the repository.
type NewLogEntry = LogEntryRow
# Of many processes that log the same for a night, the newest entries tell as much.
KEPT: Final = 100_000


class LogsService:
    def __init__(self, database: Database, *, kept: int = KEPT) -> None:
        self._database = database
        self._kept = kept
        self._repository = LogsRepository(database.reader)

    @property
    def cleanup_jobs(self) -> dict[str, CleanupJob]:
        """Return the worker's job that deletes the oldest entries where there are too many."""
        return {"log entries beyond the bound": CleanupJob(self._trim)}

    async def page(self, filters: Filters, *, after: Moment | None, limit: int) -> Page[LogEntryRow]:
        """Return the newest entries that match."""
        return Page.of(await self._repository.page(filters, after=after, limit=fetched(limit)), limit)

    async def count(self, filters: Filters) -> int:
        return await self._repository.count(filters)

    async def add(self, entries: Sequence[NewLogEntry]) -> None:
        """Write entries in a transaction of their own."""
        async with self._database.begin() as tx:
            await self._repository.add(tx, entries)

    async def _trim(self) -> Steps:
        removed = BATCH
        while removed == BATCH:
            async with self._database.begin() as tx:
                removed = await self._repository.remove_oldest(tx, keep=self._kept, limit=BATCH)
            yield {"log_entries": removed}
