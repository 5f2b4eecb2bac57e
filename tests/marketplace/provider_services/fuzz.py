"""Real values for the fuzzer: a provider's services."""

from __future__ import annotations

from tests.fuzz.cases import Case, merge
from tests.fuzz.entries import Fuzzing, lasting_id, single_id
from tests.fuzz.pools import Item, Maker, Pool, Pools, Seeds
from tests.marketplace.catalogue.categories import category
from tests.marketplace.provider_services.successes import service_of


def service_after(*steps: str) -> Maker:
    """Make services that have been through these steps."""

    async def make(seeds: Seeds) -> Item:
        return {"id": await service_of(seeds.stage, seeds.anna, *steps)}

    return make


async def _category(seeds: Seeds) -> Item:
    return {"id": await category(seeds.stage)}


_CATEGORIES = Pool("categories", _category, lasting=1)
_DRAFTS = Pool("services", service_after(), lasting=8)
_TO_DELETE = Pool("services_to_delete", service_after())
_TO_SUBMIT = Pool("services_to_submit", service_after())
_TO_PAUSE = Pool("services_to_pause", service_after("submit"))
_TO_RESUME = Pool("services_to_resume", service_after("submit", "pause"))


def _category_that_is(case: Case, pools: Pools) -> None:
    if isinstance(case.body, dict) and "category_id" in case.body:
        merge(case, category_id=pools.turn(_CATEGORIES)["id"])


FUZZING = Fuzzing(
    pools=[_CATEGORIES, _DRAFTS, _TO_DELETE, _TO_SUBMIT, _TO_PAUSE, _TO_RESUME],
    fills={
        "createService": [_category_that_is],
        "getProviderService": [lasting_id(_DRAFTS, "service_id")],
        "replaceService": [lasting_id(_DRAFTS, "service_id"), _category_that_is],
        "updateService": [lasting_id(_DRAFTS, "service_id"), _category_that_is],
        "deleteService": [single_id(_TO_DELETE, "service_id")],
        "submitService": [single_id(_TO_SUBMIT, "service_id")],
        "pauseService": [single_id(_TO_PAUSE, "service_id")],
        "resumeService": [single_id(_TO_RESUME, "service_id")],
    },
    shared={"getProviderService": frozenset({"PUBLISHED"})},
)
