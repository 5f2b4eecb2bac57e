"""Service of response times: how long a business takes to answer an inquiry, in the mean."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import ceil
from typing import Final
from uuid import UUID

from impl.kernel.reader import Reader
from impl.kernel.tables_read import leave_out_reads
from impl.marketplace.capabilities.response_times.repository import ResponseTimesRepository

OBSERVED: Final = timedelta(days=90)
# Of fewer answers the mean would tell of single inquiries.
ANSWERS_MIN: Final = 3
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ResponseTime:
    """Mean time to answer in minutes, and when it last changed; None if unknown."""

    minutes: int | None
    changed_at: datetime | None


class ResponseTimes:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._repository = ResponseTimesRepository(reader)

    async def of_provider(self, provider_id: UUID) -> ResponseTime:
        """Return the time that a provider takes to answer, counted anew each midnight (UTC).

        It stays the same for a day, so that nobody learns from it when a business has answered just now, and public
        pages need not be made anew with each inquiry.
        """
        today = self._reader.clock.now().astimezone(UTC).date()
        midnight = _midnight(today)
        with leave_out_reads():
            row = await self._repository.answers(provider_id, since=midnight - OBSERVED, until=midnight)
        if row is None or row["last_sent_at"] is None:
            return ResponseTime(None, None)
        # An answer counts from the midnight after it until the one on which its inquiry is too old.
        forgotten_at = _midnight(row["last_sent_at"].astimezone(UTC).date() + OBSERVED + _DAY)
        mean = row["mean_seconds"]
        minutes = None if mean is None or row["answered"] < ANSWERS_MIN else ceil(mean / 60)
        return ResponseTime(minutes, min(midnight, forgotten_at))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
