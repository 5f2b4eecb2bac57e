"""Service that counts what happened on each day, and gives the figures to staff."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from typing import Final

from impl.kernel.database import Database
from impl.operations.usage.repository import UsageDayRow, UsageRepository
from impl.operations.usage.tables import FIGURES

DAYS_MOST: Final = 366
# The day that is not over yet is counted anew so often.
TODAY_EVERY: Final = timedelta(minutes=5)
# What is committed or logged late belongs to the day in which it began.
_LATE: Final = timedelta(minutes=10)
_LOOKED_EVERY_SECONDS: Final = 60.0
_AT_ONCE: Final = 10
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class UsageReport:
    """Figures of some days in a row; days that have not been counted have zeros and no time."""

    first: date
    days: Sequence[tuple[date, Mapping[str, int], datetime | None]]

    @property
    def last(self) -> date:
        return self.days[-1][0]

    def total(self, figure: str) -> int:
        return sum(figures[figure] for _, figures, _ in self.days)


class UsageService:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._repository = UsageRepository(database.reader)
        self._due = time.monotonic()

    async def report(self, first: date | None, days: int) -> UsageReport:
        """Return so many days from the first on; without one, those up to today."""
        begin = self._today() - (days - 1) * _DAY if first is None else first
        found = {row["day"]: row for row in await self._repository.days(begin, begin + (days - 1) * _DAY)}
        return UsageReport(begin, [_figures(begin + number * _DAY, found) for number in range(days)])

    async def count_up(self) -> bool:
        """Count today and what has not been counted to its end yet, some days at once; the work of a periodic task."""
        if time.monotonic() < self._due:
            return False
        now, today = self._database.clock.now(), self._today()
        began = await self._repository.began_at()
        first = max(today - (DAYS_MOST - 1) * _DAY, today if began is None else began.astimezone(UTC).date())
        known = {row["day"]: row["counted_at"] for row in await self._repository.days(first, today)}
        stale = [day for day in _backwards(today, first) if is_stale(day, known.get(day), now)]
        counted = [
            await self._repository.count(day, _begin_of(day), _begin_of(day + _DAY), now=now)
            # In one order, so that two workers do not deadlock.
            for day in sorted(stale[:_AT_ONCE])
        ]
        if counted:
            async with self._database.begin() as tx:
                await self._repository.keep(tx, counted)
        if len(stale) <= _AT_ONCE:
            self._due = time.monotonic() + _LOOKED_EVERY_SECONDS
        return False

    def _today(self) -> date:
        return self._database.clock.now().astimezone(UTC).date()


def _begin_of(day: date) -> datetime:
    return datetime.combine(day, time_of_day(), UTC)


def _backwards(last: date, first: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield last - number * _DAY


def is_stale(day: date, counted_at: datetime | None, now: datetime) -> bool:
    """Return whether a day is to be counted again: every few minutes, and once when it is over."""
    if counted_at is None:
        return True
    whole_at = _begin_of(day + _DAY) + _LATE
    return counted_at < whole_at and now >= min(counted_at + TODAY_EVERY, whole_at)


def _figures(day: date, found: Mapping[date, UsageDayRow]) -> tuple[date, Mapping[str, int], datetime | None]:
    row = found.get(day)
    if row is None:
        return day, dict.fromkeys(FIGURES, 0), None
    figures = {
        "accounts": row["accounts"],
        "listings": row["listings"],
        "inquiries": row["inquiries"],
        "quotes": row["quotes"],
        "jobs": row["jobs"],
        "reviews": row["reviews"],
        "logins": row["logins"],
        "refused_logins": row["refused_logins"],
        "errors": row["errors"],
    }
    return day, figures, row["counted_at"]
