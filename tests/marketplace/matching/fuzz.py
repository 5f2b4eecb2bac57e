"""Real values for the fuzzer: a property and a category for which providers are looked for."""

from __future__ import annotations

from tests.fuzz.cases import Case, act_as, merge
from tests.fuzz.entries import Fuzzing
from tests.fuzz.pools import Item, Pool, Pools, Seeds
from tests.marketplace.catalogue.categories import category
from tests.marketplace.properties.successes import property_of


async def _place(seeds: Seeds) -> Item:
    owner = await seeds.stage.person()
    return {
        "authorization": owner.headers["Authorization"],
        "property": await property_of(seeds.stage, owner),
        "category": await category(seeds.stage),
    }


_PLACES = Pool("places_to_match", _place, lasting=1)


def _there(case: Case, pools: Pools) -> None:
    item = pools.turn(_PLACES)
    act_as(case, item["authorization"])
    merge(case, property_id=item["property"], category_id=item["category"])


FUZZING = Fuzzing(
    pools=[_PLACES],
    fills={"matchProviders": [_there]},
    # A property whose place nobody knows.
    rules={"matchProviders": {"validation-failed"}},
)
