"""Successful requests of the operations of one's own account."""

from __future__ import annotations

from tests.contract.entries import Entries, as_homeowner
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Stage


async def _own_account(stage: Stage, example: Body) -> Ready:
    body = dict(example)
    if example.get("username"):
        body["username"] = stage.own(example["username"])
    return Ready(by=await stage.person(), body=body)


SUCCESSES: Entries = {
    "getAccount": as_homeowner,
    "replaceAccount": _own_account,
    "updateAccount": _own_account,
}
