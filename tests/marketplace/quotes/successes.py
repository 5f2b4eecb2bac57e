"""Successful requests to the operations of quotes."""

from __future__ import annotations

from typing import NamedTuple

from tests.contract.entries import Entries
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Person, Stage, example_of
from tests.marketplace.inquiries.successes import inquiry_of
from tests.marketplace.provider_profile.successes import approved_profile_of, business

INBOX = "/service-providers/inquiries"


class Written(NamedTuple):
    """A quote, its inquiry, and both parties."""

    id: str
    inquiry_id: str
    owner: Person
    provider: Person


async def quote_of(stage: Stage, *, is_sent: bool = False) -> Written:
    """Let somebody new ask the shared business, and let that one write a quote."""
    owner, provider = await stage.person(), await business(stage)
    inquiry_id = await inquiry_of(stage, owner, provider)
    path = f"{INBOX}/{inquiry_id}/quotes"
    written = (await stage.expect(201, "POST", path, by=provider, json=example_of("createQuote"))).json()
    if is_sent:
        await stage.expect(200, "POST", f"/quotes/{written['id']}/send", by=provider)
    return Written(str(written["id"]), inquiry_id, owner, provider)


async def _new(stage: Stage, example: Body) -> Ready:
    # Of their own: an idempotency key is its caller's.
    provider, owner = await stage.person("SERVICE_PROVIDER"), await stage.person()
    await approved_profile_of(stage, provider)
    return Ready(by=provider, ids={"inquiry_id": await inquiry_of(stage, owner, provider)}, body=example)


async def _received(stage: Stage, example: Body) -> Ready:
    provider, owner = await business(stage), await stage.person()
    return Ready(by=provider, ids={"inquiry_id": await inquiry_of(stage, owner, provider)}, body=example)


async def _asked(stage: Stage, example: Body) -> Ready:
    owner = await stage.person()
    return Ready(by=owner, ids={"inquiry_id": await inquiry_of(stage, owner)}, body=example)


async def _draft(stage: Stage, example: Body) -> Ready:
    quote = await quote_of(stage)
    return Ready(by=quote.provider, ids={"quote_id": quote.id}, body=example)


async def _sent(stage: Stage, example: Body) -> Ready:
    quote = await quote_of(stage, is_sent=True)
    return Ready(by=quote.provider, ids={"quote_id": quote.id}, body=example)


async def _decided(stage: Stage, example: Body) -> Ready:
    quote = await quote_of(stage, is_sent=True)
    return Ready(by=quote.owner, ids={"quote_id": quote.id}, body=example)


SUCCESSES: Entries = {
    "listOwnQuotes": _received,
    "createQuote": _new,
    "listReceivedQuotes": _asked,
    "getQuote": _draft,
    "getQuoteDocument": _draft,
    "updateQuote": _draft,
    "deleteQuote": _draft,
    "sendQuote": _draft,
    "withdrawQuote": _sent,
    "acceptQuote": _decided,
    "declineQuote": _decided,
}
