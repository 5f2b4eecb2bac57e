"""Quotes in every state."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import httpx
from sqlalchemy import update

from impl.kernel.tables import core_table
from impl.marketplace.capabilities.quotes.tables import Quote
from tests.contract.walks import Edge, Walk, World
from tests.harness.patience import PATIENCE
from tests.marketplace.inquiries import states as inquiries
from tests.marketplace.payloads import Json, ok
from tests.marketplace.quotes.quoting import DECLINED, QUOTES, draft, quoted, step


async def _make(world: World, state: str, _: Edge | None) -> Json:
    """Return a quote in this state, with its inquiry."""
    inquiry = await inquiries.make(world, "OPEN")
    written = await draft(inquiry["provider"], inquiry)
    thing = {"id": written["id"], "inquiry": inquiry}
    if state not in {"DRAFT", "DELETED"}:
        await step(inquiry["provider"], thing, "send")
    if state == "DELETED":
        await _delete(world, thing, state)
    elif state == "ACCEPTED":
        await step(inquiry["by"], thing, "accept")
    elif state == "DECLINED":
        await step(inquiry["by"], thing, "decline", DECLINED)
    elif state == "WITHDRAWN":
        await step(inquiry["provider"], thing, "withdraw")
    elif state == "EXPIRED":
        await _end(world, thing, state)
    return thing


def _posts(party: str, name: str) -> inquiries.Sender:
    async def send(_: World, quote: Json, __: str) -> httpx.Response:
        body = {"json": DECLINED} if name == "decline" else {}
        answer: httpx.Response = await quote["inquiry"][party].client.post(f"{QUOTES}/{quote['id']}/{name}", **body)
        return answer

    return send


async def _edit(_: World, quote: Json, __: str) -> httpx.Response:
    answer: httpx.Response = await quote["inquiry"]["provider"].client.patch(
        f"{QUOTES}/{quote['id']}", json={"valid_days": 7}
    )
    return answer


async def _delete(_: World, quote: Json, __: str) -> httpx.Response:
    answer: httpx.Response = await quote["inquiry"]["provider"].client.delete(f"{QUOTES}/{quote['id']}")
    return answer


async def _end(world: World, quote: Json, _: str) -> None:
    """Let its time be over and the worker do its work: the clock is every test's, and would end others' as well."""
    services = world.auto_service.services
    table = core_table(Quote)
    async with services.database.begin() as tx:
        over = {"expires_at": services.clock.now() - timedelta(seconds=1)}
        await tx.execute(update(table).where(table.c.id == UUID(quote["id"])).values(**over))
    async with asyncio.timeout(PATIENCE):
        # The service's own worker may be at it just now.
        while await _read(world, quote) == "SENT":
            await services.marketplace.quotes.end_quotes()


async def _revise(_: World, quote: Json, __: str) -> None:
    await quoted(quote["inquiry"]["provider"], quote["inquiry"])


async def _choose_another(world: World, quote: Json, __: str) -> None:
    await inquiries.choose_rival(world, quote["inquiry"])


async def _withdraw_inquiry(world: World, quote: Json, target: str) -> httpx.Response:
    return await inquiries.call_off(world, quote["inquiry"], target)


async def _end_inquiry(world: World, quote: Json, target: str) -> None:
    await inquiries.end(world, quote["inquiry"], target)


async def _read(_: World, quote: Json) -> str | None:
    answer = await quote["inquiry"]["provider"].client.get(f"{QUOTES}/{quote['id']}")
    return None if answer.status_code == 404 else str(ok(answer)["state"])


WALKS = {
    "QuoteState": Walk(
        _make,
        {
            "updateQuote": _edit,
            "deleteQuote": _delete,
            "sendQuote": _posts("provider", "send"),
            "withdrawQuote": _posts("provider", "withdraw"),
            "acceptQuote": _posts("by", "accept"),
            "declineQuote": _posts("by", "decline"),
            "worker.end_quotes": _end,
            "service.supersede_quote": _revise,
            "service.choose_another_quote": _choose_another,
            "withdrawInquiry": _withdraw_inquiry,
            "worker.end_inquiries": _end_inquiry,
        },
        _read,
        # Whom it is for does not see a draft.
        unseen=frozenset({("DRAFT", "acceptQuote"), ("DRAFT", "declineQuote")}),
    )
}
