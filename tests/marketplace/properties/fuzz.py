"""Real values for the fuzzer: properties."""

from __future__ import annotations

from tests.fuzz.entries import Fuzzing, lasting_id, single_id
from tests.fuzz.pools import Item, Pool, Seeds
from tests.marketplace.properties.successes import property_of


async def _property(seeds: Seeds) -> Item:
    return {"id": await property_of(seeds.stage, seeds.anna)}


_PROPERTIES = Pool("properties", _property, lasting=8)
_TO_DELETE = Pool("properties_to_delete", _property)

FUZZING = Fuzzing(
    pools=[_PROPERTIES, _TO_DELETE],
    fills={
        "getProperty": [lasting_id(_PROPERTIES, "property_id")],
        "replaceProperty": [lasting_id(_PROPERTIES, "property_id")],
        "updateProperty": [lasting_id(_PROPERTIES, "property_id")],
        "deleteProperty": [single_id(_TO_DELETE, "property_id")],
    },
)
