"""Successful requests of the operations of a provider's services."""

from __future__ import annotations

from tests.contract.entries import Entries
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Person, Stage, example_of
from tests.marketplace.catalogue.categories import category
from tests.marketplace.provider_profile.successes import business


async def service_of(stage: Stage, provider: Person, *steps: str) -> str:
    """Add a service, take it through the steps (submit, pause, resume) and return its id."""
    body = {**example_of("createService"), "category_id": await category(stage)}
    made = await stage.expect(201, "POST", "/service-providers/services", by=provider, json=body)
    service_id = str(made.json()["id"])
    for step in steps:
        await stage.expect(200, "POST", f"/service-providers/services/{service_id}/{step}", by=provider)
    return service_id


async def _as_business(stage: Stage, _: Body) -> Ready:
    return Ready(by=await business(stage))


async def _new_service(stage: Stage, example: Body) -> Ready:
    return Ready(by=await business(stage), body={**example, "category_id": await category(stage)})


async def _draft(stage: Stage, example: Body) -> Ready:
    provider = await business(stage)
    return Ready(by=provider, ids={"service_id": await service_of(stage, provider)}, body=example)


async def _rewritten_draft(stage: Stage, example: Body) -> Ready:
    ready = await _draft(stage, example)
    return Ready(by=ready.by, ids=ready.ids, body={**example, "category_id": await category(stage)})


async def _published(stage: Stage, _: Body) -> Ready:
    provider = await business(stage)
    return Ready(by=provider, ids={"service_id": await service_of(stage, provider, "submit")})


async def _paused(stage: Stage, _: Body) -> Ready:
    provider = await business(stage)
    return Ready(by=provider, ids={"service_id": await service_of(stage, provider, "submit", "pause")})


SUCCESSES: Entries = {
    "listProviderServices": _as_business,
    "createService": _new_service,
    "getProviderService": _draft,
    "replaceService": _rewritten_draft,
    "updateService": _draft,
    "deleteService": _draft,
    "submitService": _draft,
    "pauseService": _published,
    "resumeService": _paused,
}
