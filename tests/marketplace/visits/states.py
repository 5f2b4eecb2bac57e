"""Visits in every state."""

from __future__ import annotations

from itertools import count
from weakref import WeakKeyDictionary

import httpx

from tests.contract.walks import Edge, Send, Walk, World
from tests.harness.accounts import Accounts
from tests.marketplace.inquiries.asking import ask
from tests.marketplace.jobs.working import Parties, parties
from tests.marketplace.payloads import Json, ok
from tests.marketplace.visits.visiting import VISITS, act, always_works, free, send

_WAYS = {"REQUESTED": "", "BOOKED": "accept", "DECLINED": "decline", "CANCELLED": "cancel"}
_both: WeakKeyDictionary[Accounts, Parties] = WeakKeyDictionary()
_days = count(2)


async def _make(world: World, state: str, _: Edge | None) -> Json:
    if world.auto not in _both:
        _both[world.auto] = await parties(world.auto)
        await always_works(_both[world.auto].provider)
    both = _both[world.auto]
    inquiry = await ask(both.owner, both.home, both.profile)
    at, *_rest = await free(both.provider, world.auto_service, next(_days))
    visit: Json = {"parties": both, **ok(await send(both.owner, inquiry, at), 201)}
    if _WAYS[state]:
        ok(await act(both.provider, visit, _WAYS[state]))
    return visit


def _step(name: str) -> Send[Json]:
    async def take(_: World, visit: Json, __: str) -> httpx.Response:
        return await act(visit["parties"].provider, visit, name)

    return take


async def _read(_: World, visit: Json) -> str | None:
    return str(ok(await visit["parties"].owner.client.get(f"{VISITS}/{visit['id']}"))["state"])


WALKS = {
    "VisitState": Walk(
        _make,
        {"acceptVisit": _step("accept"), "declineVisit": _step("decline"), "cancelVisit": _step("cancel")},
        _read,
    )
}
