"""Businesses that quote, over HTTP."""

from __future__ import annotations

from typing import Final

from tests.harness.accounts import Account
from tests.marketplace.inquiries.asking import INBOX, INQUIRIES
from tests.marketplace.payloads import Json, ok

QUOTES: Final = "/quotes"
DECLINED: Final[Json] = {"decline_reason": "PRICE", "note": "We had thought of half of it."}
LABOUR: Final[Json] = {
    "description": "A new mixer tap fitted",
    "quantity_thousandths": 1500,
    "unit": "hour",
    "unit_price_minor": 9000,
    "tax_basis_points": 0,
}
TAP: Final[Json] = {
    "description": "Single-lever mixer tap",
    "quantity_thousandths": 1000,
    "unit": "piece",
    "unit_price_minor": 12900,
    "tax_basis_points": 875,
    "discount_basis_points": 1000,
}


def offer(**changes: object) -> Json:
    """Return the body of a quote; its totals are those of the contract's example."""
    discount = {"kind": "AMOUNT", "amount_minor": 1000}
    return {"currency": "USD", "lines": [LABOUR, TAP], "discount": discount, "valid_days": 14, **changes}


async def draft(provider: Account, inquiry: Json, **changes: object) -> Json:
    return ok(await provider.client.post(f"{INBOX}/{inquiry['id']}/quotes", json=offer(**changes)), 201)


async def step(by: Account, quote: Json, name: str, body: Json | None = None) -> Json:
    """Let a party send, withdraw, accept or decline a quote."""
    return ok(await by.client.post(f"{QUOTES}/{quote['id']}/{name}", json=body))


async def quoted(provider: Account, inquiry: Json, **changes: object) -> Json:
    """Write a quote and send it."""
    return await step(provider, await draft(provider, inquiry, **changes), "send")


async def received(owner: Account, inquiry: Json) -> list[Json]:
    return list(ok(await owner.client.get(f"{INQUIRIES}/{inquiry['id']}/quotes"))["items"])
