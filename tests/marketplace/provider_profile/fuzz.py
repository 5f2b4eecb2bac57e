"""Real values for the fuzzer: a provider's profile."""

from __future__ import annotations

from tests.fuzz.cases import Case, merge
from tests.fuzz.entries import Fuzzing, single_person
from tests.fuzz.pools import Item, Pool, Pools, Seeds
from tests.marketplace.places.fuzz import TOWNS
from tests.marketplace.provider_profile.successes import profile_of


async def _draft(seeds: Seeds) -> Item:
    provider = await seeds.stage.person("SERVICE_PROVIDER")
    await profile_of(seeds.stage, provider)
    return {"authorization": provider.headers["Authorization"]}


_TO_SUBMIT = Pool("profiles_to_submit", _draft)


def _base_that_is(case: Case, pools: Pools) -> None:
    """Name a place that is there, where no point is named."""
    if isinstance(case.body, dict) and case.body.get("base_place") is not None:
        merge(case, base_place=None if case.body.get("base_point") else pools.turn(TOWNS)["id"])


FUZZING = Fuzzing(
    pools=[_TO_SUBMIT],
    fills={"submitProviderProfile": [single_person(_TO_SUBMIT)], "replaceProviderProfile": [_base_that_is]},
    # A place that is not there, and one beside a point.
    rules={"replaceProviderProfile": {"validation-failed"}},
)
