"""Service of working hours: which a provider may say, and which slots follow from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from impl.kernel import etags
from impl.kernel.caller import Caller
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.errors import InvalidInput, NotFound, PreconditionFailed
from impl.kernel.ids import new_id
from impl.kernel.rows import has_values
from impl.marketplace.availability.repository import AvailabilityRepository, AvailabilityRow
from impl.marketplace.availability.tables import SaidTime, Weekday, WorkingTime
from impl.marketplace.capabilities.hours.service import (
    Hours,
    Period,
    find_overlap,
    is_time_zone,
    openings,
    slots,
    start_of,
)
from impl.marketplace.capabilities.jobs.tables import Booking
from impl.marketplace.jobs.service import JobsService
from openapi.runtime.wire import FieldError

__all__ = ["AvailabilityRow", "AvailabilityService", "FreeTimes", "free_slots", "span", "working_time"]

DEFAULT_LENGTH: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_NUMBERS: Final[Mapping[str, int]] = {weekday.value: number for number, weekday in enumerate(Weekday)}


@dataclass(frozen=True, slots=True)
class FreeTimes:
    """Slots of a business on some days of its time zone, which is None until it has said when it works."""

    time_zone: str | None
    from_date: date
    until_date: date
    slots: Sequence[Period]


class AvailabilityService:
    def __init__(self, database: Database, jobs: JobsService, clock: Clock) -> None:
        self._database = database
        self._jobs = jobs
        self._clock = clock
        self._repository = AvailabilityRepository(database.reader)

    async def get(self, caller: Caller) -> AvailabilityRow:
        row = await self._repository.find(caller.user_id)
        if row is None:
            raise NotFound
        return row

    async def replace(
        self, caller: Caller, given: WorkingTime, *, if_match: str | None
    ) -> tuple[AvailabilityRow, bool]:
        """Set the working time and return whether it is the first; an equal one is no change."""
        _check(given)
        given = _in_order(given)
        now = self._clock.now()
        async with self._database.begin() as tx:
            row = await self._repository.lock(tx, caller.user_id)
            if row is None and if_match is not None:
                etags.check(if_match, 0)
                # `*` and every tag require that there is something (RFC 9110, section 13.1.1).
                raise PreconditionFailed("Nothing has been said yet.")
            if row is None:
                await self._repository.insert(
                    tx,
                    {
                        **given,
                        "id": new_id(),
                        "owner_id": caller.user_id,
                        "created_at": now,
                        "updated_at": now,
                        "version": etags.FIRST_VERSION,
                    },
                )
            else:
                etags.check(if_match, row["version"])
                if has_values(row, {**given}):
                    return row, False
                await self._repository.update(tx, caller.user_id, {**given, "updated_at": now})
            return await self._repository.get(tx, caller.user_id), row is None

    async def free(self, profile_id: UUID, service_id: UUID | None, from_date: date | None, days: int) -> FreeTimes:
        """Return the slots of a business that everybody sees, for one of its services or for an hour."""
        row = await self._repository.offered(profile_id, service_id)
        if row is None or (service_id is not None and row["service_id"] is None):
            raise NotFound
        working = working_time(row)
        now = self._clock.now()
        first = from_date or now.astimezone(ZoneInfo("UTC" if working is None else working["time_zone"])).date()
        last = first + timedelta(days=days - 1)
        if working is None:
            return FreeTimes(None, first, last, ())
        minutes = row["duration_minutes"]
        whose = row["user_id"]
        booked = (await self._jobs.booked([whose], *span(working, first, days, minutes=minutes)))[whose]
        found = free_slots(working, booked, first, days, minutes=minutes, now=now)
        return FreeTimes(working["time_zone"], first, last, found)

    async def find_slot(self, profile_id: UUID, starts_at: datetime) -> Period | None:
        """Return the free hour of a business that begins then; None where there is none."""
        if starts_at <= self._clock.now():
            return None
        try:
            # The day in the business's zone is this one in UTC, the one before or the one after.
            free = await self.free(profile_id, None, starts_at.astimezone(UTC).date() - _DAY, 3)
        except NotFound:
            return None
        return next((slot for slot in free.slots if slot.starts_at == starts_at), None)


def working_time(row: SaidTime) -> WorkingTime | None:
    """Return the working time of a row that may have none."""
    zone, weekly, exceptions = row["time_zone"], row["weekly"], row["exceptions"]
    notice, step = row["notice_minutes"], row["step_minutes"]
    if zone is None or weekly is None or exceptions is None or notice is None or step is None:
        return None
    return {
        "time_zone": zone,
        "weekly": weekly,
        "exceptions": exceptions,
        "notice_minutes": notice,
        "step_minutes": step,
    }


def span(working: WorkingTime, first: date, days: int, *, minutes: int | None) -> tuple[datetime, datetime]:
    """Return the instants between which something of this length, or an hour, that begins on these days can be."""
    zone = ZoneInfo(working["time_zone"])
    return start_of(first, zone), start_of(first + _DAY * (days + _after(_length(minutes))), zone)


def free_slots(
    working: WorkingTime, booked: Sequence[Booking], first: date, days: int, *, minutes: int | None, now: datetime
) -> list[Period]:
    """Return the free slots of this length, or of an hour, on these days, in order."""
    zone, length = ZoneInfo(working["time_zone"]), _length(minutes)
    open_hours = openings(
        zone,
        {_NUMBERS[day]: list(hours) for day, hours in groupby(working["weekly"], key=lambda one: one["weekday"])},
        {date.fromisoformat(day["on_date"]): day["hours"] for day in working["exceptions"]},
        # Hours of the day before may begin on the first one where the clock changes.
        (first + timedelta(days=number) for number in range(-1, days + _after(length))),
    )
    return slots(
        open_hours,
        [Period(*booking) for booking in booked],
        length=length,
        step=timedelta(minutes=working["step_minutes"]),
        earliest=max(start_of(first, zone), now + timedelta(minutes=working["notice_minutes"])),
        latest=start_of(first + _DAY * days, zone),
    )


def _length(minutes: int | None) -> timedelta:
    return DEFAULT_LENGTH if minutes is None else timedelta(minutes=minutes)


def _after(length: timedelta) -> int:
    """Return on how many days after the last one a slot of this length may still be."""
    return length // _DAY + 1


def _check(given: WorkingTime) -> None:
    """Refuse hours that end before they begin or overlap, days with two exceptions, and unknown time zones."""
    errors: list[FieldError] = []
    if not is_time_zone(given["time_zone"]):
        errors.append(FieldError("unknown_time_zone", "is not in the IANA database", pointer="/time_zone"))
    weekly = given["weekly"]
    errors += _backwards(weekly, "/weekly")
    for weekday in Weekday:
        places = [place for place, one in enumerate(weekly) if one["weekday"] == weekday]
        overlapping = find_overlap([weekly[place] for place in places])
        if overlapping is not None:
            errors.append(_overlaps(f"/weekly/{places[overlapping]}"))
    seen: set[str] = set()
    for number, day in enumerate(given["exceptions"]):
        if day["on_date"] in seen:
            errors.append(FieldError("not_unique", "has an exception already", pointer=f"/exceptions/{number}/on_date"))
        seen.add(day["on_date"])
        errors += _backwards(day["hours"], f"/exceptions/{number}/hours")
        overlapping = find_overlap(day["hours"])
        if overlapping is not None:
            errors.append(_overlaps(f"/exceptions/{number}/hours/{overlapping}"))
    if errors:
        raise InvalidInput(errors=errors)


def _in_order(given: WorkingTime) -> WorkingTime:
    return {
        **given,
        "weekly": sorted(given["weekly"], key=lambda one: (_NUMBERS[one["weekday"]], one["starts"])),
        "exceptions": [
            {"on_date": day["on_date"], "hours": sorted(day["hours"], key=lambda one: one["starts"])}
            for day in sorted(given["exceptions"], key=lambda day: day["on_date"])
        ],
    }


def _backwards(hours: Sequence[Hours], pointer: str) -> list[FieldError]:
    return [
        FieldError("out_of_range", "is not after the beginning", pointer=f"{pointer}/{number}/ends")
        for number, one in enumerate(hours)
        if one["ends"] <= one["starts"]
    ]


def _overlaps(pointer: str) -> FieldError:
    return FieldError("overlapping", "overlaps other hours of the day", pointer=pointer)
