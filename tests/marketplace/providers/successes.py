"""Successful requests of the operations of public pages."""

from __future__ import annotations

from tests.contract.entries import Entries, as_anybody
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Stage
from tests.marketplace.provider_profile.successes import business
from tests.marketplace.provider_services.successes import service_of


async def page(stage: Stage) -> str:
    """Return the slug of a page with a published service."""
    provider = await business(stage)
    await service_of(stage, provider, "submit")
    return str((await stage.expect(200, "GET", "/service-providers/profile", by=provider)).json()["slug"])


async def _page(stage: Stage, _: Body) -> Ready:
    return Ready(ids={"slug": await page(stage)})


SUCCESSES: Entries = {
    "searchProviders": as_anybody,
    "getProvider": _page,
    "listServicesOfProvider": _page,
}
