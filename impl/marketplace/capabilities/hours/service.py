"""Working hours as periods of UTC, and the slots in them that nothing has taken.

Hours are times of a clock on the wall. Each is turned into an instant by itself, and all sums are of instants, so that
a day of 23 or 25 hours needs no case of its own. A time that the clock leaves out is read with the offset before the
change, and one that comes twice is the first (RFC 5545, section 3.3.5): what `fold=0` means in Python.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from typing_extensions import TypedDict

__all__ = ["Hours", "Opening", "Period", "find_overlap", "is_time_zone", "openings", "slots", "start_of"]

_END_OF_DAY: Final = "24:00"


class Hours(TypedDict):
    """Hours of one day, as `HH:MM`; they end at `24:00` at the latest."""

    starts: str
    ends: str


class Period(NamedTuple):
    """Time between two instants; the end is not part of it."""

    starts_at: datetime
    ends_at: datetime


class Opening(NamedTuple):
    """Hours in which work may begin, and the end of the work that goes on from there, through hours that meet."""

    starts_at: datetime
    ends_at: datetime
    until: datetime


@cache
def _time_zones() -> frozenset[str]:
    """Return the names of the IANA database, from its package: what a machine has beside them differs."""
    return frozenset(files("tzdata").joinpath("zones").read_text(encoding="ascii").split())


def is_time_zone(name: str) -> bool:
    return name in _time_zones()


def find_overlap(hours: Sequence[Hours]) -> int | None:
    """Return the place of the first hours that overlap others of the same day; None when none do."""
    places = sorted(range(len(hours)), key=lambda place: hours[place]["starts"])
    for before, place in pairwise(places):
        if hours[place]["starts"] < hours[before]["ends"]:
            return place
    return None


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """Return when a day begins there."""
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def openings(
    zone: ZoneInfo,
    weekly: Mapping[int, Sequence[Hours]],
    exceptions: Mapping[date, Sequence[Hours]],
    days: Iterable[date],
) -> list[Opening]:
    """Return the working hours of these days in order, each with the time until which work goes on from there.

    Weekly hours are by `date.weekday()`.
    """
    periods = sorted(
        period for day in days for period in _instants(zone, day, exceptions.get(day, weekly.get(day.weekday(), ())))
    )
    found: list[Opening] = []
    for period in reversed(periods):
        if found and period.ends_at >= found[-1].starts_at:
            # They overlap where the clock leaves out what was between them.
            until = max(period.ends_at, found[-1].until)
            found.append(Opening(period.starts_at, found[-1].starts_at, until))
        else:
            found.append(Opening(period.starts_at, period.ends_at, period.ends_at))
    return found[::-1]


def _instants(zone: ZoneInfo, day: date, hours: Sequence[Hours]) -> Iterator[Period]:
    for one in hours:
        starts_at = datetime.combine(day, time.fromisoformat(one["starts"]), zone).astimezone(UTC)
        if one["ends"] == _END_OF_DAY:
            ends_at = start_of(day + timedelta(days=1), zone)
        else:
            ends_at = datetime.combine(day, time.fromisoformat(one["ends"]), zone).astimezone(UTC)
        # Hours that lie in what the clock leaves out are none.
        if starts_at < ends_at:
            yield Period(starts_at, ends_at)


def slots(
    open_hours: Iterable[Opening],
    taken: Sequence[Period],
    *,
    length: timedelta,
    step: timedelta,
    earliest: datetime,
    latest: datetime,
) -> list[Period]:
    """Return the free times of this length between bookings, which are in order.

    A slot begins a whole number of steps after the beginning of its hours, not before `earliest`, and before `latest`.
    """
    found: list[Period] = []
    following = 0
    for hours in open_hours:
        starts_at = hours.starts_at
        while starts_at < min(hours.ends_at, latest) and starts_at + length <= hours.until:
            while following < len(taken) and taken[following].ends_at <= starts_at:
                following += 1
            is_free = following == len(taken) or taken[following].starts_at >= starts_at + length
            if is_free and starts_at >= earliest:
                found.append(Period(starts_at, starts_at + length))
            starts_at += step
    return found
