"""Successful requests of the operations of one's own sessions."""

from __future__ import annotations

from tests.contract.entries import Entries
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Person, Stage


async def other_session_of(stage: Stage, person: Person) -> str:
    """Sign the person in somewhere else too and return that session's id."""
    body = {"login": person.email, "password": person.password}
    return str((await stage.expect(200, "POST", "/auth/login", json=body)).json()["session_id"])


async def _signed_in_twice(stage: Stage, _: Body) -> Ready:
    person = await stage.person()
    await stage.sign_in(person)
    return Ready(by=person)


async def _other_device(stage: Stage, _: Body) -> Ready:
    person = await stage.person()
    return Ready(by=person, ids={"session_id": await other_session_of(stage, person)})


SUCCESSES: Entries = {
    "listOwnSessions": _signed_in_twice,
    "logoutEverywhere": _signed_in_twice,
    "endOwnSession": _other_device,
}

CHANGES_NO_ETAG = {"logoutEverywhere", "endOwnSession"}
