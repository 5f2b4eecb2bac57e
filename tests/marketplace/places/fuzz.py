"""Real values for the fuzzer: places."""

from __future__ import annotations

from tests.fuzz.entries import Fuzzing, lasting_id
from tests.fuzz.pools import Item, Pool, Seeds
from tests.marketplace.places.small import PORTLAND, SMALL


async def _town(seeds: Seeds) -> Item:
    await seeds.stage.service.services.marketplace.places.load(SMALL)
    return {"id": PORTLAND}


TOWNS = Pool("towns", _town, lasting=1)

FUZZING = Fuzzing(pools=[TOWNS], fills={"getPlace": [lasting_id(TOWNS, "place_id")]})
