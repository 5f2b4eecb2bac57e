"""Successful requests of the operations of working hours and free times."""

from __future__ import annotations

from tests.contract.entries import Entries
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Person, Stage, example_of
from tests.marketplace.provider_profile.successes import approved_profile_of
from tests.marketplace.provider_services.successes import service_of

AVAILABILITY = "/service-providers/availability"


async def said_when(stage: Stage, provider: Person) -> None:
    """Give the provider a business that says when it works."""
    await approved_profile_of(stage, provider)
    body = example_of("replaceAvailability")
    await stage.expect(201, "PUT", AVAILABILITY, by=provider, json=body)


async def working_business(stage: Stage) -> Person:
    """Return a business that says when it works, which many tests share."""
    return await stage.shared("SERVICE_PROVIDER", purpose="working business", prepare=said_when)


async def _own(stage: Stage, _: Body) -> Ready:
    return Ready(by=await working_business(stage))


async def _first(stage: Stage, example: Body) -> Ready:
    return Ready(by=await stage.person("SERVICE_PROVIDER"), body=example)


async def _slots(stage: Stage, _: Body) -> Ready:
    provider = await working_business(stage)
    service_id = await service_of(stage, provider, "submit")
    slug = (await stage.expect(200, "GET", "/service-providers/profile", by=provider)).json()["slug"]
    return Ready(ids={"slug": slug}, query={"service_id": service_id})


SUCCESSES: Entries = {"getAvailability": _own, "replaceAvailability": _first, "listSlots": _slots}
