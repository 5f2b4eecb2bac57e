"""Successful requests of the operations of places."""

from __future__ import annotations

from tests.contract.entries import Entries
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Stage


async def _somebody_types(_stage: Stage, _: Body) -> Ready:
    return Ready(query={"q": "portl"})


SUCCESSES: Entries = {"suggestPlaces": _somebody_types}
