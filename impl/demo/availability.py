"""Working hours of the demo's businesses, in the time zones of their towns."""

from datetime import date, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from impl.demo.accounts import Demo
from impl.demo.provider_profile import NEWCOMER
from impl.demo.rows import AVAILABILITIES, Values, add, stamps, town_and_trade
from impl.marketplace.availability.tables import Availability, ExceptionalDay, Weekday, WeeklyHours

_ZONES: Final = {
    "AZ": "America/Phoenix",
    "CA": "America/Los_Angeles",
    "CO": "America/Denver",
    "GA": "America/New_York",
    "ID": "America/Boise",
    "MN": "America/Chicago",
    "NC": "America/New_York",
    "NM": "America/Denver",
    "OH": "America/New_York",
    "OR": "America/Los_Angeles",
    "PA": "America/New_York",
    "RI": "America/New_York",
    "TN": "America/Chicago",
    "TX": "America/Chicago",
    "UT": "America/Denver",
    "VT": "America/New_York",
    "WA": "America/Los_Angeles",
    "WI": "America/Chicago",
}
_MORNING: Final = ("08:00", "12:00")
_AFTERNOON: Final = ("13:00", "17:00")


async def fill(tx: AsyncSession, demo: Demo) -> None:
    """Make working hours of every business but the newest: some on Saturdays too, each with a coming holiday."""
    rows: list[Values] = []
    for number, provider in enumerate(demo.those_with("SERVICE_PROVIDER")):
        if number == NEWCOMER:
            continue
        town, _, _ = town_and_trade(number)
        rows.append(
            {
                **stamps(AVAILABILITIES + number, demo.now - timedelta(days=45)),
                "owner_id": provider.id,
                "time_zone": _ZONES[town["region"]],
                "weekly": _week(on_saturdays=number % 3 == 0),
                "exceptions": _holiday(demo.now.date() + timedelta(days=20 + number % 7)),
                "notice_minutes": 60 * (number % 4) * 8,
                "step_minutes": 30,
            }
        )
    await add(tx, Availability, rows)


def _week(*, on_saturdays: bool) -> list[WeeklyHours]:
    week: list[WeeklyHours] = [
        {"weekday": weekday.value, "starts": starts, "ends": ends}
        for weekday in list(Weekday)[:5]
        for starts, ends in (_MORNING, _AFTERNOON)
    ]
    return [*week, {"weekday": "SATURDAY", "starts": "09:00", "ends": "13:00"}] if on_saturdays else week


def _holiday(first: date) -> list[ExceptionalDay]:
    """Return a day off, and a longer day after it."""
    second = first + timedelta(days=1)
    return [
        {"on_date": first.isoformat(), "hours": []},
        {"on_date": second.isoformat(), "hours": [{"starts": "07:00", "ends": "19:00"}]},
    ]
