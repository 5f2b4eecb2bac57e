"""Successful requests of the operations of places."""

from __future__ import annotations

from tests.contract.entries import Entries
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Stage
from tests.marketplace.places.small import PORTLAND, SMALL


async def _somebody_types(_stage: Stage, _: Body) -> Ready:
    return Ready(query={"q": "portl"})


async def _somebody_opens_a_search(stage: Stage, _: Body) -> Ready:
    await stage.service.services.marketplace.places.load(SMALL)
    return Ready(ids={"place_id": PORTLAND})


SUCCESSES: Entries = {"getPlace": _somebody_opens_a_search, "suggestPlaces": _somebody_types}
