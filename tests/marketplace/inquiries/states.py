"""Inquiries in every state."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import httpx
from sqlalchemy import update

from impl.kernel.tables import core_table
from impl.marketplace.capabilities.inquiries.tables import Inquiry
from tests.contract.walks import Edge, Walk, World
from tests.harness.patience import PATIENCE
from tests.marketplace.inquiries.asking import INQUIRIES, ask, asker, businesses, withdraw
from tests.marketplace.payloads import Json, ok
from tests.marketplace.photos.successes import picture
from tests.marketplace.quotes.quoting import QUOTES, quoted

type Sender = Callable[[World, Json, str], Awaitable[httpx.Response]]


async def make(world: World, state: str, _: Edge | None = None) -> Json:
    """Return an inquiry in this state, with its owner, the business that was asked and another one."""
    owner, home = await asker(world.auto)
    (provider, profile), (rival, another) = await businesses(world.auto, 2)
    thing = {
        "by": owner,
        "provider": provider,
        "rival": rival,
        "another": another,
        **await ask(owner, home, profile),
    }
    if state == "WITHDRAWN":
        await withdraw(owner, thing)
    elif state == "EXPIRED":
        await end(world, thing, state)
    elif state == "ACCEPTED":
        await accept(world, thing, state)
    return thing


async def edit(_: World, inquiry: Json, __: str) -> httpx.Response:
    answer: httpx.Response = await inquiry["by"].client.patch(
        f"{INQUIRIES}/{inquiry['id']}", json={"title": "Both taps drip"}
    )
    return answer


async def call_off(_: World, inquiry: Json, __: str) -> httpx.Response:
    answer: httpx.Response = await inquiry["by"].client.post(f"{INQUIRIES}/{inquiry['id']}/withdraw")
    return answer


async def accept(_: World, inquiry: Json, __: str) -> httpx.Response:
    """Let the business that was asked quote, and its quote be accepted."""
    quote = await quoted(inquiry["provider"], inquiry)
    answer: httpx.Response = await inquiry["by"].client.post(f"{QUOTES}/{quote['id']}/accept")
    return answer


async def choose_rival(world: World, inquiry: Json) -> httpx.Response:
    """Ask the other business as well, and accept its quote."""
    ok(await _add(world, inquiry, ""))
    quote = await quoted(inquiry["rival"], inquiry)
    answer: httpx.Response = await inquiry["by"].client.post(f"{QUOTES}/{quote['id']}/accept")
    return answer


async def end(world: World, inquiry: Json, _: str) -> None:
    """Let its time be over and the worker do its work: the clock is every test's, and would end others' as well."""
    services = world.auto_service.services
    table = core_table(Inquiry)
    async with services.database.begin() as tx:
        over = {"expires_at": services.clock.now() - timedelta(seconds=1)}
        await tx.execute(update(table).where(table.c.id == UUID(inquiry["id"])).values(**over))
    async with asyncio.timeout(PATIENCE):
        # The service's own worker may be at it just now.
        while await _read(world, inquiry) == "OPEN":
            await services.marketplace.inquiries.end_inquiries()


async def _add(_: World, inquiry: Json, __: str) -> httpx.Response:
    body = {"kind": "PROVIDER", "id": inquiry["another"]}
    answer: httpx.Response = await inquiry["by"].client.post(f"{INQUIRIES}/{inquiry['id']}/recipients", json=body)
    return answer


async def _photograph(_: World, inquiry: Json, __: str) -> httpx.Response:
    answer: httpx.Response = await inquiry["by"].client.post(
        f"{INQUIRIES}/{inquiry['id']}/photos", files={"file": ("a.png", picture())}
    )
    return answer


async def _read(_: World, inquiry: Json) -> str | None:
    return str(ok(await inquiry["by"].client.get(f"{INQUIRIES}/{inquiry['id']}"))["state"])


WALKS = {
    "InquiryState": Walk(
        make,
        {
            "updateInquiry": edit,
            "addInquiryRecipient": _add,
            "addInquiryPhoto": _photograph,
            "withdrawInquiry": call_off,
            "worker.end_inquiries": end,
            "acceptQuote": accept,
        },
        _read,
    )
}
