"""Successful requests of the operations of registration."""

from __future__ import annotations

from tests.contract.entries import Entries
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Stage


async def _newcomer(stage: Stage, example: Body) -> Ready:
    body = {**example, "email": stage.own(example["email"])}
    if "username" in example:
        body["username"] = stage.own(example["username"])
    return Ready(body=body)


async def _mailed_link(stage: Stage, example: Body) -> Ready:
    person = await stage.person(email="helen.newcomer@example.com", password=example["password"], verified=False)
    body = {**example, "token": await stage.mailed_token(person.email, after=0)}
    if "username" in example:
        body["username"] = stage.own(example["username"])
    return Ready(body=body)


async def _waiting_for_a_mail(stage: Stage, example: Body) -> Ready:
    person = await stage.person(email=example["email"], verified=False)
    return Ready(body={**example, "email": person.email})


SUCCESSES: Entries = {
    "register": _newcomer,
    "verifyEmail": _mailed_link,
    "resendVerification": _waiting_for_a_mail,
}

CHANGES_NO_ETAG = {"register", "resendVerification"}
