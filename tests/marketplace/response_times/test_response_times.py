"""Time that a business takes to answer, as its public page tells it."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy import update

from impl.kernel.tables import core_table
from impl.marketplace.capabilities.inquiries.tables import InquiryRecipient
from tests.harness.accounts import Accounts, unique
from tests.harness.clock import MovableClock
from tests.harness.service import Service
from tests.marketplace.inquiries.asking import ask, asker, decline
from tests.marketplace.payloads import approve_business, ok

_DAY = timedelta(days=1)


def _until_noon(clock: MovableClock) -> timedelta:
    """Return the time until noon (UTC): of what follows nothing falls on the next day."""
    now = clock.now()
    noon = datetime.combine(now.date(), time(12), UTC)
    return noon - now if now <= noon else noon + _DAY - now


@pytest.mark.both_engines
async def test_a_page_tells_how_long_answers_took_from_the_next_day_on_for_90_days(
    accounts: Accounts, client: httpx.AsyncClient, clock: MovableClock, service: Service
) -> None:
    clock.advance(_until_noon(clock))
    provider = await accounts.make("SERVICE_PROVIDER")
    profile = await approve_business(provider, business_name=unique("Quick Answers"))
    page = f"/providers/{profile['slug']}"
    askers = [await asker(accounts) for _ in range(4)]
    with clock.stopped():
        sent = [await ask(*one, profile["id"]) for one in askers]
        # The last one is not answered, and counts for nothing.
        for inquiry, minutes in zip(sent, (2, 2, 3), strict=False):
            clock.advance(timedelta(minutes=minutes))
            await decline(provider, inquiry)

    first = await client.get(page)
    assert ok(first)["response_minutes"] is None

    clock.advance(_DAY)
    counted = await client.get(page, headers={"If-Modified-Since": first.headers["last-modified"]})
    # The mean of two, four and seven minutes, rounded up.
    assert ok(counted)["response_minutes"] == 5
    since = {"If-Modified-Since": counted.headers["last-modified"]}
    assert (await client.get(page, headers=since)).status_code == 304

    table = core_table(InquiryRecipient)
    async with service.services.database.begin() as tx:
        asked = table.c.inquiry_id.in_([UUID(inquiry["id"]) for inquiry in sent])
        await tx.execute(update(table).where(asked).values(created_at=clock.now() - 90 * _DAY))
    assert ok(await client.get(page))["response_minutes"] == 5
    clock.advance(_DAY)
    gone = await client.get(page, headers=since)
    assert ok(gone)["response_minutes"] is None
    clock.advance(_DAY)
    later = await client.get(page, headers={"If-Modified-Since": gone.headers["last-modified"]})
    assert later.status_code == 304


async def test_two_answers_tell_nothing(accounts: Accounts, client: httpx.AsyncClient, clock: MovableClock) -> None:
    provider = await accounts.make("SERVICE_PROVIDER")
    profile = await approve_business(provider, business_name=unique("Few Answers"))
    for _ in range(2):
        await decline(provider, await ask(*await asker(accounts), profile["id"]))

    clock.advance(_DAY)

    assert ok(await client.get(f"/providers/{profile['slug']}"))["response_minutes"] is None
