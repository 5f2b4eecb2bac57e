"""Real values for the fuzzer: categories that no service of another test is filed under."""

from __future__ import annotations

from itertools import count

from tests.fuzz.cases import Case, merge, name_in_path, phase
from tests.fuzz.entries import Fuzzing, any_version, lasting_id, nothing_known, single_id
from tests.fuzz.pools import Item, Pool, Pools, Seeds
from tests.marketplace.categories.successes import category_of, group_of, slug_of


async def _category(seeds: Seeds) -> Item:
    return {"id": await category_of(seeds.stage)}


async def _group(seeds: Seeds) -> Item:
    return {"id": await group_of(seeds.stage)}


_numbers = count(1)

_CATEGORIES = Pool("kept_categories", _category, lasting=8)
_GROUPS = Pool("category_groups", _group, lasting=1)
_REPLACEMENTS = Pool("category_replacements", _category, lasting=2)
_TO_RETIRE = Pool("categories_to_retire", _category, share=0.5)
_RETIRED_ANYWAY = Pool("categories_retired_anyway", _category, lasting=1)
_TO_DELETE = Pool("categories_to_delete", _category, share=0.5)


async def _asked(seeds: Seeds) -> Item:
    return {"slug": await slug_of(seeds.stage)}


_ASKED = Pool("categories_asked", _asked, lasting=2)


def _a_version_that_is(case: Case, pools: Pools) -> None:
    name_in_path(case, slug=pools.turn(_ASKED)["slug"])
    if "version" in case.query:
        case.query["version"] = 0


def _below_their_group(case: Case, pools: Pools) -> None:
    merge(case, parent_id=pools.turn(_GROUPS)["id"])


def _first_there(case: Case, _: Pools) -> None:
    merge(case, after_id=None)


def _free_slug(case: Case, _: Pools) -> None:
    """Choose a slug that no category has or had: the same few words come up for all of them."""
    merge(case, slug=f"fuzz-{next(_numbers)}")


def _made_to_be_retired(case: Case, pools: Pools) -> None:
    found = pools.take(_TO_RETIRE, phase(case)) or pools.turn(_RETIRED_ANYWAY)
    name_in_path(case, category_id=found["id"])


def _in_favour_of_theirs(case: Case, pools: Pools) -> None:
    merge(case, replacement_id=pools.turn(_REPLACEMENTS)["id"])


FUZZING = Fuzzing(
    pools=[_CATEGORIES, _ASKED, _GROUPS, _REPLACEMENTS, _TO_RETIRE, _RETIRED_ANYWAY, _TO_DELETE],
    fills={
        "getCategoryQuestions": [_a_version_that_is],
        "getManagedCategoryQuestions": [lasting_id(_CATEGORIES, "category_id"), nothing_known],
        "replaceCategoryQuestions": [lasting_id(_CATEGORIES, "category_id"), any_version],
        "createCategory": [_below_their_group],
        "getManagedCategory": [lasting_id(_CATEGORIES, "category_id")],
        "replaceCategory": [lasting_id(_CATEGORIES, "category_id"), any_version, _free_slug],
        "moveCategory": [lasting_id(_CATEGORIES, "category_id"), any_version, _below_their_group, _first_there],
        "retireCategory": [_made_to_be_retired, any_version, _in_favour_of_theirs],
        "deleteCategory": [single_id(_TO_DELETE, "category_id"), any_version],
    },
    # Keys are different from each other, and bounds are in order.
    rules={"replaceCategoryQuestions": {"validation-failed"}},
    # The example of each would change what other operations file services under.
    always=frozenset({"createCategory", "replaceCategory", "moveCategory", "retireCategory"}),
)
