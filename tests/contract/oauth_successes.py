"""Successful requests of the operations of OAuth and identities; entries as in successes.py."""

from __future__ import annotations

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


async def _granted(stage: Stage, example: Body) -> Ready:
    sign_in = stage.sign_in_with_provider()
    if "refresh_token" in example:
        tokens = await sign_in.signed_in(AtProvider())
        return Ready(body={**example, "refresh_token": tokens["refresh_token"]})
    code = (await sign_in.back(AtProvider()))["code"]
    return Ready(body={**example, "code": code, "code_verifier": sign_in.verifier})


async def _given_back(stage: Stage, example: Body) -> Ready:
    tokens = await stage.sign_in_with_provider().signed_in(AtProvider())
    return Ready(body={**example, "token": tokens["refresh_token"]})


async def _who_would_link(stage: Stage, example: Body) -> Ready:
    return Ready(by=await stage.person(), body=example)


async def _link_to_confirm(stage: Stage, example: Body) -> Ready:
    person = await stage.person()
    return Ready(
        by=person, body={**example, "code": await stage.sign_in_with_provider().link_code(AtProvider(), person.headers)}
    )


async def _linked(stage: Stage, _: Body) -> Ready:
    person = await stage.person()
    identity = await stage.sign_in_with_provider().linked(AtProvider(), person.headers)
    return Ready(by=person, ids={"identity_id": identity["id"]})


ENTRIES = {
    "beginSignIn": _as_the_example_says,
    "requestAuthorization": _asked_as_the_standard_says,
    "startSignIn": _begun,
    "finishSignIn": _back_from_the_provider,
    "exchangeToken": _granted,
    "revokeToken": _given_back,
    "beginIdentityLink": _who_would_link,
    "confirmIdentityLink": _link_to_confirm,
    "deleteIdentity": _linked,
}
