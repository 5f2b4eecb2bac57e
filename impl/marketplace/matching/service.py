"""Service that proposes businesses for some work, ordered by points with their reasons."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from impl.kernel.caller import Caller
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.errors import InvalidInput, NotFound
from impl.marketplace.availability.service import free_slots, span, working_time
from impl.marketplace.availability.tables import WorkingTime
from impl.marketplace.capabilities.geography.service import Nearby, kilometres
from impl.marketplace.capabilities.hours.service import Period
from impl.marketplace.capabilities.jobs.tables import Booking
from impl.marketplace.capabilities.ratings.tables import RANKS, UNRATED_RANK
from impl.marketplace.capabilities.response_times.service import OBSERVED
from impl.marketplace.jobs.service import JobsService
from impl.marketplace.matching.repository import CandidateRow, MatchingRepository
from impl.marketplace.matching.tables import MatchReasonKind
from openapi.runtime.wire import FieldError

__all__ = ["CandidateRow", "Match", "MatchingService"]

PROPOSED: Final = 10
# The nearest so many are compared.
LOOKED_AT: Final = 50
# Where nearness gives no point any more.
FAR_KM: Final = 100
NEAR_POINTS, LICENSED_POINTS, INSURED_POINTS, FREE_POINTS = 40, 25, 10, 10
# Points of the best score that reviews can come to; a business without reviews has none.
RATED_POINTS: Final = 20
# Points of quick answers, by how many hours they take in the mean at the most.
QUICK_POINTS: Final = ((4, 15), (24, 8))
FREE_BELOW: Final = 5
FREE_SOON_POINTS: Final = 10
# Days from today on among which a free slot is looked for; mostly there is one on the first ones.
SOON: Final = 14
_FIRST_DAYS: Final = 2
_HOUR: Final = 3600
# From the rank of a business without reviews up to that of five stars.
_BEST_RANK: Final = 5 * RANKS - UNRATED_RANK


@dataclass(frozen=True, slots=True)
class Match:
    """A business that would fit, and the points that it has for each reason."""

    row: CandidateRow
    earliest_slot: Period | None
    reasons: Sequence[tuple[MatchReasonKind, int]]

    @property
    def score(self) -> int:
        return sum(points for _, points in self.reasons)

    @property
    def distance_km(self) -> float:
        return kilometres(self.row["nearness"])

    @property
    def response_hours(self) -> float | None:
        seconds = self.row["response_seconds"]
        return None if seconds is None else round(seconds / _HOUR, 1)


class MatchingService:
    def __init__(self, database: Database, jobs: JobsService, clock: Clock) -> None:
        self._repository = MatchingRepository(database.reader)
        self._jobs = jobs
        self._clock = clock

    async def match(self, caller: Caller, *, property_id: UUID, category_id: UUID) -> Sequence[Match]:
        """Return the best of those who are near, each with its reasons."""
        ground = await self._repository.ground(caller.user_id, property_id=property_id, category_id=category_id)
        if ground is None:
            raise NotFound("There is no such property or category.")
        latitude, longitude = ground["area_latitude"], ground["area_longitude"]
        if latitude is None or longitude is None:
            detail = "Nobody knows where it is: give it coordinates."
            raise InvalidInput(errors=[FieldError("no_place", detail, pointer="/property_id")])
        now = self._clock.now()
        found = await self._repository.candidates(
            caller.user_id,
            category_id,
            Nearby((latitude, longitude)),
            today=now.date(),
            since=now - OBSERVED,
            limit=LOOKED_AT,
        )
        free = await self._earliest_slots(found, now)
        matches = [Match(row, slot, reasons_of(row, slot)) for row, slot in zip(found, free, strict=True)]
        # Sorting keeps the order of equals: the nearer first.
        return sorted(matches, key=lambda match: -match.score)[:PROPOSED]

    async def _earliest_slots(self, found: Sequence[CandidateRow], now: datetime) -> list[Period | None]:
        """Return the first free slot of each, by one query for all that have said when they work."""
        times = [working_time(row) for row in found]
        spans = [
            span(time, _today(time, now), SOON, minutes=row["duration_minutes"])
            for row, time in zip(found, times, strict=True)
            if time is not None
        ]
        if not spans:
            return [None] * len(found)
        booked = await self._jobs.booked(
            [row["user_id"] for row, time in zip(found, times, strict=True) if time is not None],
            min(starts_at for starts_at, _ in spans),
            max(ends_at for _, ends_at in spans),
        )
        return [
            None if time is None else _earliest(time, booked[row["user_id"]], row["duration_minutes"], now)
            for row, time in zip(found, times, strict=True)
        ]


def _today(time: WorkingTime, now: datetime) -> date:
    return now.astimezone(ZoneInfo(time["time_zone"])).date()


def _earliest(time: WorkingTime, booked: Sequence[Booking], minutes: int | None, now: datetime) -> Period | None:
    for days in (_FIRST_DAYS, SOON):
        slots = free_slots(time, booked, _today(time, now), days, minutes=minutes, now=now)
        if slots:
            return slots[0]
    return None


def reasons_of(row: CandidateRow, earliest_slot: Period | None) -> list[tuple[MatchReasonKind, int]]:
    """Return the reasons for a business with their points, the weightiest first."""
    near = round(NEAR_POINTS * (1 - kilometres(row["nearness"]) / FAR_KM))
    seconds = row["response_seconds"]
    quick = 0 if seconds is None else next((points for most, points in QUICK_POINTS if seconds <= most * _HOUR), 0)
    # In whole numbers, so that a half is rounded alike everywhere.
    rated = (RATED_POINTS * (row["rating_rank"] - UNRATED_RANK) + _BEST_RANK // 2) // _BEST_RANK
    points = (
        (MatchReasonKind.NEAR, near),
        (MatchReasonKind.LICENSED, LICENSED_POINTS if row["is_licensed"] else 0),
        (MatchReasonKind.INSURED, INSURED_POINTS if row["is_insured"] else 0),
        (MatchReasonKind.RESPONDS_QUICKLY, quick),
        (MatchReasonKind.WELL_RATED, rated),
        (MatchReasonKind.HAS_CAPACITY, FREE_POINTS if row["open_inquiries"] < FREE_BELOW else 0),
        (MatchReasonKind.FREE_SOON, 0 if earliest_slot is None else FREE_SOON_POINTS),
    )
    return sorted(((kind, given) for kind, given in points if given > 0), key=lambda reason: -reason[1])
