"""Queries that count a day, each by an index, and statements that keep the figures."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final, TypedDict

from sqlalchemy import Date, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel.audit import AuditEvent
from impl.kernel.reader import Reader
from impl.kernel.statements import Query
from impl.kernel.tables import UtcDateTime, core_table
from impl.kernel.upserts import upsert_into
from impl.marketplace.capabilities.listings.tables import Listing
from impl.operations.logs.tables import LogEntry, LogLevel
from impl.operations.usage.tables import UsageDay

# Figures that are numbers of events in the audit trail.
_EVENTS: Final = {
    "account.registered": "accounts",
    "inquiry.sent": "inquiries",
    "quote.sent": "quotes",
    "quote.accepted": "jobs",
    "review.written": "reviews",
    "session.started": "logins",
    "session.refused": "refused_logins",
}


class UsageDayRow(TypedDict):
    day: date
    accounts: int
    listings: int
    inquiries: int
    quotes: int
    jobs: int
    reviews: int
    logins: int
    refused_logins: int
    errors: int
    counted_at: datetime


class _EventCount(TypedDict):
    event: str
    count: int


class _Count(TypedDict):
    count: int


class _First(TypedDict):
    first: datetime | None


_BEGIN, _END = bindparam("begin", type_=UtcDateTime()), bindparam("end", type_=UtcDateTime())
_ROW: Final = core_table(UsageDay)
_DAYS: Final = Query(
    select(
        UsageDay.day,
        UsageDay.accounts,
        UsageDay.listings,
        UsageDay.inquiries,
        UsageDay.quotes,
        UsageDay.jobs,
        UsageDay.reviews,
        UsageDay.logins,
        UsageDay.refused_logins,
        UsageDay.errors,
        UsageDay.counted_at,
    )
    .where(UsageDay.day >= bindparam("first", type_=Date()), UsageDay.day <= bindparam("last", type_=Date()))
    .order_by(UsageDay.day),
    UsageDayRow,
)
_OF_EVENTS: Final = Query(
    select(AuditEvent.event, func.count().label("count"))
    .where(AuditEvent.event.in_(sorted(_EVENTS)), AuditEvent.occurred_at >= _BEGIN, AuditEvent.occurred_at < _END)
    .group_by(AuditEvent.event),
    _EventCount,
)
_LISTINGS: Final = Query(
    select(func.count().label("count"))
    .select_from(Listing)
    .where(Listing.live, Listing.published_at >= _BEGIN, Listing.published_at < _END),
    _Count,
)
_ERRORS: Final = Query(
    select(func.count().label("count"))
    .select_from(LogEntry)
    .where(LogEntry.logged_at >= _BEGIN, LogEntry.logged_at < _END, LogEntry.level != LogLevel.WARNING),
    _Count,
)
_FIRST: Final = Query(select(func.min(AuditEvent.occurred_at).label("first")), _First)


class UsageRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def days(self, first: date, last: date) -> Sequence[UsageDayRow]:
        """Return the days that have been counted, the first one first."""
        return await self._reader.all(_DAYS, first=first, last=last)

    async def began_at(self) -> datetime | None:
        """Return the time of the first event that there is."""
        row = await self._reader.first(_FIRST)
        return None if row is None else row["first"]

    async def count(self, day: date, begin: datetime, end: datetime, *, now: datetime) -> UsageDayRow:
        """Count a day that begins and ends then."""
        found: UsageDayRow = {
            "day": day,
            "accounts": 0,
            "listings": await self._counted(_LISTINGS, begin, end),
            "inquiries": 0,
            "quotes": 0,
            "jobs": 0,
            "reviews": 0,
            "logins": 0,
            "refused_logins": 0,
            "errors": await self._counted(_ERRORS, begin, end),
            "counted_at": now,
        }
        for row in await self._reader.all(_OF_EVENTS, begin=begin, end=end):
            found[_EVENTS[row["event"]]] = row["count"]  # type: ignore[literal-required]  # names of the row above
        return found

    async def keep(self, tx: AsyncSession, days: Sequence[UsageDayRow]) -> None:
        """Keep figures in place of earlier ones."""
        new = upsert_into(tx, _ROW)
        values = {column.name: new.excluded[column.name] for column in _ROW.c if not column.primary_key}
        await tx.execute(
            new.on_conflict_do_update(index_elements=[_ROW.c.day], set_=values), [dict(day) for day in days]
        )

    async def _counted(self, query: Query[_Count], begin: datetime, end: datetime) -> int:
        row = await self._reader.first(query, begin=begin, end=end)
        return 0 if row is None else row["count"]
