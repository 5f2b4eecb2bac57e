"""Real values for the fuzzer: what waits for staff, and businesses."""

from __future__ import annotations

from tests.fuzz.cases import Case, name_in_path, phase
from tests.fuzz.entries import Fuzzing, any_version, lasting_id, single_id
from tests.fuzz.pools import Item, Pool, Pools, Seeds
from tests.marketplace.moderation.successes import item, profile, suspended


async def _item(seeds: Seeds) -> Item:
    return {"id": await item(seeds.stage)}


async def _profile(seeds: Seeds) -> Item:
    return {"id": await profile(seeds.stage)}


async def _suspended(seeds: Seeds) -> Item:
    return {"id": await suspended(seeds.stage)}


_ITEMS = Pool("moderation_items", _item, lasting=4)
_TO_DECIDE = Pool("moderation_items_to_decide", _item)
_TO_SUSPEND = Pool("profiles_to_suspend", _profile)
_SUSPENDED = Pool("profiles_suspended", _suspended)


def _to_decide(case: Case, pools: Pools) -> None:
    """Name an item that may be decided; an id out of the queue could be one that is to be released later."""
    found = pools.take(_TO_DECIDE, phase(case)) or pools.last(_TO_DECIDE)
    name_in_path(case, item_id=found["id"])


FUZZING = Fuzzing(
    pools=[_ITEMS, _TO_DECIDE, _TO_SUSPEND, _SUSPENDED],
    fills={
        "getModerationItem": [lasting_id(_ITEMS, "item_id")],
        "claimModerationItem": [lasting_id(_ITEMS, "item_id")],
        "releaseModerationItem": [lasting_id(_ITEMS, "item_id")],
        "decideModerationItem": [_to_decide, any_version],
        "suspendProvider": [single_id(_TO_SUSPEND, "profile_id")],
        "reinstateProvider": [single_id(_SUSPENDED, "profile_id")],
    },
)
