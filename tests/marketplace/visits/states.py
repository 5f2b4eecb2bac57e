"""Visits in every state."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import count
from uuid import UUID

import httpx
from sqlalchemy import update

from impl.kernel.tables import core_table
from impl.marketplace.capabilities.visits.tables import Visit
from tests.contract.walks import Edge, Send, Walk, World
from tests.marketplace.inquiries import states as inquiries
from tests.marketplace.inquiries.asking import DECLINED, INBOX
from tests.marketplace.jobs.working import CANCEL, JOBS
from tests.marketplace.payloads import Json, ok
from tests.marketplace.visits.visiting import VISITS, act, always_works, free, send

_WAYS = {"REQUESTED": "", "BOOKED": "accept", "DECLINED": "decline", "CANCELLED": "cancel"}
_days = count(2)

type End = Callable[[World, Json, str], Awaitable[httpx.Response | None]]


async def _make(world: World, state: str, edge: Edge | None) -> Json:
    """Return a visit in this state, with its inquiry, which is accepted where a job is to be cancelled."""
    inquiry = await inquiries.make(world, "OPEN")
    provider = inquiry["provider"]
    await always_works(provider)
    at, *_rest = await free(provider, world.auto_service, next(_days))
    visit: Json = {"inquiry": inquiry, **ok(await send(inquiry["by"], inquiry, at), 201)}
    if _WAYS[state]:
        ok(await act(provider, visit, _WAYS[state]))
    if edge is not None and edge.step == "cancelJob":
        answer = await inquiries.accept(world, inquiry, state)
        assert answer.is_success, answer.text
    return visit


def _step(name: str) -> Send[Json]:
    async def take(_: World, visit: Json, __: str) -> httpx.Response:
        return await act(visit["inquiry"]["provider"], visit, name)

    return take


def _ends(end: End) -> Send[Json]:
    """Make what ends a visit happen, after its begin where it is to stay."""

    async def take(world: World, visit: Json, target: str) -> httpx.Response | None:
        if target == "BOOKED":
            await _begun(world, visit)
        return await end(world, visit["inquiry"], target)

    return take


async def _begun(world: World, visit: Json) -> None:
    table, services = core_table(Visit), world.auto_service.services
    before = services.clock.now() - timedelta(minutes=30)
    async with services.database.begin() as tx:
        values = {"starts_at": before, "ends_at": before + timedelta(hours=1)}
        await tx.execute(update(table).where(table.c.id == UUID(visit["id"])).values(**values))


async def _decline_inquiry(_: World, inquiry: Json, __: str) -> httpx.Response:
    answer: httpx.Response = await inquiry["provider"].client.post(f"{INBOX}/{inquiry['id']}/decline", json=DECLINED)
    return answer


async def _accept_quote(world: World, inquiry: Json, target: str) -> httpx.Response:
    """Choose the provider of the visit, or another one."""
    if target == "CANCELLED":
        return await inquiries.choose_rival(world, inquiry)
    return await inquiries.accept(world, inquiry, target)


async def _cancel_job(_: World, inquiry: Json, __: str) -> httpx.Response:
    owner = inquiry["by"]
    (job,) = ok(await owner.client.get(JOBS, params={"side": "HOMEOWNER"}))["items"]
    answer: httpx.Response = await owner.client.post(f"{JOBS}/{job['id']}/cancel", json=CANCEL)
    return answer


async def _close_account(_: World, inquiry: Json, __: str) -> None:
    owner = inquiry["by"]
    gone = await owner.client.request("DELETE", "/users/me", json={"current_password": owner.password})
    assert gone.is_success, gone.text


async def _read(_: World, visit: Json) -> str | None:
    return str(ok(await visit["inquiry"]["provider"].client.get(f"{VISITS}/{visit['id']}"))["state"])


WALKS = {
    "VisitState": Walk(
        _make,
        {
            "acceptVisit": _step("accept"),
            "declineVisit": _step("decline"),
            "cancelVisit": _step("cancel"),
            "declineInquiry": _ends(_decline_inquiry),
            "withdrawInquiry": _ends(inquiries.call_off),
            "worker.end_inquiries": _ends(inquiries.end),
            "acceptQuote": _ends(_accept_quote),
            "cancelJob": _ends(_cancel_job),
            "service.close_account": _ends(_close_account),
        },
        _read,
    )
}
