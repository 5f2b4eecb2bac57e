"""Real values for the fuzzer: what waits for staff, and businesses."""

from __future__ import annotations

from generated.states import PhotoState
from tests.fuzz.cases import Case, merge, name_in_path, phase
from tests.fuzz.entries import Fill, Fuzzing, lasting_id, single_id
from tests.fuzz.pools import Item, Pool, Pools, Seeds
from tests.marketplace.moderation.successes import item, photo, profile, suspended, taken_down, text_version


async def _item(seeds: Seeds) -> Item:
    return {"id": await item(seeds.stage)}


async def _profile(seeds: Seeds) -> Item:
    return {"id": await profile(seeds.stage)}


async def _suspended(seeds: Seeds) -> Item:
    return {"id": await suspended(seeds.stage)}


async def _taken_down(seeds: Seeds) -> Item:
    return {"id": await taken_down(seeds.stage)}


async def _photo(seeds: Seeds) -> Item:
    return {"id": await photo(seeds.stage)}


async def _hidden_photo(seeds: Seeds) -> Item:
    return {"id": await photo(seeds.stage, PhotoState.HIDDEN)}


async def _to_decide(seeds: Seeds) -> Item:
    item_id = await item(seeds.stage)
    return {"id": item_id, "text_version": await text_version(seeds.stage, item_id)}


_ITEMS = Pool("moderation_items", _item, lasting=4)
_TO_DECIDE = Pool("moderation_items_to_decide", _to_decide)
_TO_SUSPEND = Pool("profiles_to_suspend", _profile)
# Decided or suspended again and again once the others are used up.
_DECIDED = Pool("moderation_items_decided", _to_decide, lasting=1)
_SUSPENDED_ANYWAY = Pool("profiles_suspended_anyway", _profile, lasting=1)
_SUSPENDED = Pool("profiles_suspended", _suspended)
_TAKEN_DOWN = Pool("services_taken_down", _taken_down)
_PHOTOS = Pool("photos_for_staff", _photo, lasting=2)
_HIDDEN_PHOTOS = Pool("photos_hidden", _hidden_photo)


def _made_for_it(pool: Pool, spare: Pool, parameter: str, *members: str) -> Fill:
    """Name something of the pools in every request: what staff hide or decide may be what other operations need.

    The members are those of the body that name it as well.
    """

    def fill(case: Case, pools: Pools) -> None:
        found = pools.take(pool, phase(case)) or pools.turn(spare)
        name_in_path(case, **{parameter: found["id"]})
        if members:
            merge(case, **{member: found[member] for member in members})

    return fill


FUZZING = Fuzzing(
    pools=[
        _ITEMS,
        _TO_DECIDE,
        _DECIDED,
        _TO_SUSPEND,
        _SUSPENDED_ANYWAY,
        _SUSPENDED,
        _TAKEN_DOWN,
        _PHOTOS,
        _HIDDEN_PHOTOS,
    ],
    fills={
        "getModerationItem": [lasting_id(_ITEMS, "item_id")],
        "claimModerationItem": [lasting_id(_ITEMS, "item_id")],
        "releaseModerationItem": [lasting_id(_ITEMS, "item_id")],
        "decideModerationItem": [_made_for_it(_TO_DECIDE, _DECIDED, "item_id", "text_version")],
        "suspendProvider": [_made_for_it(_TO_SUSPEND, _SUSPENDED_ANYWAY, "profile_id")],
        "reinstateProvider": [single_id(_SUSPENDED, "profile_id")],
        "reinstateService": [single_id(_TAKEN_DOWN, "service_id")],
        "listModerationItemPhotos": [lasting_id(_ITEMS, "item_id")],
        "getModeratedPhoto": [lasting_id(_PHOTOS, "photo_id")],
        "reinstatePhoto": [single_id(_HIDDEN_PHOTOS, "photo_id")],
    },
    always=frozenset({"decideModerationItem", "suspendProvider"}),
)
