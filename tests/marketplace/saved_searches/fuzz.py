"""Pools, fills and rules of the fuzzer for saved searches."""

from __future__ import annotations

from tests.fuzz.cases import Case, act_as, merge, name_in_path, phase
from tests.fuzz.entries import Fuzzing, lasting_id, single_person
from tests.fuzz.pools import Item, Pool, Pools, Seeds
from tests.marketplace.saved_searches.successes import search_of, unsubscribe_token


async def _saver(seeds: Seeds) -> Item:
    return {"authorization": (await seeds.stage.person()).headers["Authorization"]}


async def _search(seeds: Seeds) -> Item:
    return {"id": await search_of(seeds.stage, seeds.anna)}


async def _search_of_another(seeds: Seeds) -> Item:
    person = await seeds.stage.person()
    return {"id": await search_of(seeds.stage, person), "authorization": person.headers["Authorization"]}


async def _token(seeds: Seeds) -> Item:
    search_id = await search_of(seeds.stage, await seeds.stage.person())
    return {"id": unsubscribe_token(seeds.stage, search_id)}


# Nobody may save many: each of these saves one, and each of those has one to delete.
_SAVERS = Pool("people_who_save", _saver, share=0.5)
_TO_DELETE = Pool("searches_to_delete", _search_of_another, share=0.5)
_SEARCHES = Pool("searches", _search, lasting=4)
_TOKENS = Pool("tokens_to_unsubscribe", _token, lasting=4)


def _deleted_by_its_owner(case: Case, pools: Pools) -> None:
    if (item := pools.take(_TO_DELETE, phase(case))) is not None:
        act_as(case, item["authorization"])
        name_in_path(case, saved_search_id=item["id"])


def _filters_that_fit(case: Case, _: Pools) -> None:
    """Leave out filters that make sense only beside another one."""
    merge(case, filters={"q": "leaking tap", "category": "plumbing"})


FUZZING = Fuzzing(
    pools=[_SAVERS, _TO_DELETE, _SEARCHES, _TOKENS],
    fills={
        "createSavedSearch": [single_person(_SAVERS), _filters_that_fit],
        "getSavedSearch": [lasting_id(_SEARCHES, "saved_search_id")],
        "replaceSavedSearch": [lasting_id(_SEARCHES, "saved_search_id"), _filters_that_fit],
        "deleteSavedSearch": [_deleted_by_its_owner],
        "openUnsubscribePage": [lasting_id(_TOKENS, "subscription")],
        "unsubscribe": [lasting_id(_TOKENS, "subscription")],
    },
    # As in `searchServices`: one filter because of another.
    rules={"createSavedSearch": {"validation-failed"}, "replaceSavedSearch": {"validation-failed"}},
)
