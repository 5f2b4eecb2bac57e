"""Successful requests of the operations of calendars' addresses."""

from __future__ import annotations

from tests.contract.entries import Entries
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Person, Stage

FEED = "/service-providers/calendar-feed"


async def calendar_of(stage: Stage, provider: Person) -> str:
    """Make the address of the provider's calendar and return the last part of its path."""
    made = (await stage.expect(201, "POST", FEED, by=provider)).json()
    return str(made["calendar_url"]).rpartition("/")[2]


async def _own(stage: Stage, _: Body) -> Ready:
    provider = await stage.person("SERVICE_PROVIDER")
    await calendar_of(stage, provider)
    return Ready(by=provider)


async def _any(stage: Stage, _: Body) -> Ready:
    return Ready(by=await stage.person("SERVICE_PROVIDER"))


async def _read(stage: Stage, _: Body) -> Ready:
    return Ready(ids={"calendar_file": await calendar_of(stage, await stage.person("SERVICE_PROVIDER"))})


SUCCESSES: Entries = {
    "getCalendarFeed": _own,
    "createCalendarFeed": _any,
    "deleteCalendarFeed": _own,
    "readCalendar": _read,
}
