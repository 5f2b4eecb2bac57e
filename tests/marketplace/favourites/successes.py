"""Successful requests to the operations of favourites."""

from __future__ import annotations

from tests.contract.entries import Entries, as_homeowner
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Stage
from tests.marketplace.provider_profile.successes import business
from tests.marketplace.reports.successes import listing

# What is kept has no reading of its own.
CHANGES_NO_ETAG = frozenset({"keepService", "dropService", "keepProvider", "dropProvider"})


async def profile_of_somebody(stage: Stage) -> str:
    """Approve a business that somebody may keep, and return its profile's id."""
    provider = await business(stage)
    profile = await stage.expect(200, "GET", "/service-providers/profile", by=provider)
    return str(profile.json()["id"])


async def _a_service(stage: Stage, _: Body) -> Ready:
    return Ready(by=await stage.shared("HOMEOWNER"), ids={"service_id": await listing(stage)})


async def _a_business(stage: Stage, _: Body) -> Ready:
    return Ready(by=await stage.shared("HOMEOWNER"), ids={"profile_id": await profile_of_somebody(stage)})


SUCCESSES: Entries = {
    "listFavourites": as_homeowner,
    "keepService": _a_service,
    "dropService": _a_service,
    "keepProvider": _a_business,
    "dropProvider": _a_business,
}
