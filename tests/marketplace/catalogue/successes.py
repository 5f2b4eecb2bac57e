"""Successful requests of the operations of the catalogue."""

from __future__ import annotations

from tests.contract.entries import Entries, as_anybody
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Stage
from tests.marketplace.provider_profile.successes import business
from tests.marketplace.provider_services.successes import service_of


async def _published_for_all(stage: Stage, _: Body) -> Ready:
    return Ready(ids={"service_id": await service_of(stage, await business(stage), "submit")})


async def _somebody_types(_stage: Stage, _: Body) -> Ready:
    return Ready(query={"q": "leak"})


SUCCESSES: Entries = {
    "listCategories": as_anybody,
    "searchServices": as_anybody,
    "countServices": as_anybody,
    "suggestServices": _somebody_types,
    "getService": _published_for_all,
}
