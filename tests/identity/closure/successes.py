"""Successful requests of the operations of closing an account."""

from __future__ import annotations

from tests.contract.entries import Entries
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Stage


async def restore_token(stage: Stage) -> str:
    """Close somebody's account and return the token by which it can be restored."""
    person = await stage.person()
    before = stage.mails(person.email)
    await stage.expect(204, "DELETE", "/users/me", by=person, json={"current_password": person.password})
    return await stage.mailed_token(person.email, after=before)


async def _leaving(stage: Stage, example: Body) -> Ready:
    return Ready(by=await stage.person(password=example["current_password"]), body=example)


async def _restore_link(stage: Stage, example: Body) -> Ready:
    return Ready(body={**example, "token": await restore_token(stage)})


SUCCESSES: Entries = {"closeAccount": _leaving, "restoreAccount": _restore_link}

# A closed account cannot be read before it is restored.
CHANGES_NO_ETAG = {"restoreAccount"}
