"""Real values for the fuzzer: providers whose calendars have addresses."""

from __future__ import annotations

from tests.fuzz.cases import Case, act_as
from tests.fuzz.entries import Fuzzing, lasting_id, single_person
from tests.fuzz.pools import Item, Pool, Pools, Seeds
from tests.marketplace.calendar_feeds.successes import calendar_of


async def _with_calendar(seeds: Seeds) -> Item:
    provider = await seeds.stage.person("SERVICE_PROVIDER")
    calendar_file = await calendar_of(seeds.stage, provider)
    return {"id": calendar_file, "authorization": provider.headers["Authorization"]}


_LASTING = Pool("calendars", _with_calendar, lasting=2)
_TO_DELETE = Pool("calendars_to_give_up", _with_calendar, share=0.5)


def _by_owner(case: Case, pools: Pools) -> None:
    act_as(case, pools.turn(_LASTING)["authorization"])


FUZZING = Fuzzing(
    pools=[_LASTING, _TO_DELETE],
    fills={
        "getCalendarFeed": [_by_owner],
        "deleteCalendarFeed": [single_person(_TO_DELETE)],
        "readCalendar": [lasting_id(_LASTING, "calendar_file")],
    },
)
