"""Successful requests of the operations of sessions."""

from __future__ import annotations

from tests.contract.entries import Entries, as_homeowner, as_somebody_new
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Stage


async def _credentials(stage: Stage, example: Body) -> Ready:
    name = "login" if "login" in example else "username"
    login: str = example[name]
    if "@" in login:
        person = await stage.person(email=login, password=example["password"])
        return Ready(body={**example, name: person.email})
    person = await stage.person(username=login, password=example["password"])
    return Ready(body={**example, name: person.username})


async def _refresh_token(stage: Stage, example: Body) -> Ready:
    person = await stage.person()
    return Ready(body={**example, "refresh_token": person.refresh_token})


SUCCESSES: Entries = {
    "login": _credentials,
    "refreshSession": _refresh_token,
    "logout": as_somebody_new,
    "getCurrentSession": as_homeowner,
}

CHANGES_NO_ETAG = {"refreshSession", "logout"}
