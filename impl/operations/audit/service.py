"""Service that reads the audit trail, and records each reading by staff as an event."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from impl.kernel import audit
from impl.kernel.caller import Caller
from impl.kernel.database import Database
from impl.kernel.errors import JsonValue, NotFound
from impl.kernel.paging import Moment, Page, fetched
from impl.operations.audit.repository import AuditRepository, EventRow, Filters
from impl.operations.capabilities.audit_chain.service import AuditChainService, Integrity

READ = "audit.read"


class AuditService:
    def __init__(self, database: Database, chain: AuditChainService) -> None:
        self._database = database
        self._chain = chain
        self._repository = AuditRepository(database.reader)

    async def page(
        self,
        caller: Caller,
        filters: Filters,
        *,
        descending: bool,
        after: Moment | None,
        limit: int,
        counted: bool,
    ) -> tuple[Page[EventRow], int | None]:
        """Return a page and, if asked for, the number of all matches, read when the reading is recorded."""
        async with self._database.begin() as tx:
            page = Page.of(
                await self._repository.page(tx, filters, descending=descending, after=after, limit=fetched(limit)),
                limit,
            )
            total = await self._repository.count(tx, filters) if counted else None
            await audit.record(tx, READ, caller, data={**_serialize_filters(filters), "events": len(page.items)})
        return page, total

    async def integrity(self) -> Integrity:
        """Return whether the trail holds, for those who read it."""
        return await self._chain.integrity()

    async def get(self, caller: Caller, event_id: UUID) -> EventRow:
        async with self._database.begin() as tx:
            row = await self._repository.find(tx, event_id)
            if row is None:
                raise NotFound
            await audit.record(tx, READ, caller, subject=("audit_event", event_id))
        return row

    async def own_page(self, caller: Caller, *, after: Moment | None, limit: int) -> Page[EventRow]:
        return Page.of(await self._repository.own_page(caller.user_id, after=after, limit=fetched(limit)), limit)

    async def own_count(self, caller: Caller) -> int:
        return await self._repository.own_count(caller.user_id)


def _serialize_filters(filters: Filters) -> dict[str, JsonValue]:
    """Serialize the filters, which are names, ids and times, for the audit event."""
    given = {name: value for name, value in asdict(filters).items() if value is not None}
    return {name: value.isoformat() if isinstance(value, datetime) else str(value) for name, value in given.items()}
