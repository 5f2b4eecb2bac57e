"""Pools and fills of the fuzzer for favourites."""

from __future__ import annotations

from tests.fuzz.entries import Fuzzing, lasting_id
from tests.fuzz.pools import Item, Pool, Seeds
from tests.marketplace.favourites.successes import profile_of_somebody
from tests.marketplace.reports.successes import listing


async def _listing(seeds: Seeds) -> Item:
    return {"id": await listing(seeds.stage)}


async def _business(seeds: Seeds) -> Item:
    return {"id": await profile_of_somebody(seeds.stage)}


_LISTINGS = Pool("services_to_keep", _listing, lasting=4)
_BUSINESSES = Pool("businesses_to_keep", _business, lasting=4)

FUZZING = Fuzzing(
    pools=[_LISTINGS, _BUSINESSES],
    fills={
        "keepService": [lasting_id(_LISTINGS, "service_id")],
        "dropService": [lasting_id(_LISTINGS, "service_id")],
        "keepProvider": [lasting_id(_BUSINESSES, "profile_id")],
        "dropProvider": [lasting_id(_BUSINESSES, "profile_id")],
    },
)
