"""Successful requests of the operations of a provider's profile."""

from __future__ import annotations

from tests.contract.entries import Entries
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Person, Stage, example_of
from tests.marketplace.places.small import SMALL


async def profile_of(stage: Stage, provider: Person) -> None:
    """Fill the provider's profile, completely."""
    body = example_of("replaceProviderProfile")
    await stage.expect(201, "PUT", "/service-providers/profile", by=provider, json=body)


async def approved_profile_of(stage: Stage, provider: Person) -> None:
    """Fill the provider's profile and submit it, which approves it where nobody moderates."""
    await profile_of(stage, provider)
    await stage.expect(200, "POST", "/service-providers/profile/submit", by=provider)


async def business(stage: Stage) -> Person:
    """Return a provider whose profile is approved, whom many tests share."""
    return await stage.shared("SERVICE_PROVIDER", purpose="business", prepare=approved_profile_of)


async def _business(stage: Stage, _: Body) -> Ready:
    return Ready(by=await business(stage))


async def _new_business(stage: Stage, example: Body) -> Ready:
    if "base_place" in example:
        await stage.service.services.marketplace.places.load(SMALL)
    return Ready(by=await stage.person("SERVICE_PROVIDER"), body=example)


async def _complete_profile(stage: Stage, _: Body) -> Ready:
    provider = await stage.person("SERVICE_PROVIDER")
    await profile_of(stage, provider)
    return Ready(by=provider)


SUCCESSES: Entries = {
    "getProviderProfile": _business,
    "replaceProviderProfile": _new_business,
    "submitProviderProfile": _complete_profile,
}
