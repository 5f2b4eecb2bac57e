"""Successful requests of the operations of a change of address."""

from __future__ import annotations

from tests.contract.entries import Entries
from tests.contract.requests import Body, Ready
from tests.contract.scenario import PASSWORD, Person, Stage


async def token_to_move(stage: Stage, person: Person) -> str:
    """Ask for another address for the person and return the token that came to it."""
    body = {"new_email": stage.own("moved@example.com"), "current_password": person.password}
    await stage.expect(202, "POST", "/users/me/email", by=person, json=body)
    return await stage.mailed_token(body["new_email"], after=0)


async def _moving(stage: Stage, example: Body) -> Ready:
    person = await stage.person(password=example["current_password"])
    return Ready(by=person, body={**example, "new_email": stage.own(example["new_email"])})


async def _moved(stage: Stage, example: Body) -> Ready:
    proof = dict(example["proof"])
    person = await stage.person(password=proof.get("password", PASSWORD))
    if proof["method"] == "SESSION":
        proof["access_token"] = person.access_token
    return Ready(body={"token": await token_to_move(stage, person), "proof": proof})


SUCCESSES: Entries = {"requestEmailChange": _moving, "confirmEmailChange": _moved}

CHANGES_NO_ETAG = {"requestEmailChange"}
