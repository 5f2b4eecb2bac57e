"""Successful requests of the operations of public areas."""

from __future__ import annotations

from tests.contract.entries import Entries
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Stage


async def _as_provider(stage: Stage, _: Body) -> Ready:
    return Ready(by=await stage.shared("SERVICE_PROVIDER"))


SUCCESSES: Entries = {"listPropertyAreas": _as_provider}
