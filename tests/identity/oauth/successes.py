"""Successful requests of the operations of signing in with an identity provider."""

from __future__ import annotations

from tests.contract.entries import Entries, as_anybody
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Stage
from tests.harness.oauth_sign_in import query
from tests.harness.openid import Person as AtProvider


async def _as_the_example_says(_stage: Stage, example: Body) -> Ready:
    return Ready(body=example)


async def _asked_as_the_standard_says(stage: Stage, _: Body) -> Ready:
    sign_in = stage.sign_in_with_provider()
    return Ready(query=sign_in.request())


async def _begun(stage: Stage, _: Body) -> Ready:
    start_url = await stage.sign_in_with_provider().begin()
    return Ready(ids={"flow": start_url.rpartition("/")[2]})


async def _back_from_the_provider(stage: Stage, _: Body) -> Ready:
    sign_in = stage.sign_in_with_provider()
    location = await sign_in.start(await sign_in.begin())
    back = await sign_in.at_provider(location, AtProvider())
    return Ready(ids={"provider": "google"}, query=query(back), headers={"Cookie": sign_in.cookie})


SUCCESSES: Entries = {
    "listIdentityProviders": as_anybody,
    "requestAuthorization": _asked_as_the_standard_says,
    "beginSignIn": _as_the_example_says,
    "startSignIn": _begun,
    "finishSignIn": _back_from_the_provider,
}

CHANGES_NO_ETAG = {"beginSignIn"}
