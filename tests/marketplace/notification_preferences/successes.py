"""Successful requests to the operations of preferences."""

from __future__ import annotations

from tests.contract.entries import Entries, as_homeowner
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Stage


async def _own(stage: Stage, example: Body) -> Ready:
    return Ready(by=await stage.person(), body=example)


SUCCESSES: Entries = {
    "getNotificationPreferences": as_homeowner,
    "replaceNotificationPreferences": _own,
}
