"""Real values for the fuzzer: public pages."""

from __future__ import annotations

from tests.fuzz.entries import Fuzzing, lasting_id
from tests.fuzz.pools import Item, Pool, Seeds
from tests.marketplace.provider_profile.successes import approved_profile_of


async def _page(seeds: Seeds) -> Item:
    provider = await seeds.stage.person("SERVICE_PROVIDER")
    await approved_profile_of(seeds.stage, provider)
    shown = await seeds.stage.expect(200, "GET", "/service-providers/profile", by=provider)
    return {"id": shown.json()["slug"]}


PAGES = Pool("provider_pages", _page, lasting=4)

FUZZING = Fuzzing(
    pools=[PAGES],
    fills={"getProvider": [lasting_id(PAGES, "slug")], "listServicesOfProvider": [lasting_id(PAGES, "slug")]},
    # A sort by relevance needs a text, one by distance a point: one parameter because of another.
    rules={"searchProviders": {"validation-failed"}},
)
