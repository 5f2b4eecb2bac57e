"""Real values for the fuzzer: hours that end after they begin, and businesses that say when they work."""

from __future__ import annotations

from tests.fuzz.cases import Case, merge, name_in_path
from tests.fuzz.entries import Fuzzing
from tests.fuzz.pools import Item, Pool, Pools, Seeds
from tests.marketplace.availability.successes import said_when
from tests.marketplace.provider_services.successes import service_of


async def _business(seeds: Seeds) -> Item:
    provider = await seeds.stage.person("SERVICE_PROVIDER")
    await said_when(seeds.stage, provider)
    service_id = await service_of(seeds.stage, provider, "submit")
    shown = await seeds.stage.expect(200, "GET", "/service-providers/profile", by=provider)
    return {"slug": shown.json()["slug"], "service": service_id}


_BUSINESSES = Pool("working_businesses", _business, lasting=2)


def _sound(case: Case, _: Pools) -> None:
    """Let hours end after they begin, each day be there once, the time zone be one, and no version be asked for."""
    case.headers.pop("If-Match", None)
    if not isinstance(case.body, dict):
        return
    merge(case, time_zone="Asia/Kathmandu", weekly=[{"weekday": "MONDAY", "starts": "08:00", "ends": "24:00"}])
    exceptions = case.body.get("exceptions")
    if isinstance(exceptions, list):
        days = {str(day["on_date"]): {**day, "hours": []} for day in exceptions if isinstance(day, dict)}
        merge(case, exceptions=list(days.values()))


def _there(case: Case, pools: Pools) -> None:
    item = pools.turn(_BUSINESSES)
    name_in_path(case, slug=item["slug"])
    if "service_id" in case.query:
        case.query["service_id"] = item["service"]


FUZZING = Fuzzing(
    pools=[_BUSINESSES],
    fills={"replaceAvailability": [_sound], "listSlots": [_there]},
    # Hours that overlap or end before they begin, and names that are no time zones.
    rules={"replaceAvailability": {"validation-failed"}},
)
