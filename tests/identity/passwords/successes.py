"""Successful requests of the operations of passwords."""

from __future__ import annotations

from tests.contract.entries import Entries
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Stage


async def reset_token(stage: Stage) -> str:
    """Ask for another password for somebody and return the token that was mailed."""
    person = await stage.person()
    before = stage.mails(person.email)
    await stage.expect(202, "POST", "/auth/reset-password", json={"email": person.email})
    return await stage.mailed_token(person.email, after=before)


async def _forgetful(stage: Stage, example: Body) -> Ready:
    person = await stage.person(email=example["email"])
    return Ready(body={**example, "email": person.email})


async def _reset_link(stage: Stage, example: Body) -> Ready:
    return Ready(body={**example, "token": await reset_token(stage)})


async def _tired_of_a_password(stage: Stage, example: Body) -> Ready:
    return Ready(by=await stage.person(password=example["current_password"]), body=example)


SUCCESSES: Entries = {
    "requestPasswordReset": _forgetful,
    "confirmPasswordReset": _reset_link,
    "changePassword": _tired_of_a_password,
}

CHANGES_NO_ETAG = {"requestPasswordReset"}
