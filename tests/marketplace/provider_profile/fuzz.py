"""Real values for the fuzzer: a provider's profile."""

from __future__ import annotations

from tests.fuzz.entries import Fuzzing, single_person
from tests.fuzz.pools import Item, Pool, Seeds
from tests.marketplace.provider_profile.successes import profile_of


async def _draft(seeds: Seeds) -> Item:
    provider = await seeds.stage.person("SERVICE_PROVIDER")
    await profile_of(seeds.stage, provider)
    return {"authorization": provider.headers["Authorization"]}


_TO_SUBMIT = Pool("profiles_to_submit", _draft)

FUZZING = Fuzzing(pools=[_TO_SUBMIT], fills={"submitProviderProfile": [single_person(_TO_SUBMIT)]})
