"""Successful requests of the operations of one's accounts with identity providers."""

from __future__ import annotations

from tests.contract.entries import Entries, as_homeowner
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Stage
from tests.harness.openid import Person as AtProvider


async def _who_would_link(stage: Stage, example: Body) -> Ready:
    return Ready(by=await stage.person(), body=example)


async def _link_to_confirm(stage: Stage, example: Body) -> Ready:
    person = await stage.person()
    code = await stage.sign_in_with_provider().link_code(AtProvider(), person.headers)
    return Ready(by=person, body={**example, "code": code})


async def _linked(stage: Stage, _: Body) -> Ready:
    person = await stage.person()
    identity = await stage.sign_in_with_provider().linked(AtProvider(), person.headers)
    return Ready(by=person, ids={"identity_id": identity["id"]})


SUCCESSES: Entries = {
    "listIdentities": as_homeowner,
    "beginIdentityLink": _who_would_link,
    "confirmIdentityLink": _link_to_confirm,
    "deleteIdentity": _linked,
}

CHANGES_NO_ETAG = {"beginIdentityLink", "confirmIdentityLink", "deleteIdentity"}
