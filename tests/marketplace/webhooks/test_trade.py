"""A provider's system is told each step of the trade, by ids and states and by nothing personal."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from sqlalchemy import update

from generated import models, webhooks
from impl.kernel.tables import core_table
from impl.marketplace.capabilities.domain_events.service import DomainEvent
from impl.marketplace.capabilities.inquiries.tables import Inquiry
from impl.marketplace.capabilities.quotes.tables import Quote
from impl.marketplace.capabilities.webhook_endpoints.service import WebhookSending
from impl.marketplace.webhooks.service import PING
from tests.marketplace.inquiries.asking import INQUIRIES, ask, asker, businesses, withdraw
from tests.marketplace.jobs.working import CANCEL, CHANGES, DISPUTE, JOBS, act, parties, put_time, time_in
from tests.marketplace.payloads import ok
from tests.marketplace.quotes.quoting import quoted, step
from tests.marketplace.reviews.reviewing import BY_OWNER, BY_PROVIDER, write
from tests.marketplace.visits.visiting import act as answer_visit
from tests.marketplace.visits.visiting import always_works, free, send
from tests.marketplace.webhooks.successes import WEBHOOKS
from tests.marketplace.webhooks.test_webhooks import verified

if TYPE_CHECKING:
    from tests.harness.accounts import Account, Accounts
    from tests.harness.service import Service
    from tests.marketplace.payloads import Json
    from tests.marketplace.webhooks.receiving import Received, Receiver

ENDS = {"inquiry.expired", "inquiry.lost", "quote.declined", "quote.expired", "job.scheduled", "review.published"}
ALL = [one.value for one in DomainEvent]


def test_whatever_happens_has_an_event_of_its_name() -> None:
    assert [*ALL, PING] == list(webhooks.WEBHOOKS) == [one.value for one in models.WebhookEventType]


async def test_each_step_of_a_job_is_told_without_anything_personal(
    accounts: Accounts, service: Service, receiver: Receiver
) -> None:
    trade = await parties(accounts)
    body = {"url": receiver.url(), "events": ALL, "description": None}
    ok(await trade.provider.client.post(WEBHOOKS, json=body), 201)
    job = await trade.agree()
    message = {"text": "Ring the bell twice, please."}
    inquiry = await ask(trade.owner, trade.home, trade.profile)
    await always_works(trade.provider)
    hour, *_, other_hour = await free(trade.provider, service)
    visits = [ok(await send(trade.owner, inquiry, at), 201) for at in (hour, hour, other_hour)]
    for visit, answer in zip(visits, ("accept", "decline", "accept"), strict=True):
        ok(await answer_visit(trade.provider, visit, answer))
    ok(await answer_visit(trade.owner, visits[2], "cancel"))
    recipient = inquiry["recipients"][0]["id"]
    thread = f"{INQUIRIES}/{inquiry['id']}/recipients/{recipient}/messages"
    ok(await trade.owner.client.post(thread, json=message), 201)
    ok(await trade.owner.client.post(f"{INQUIRIES}/{inquiry['id']}/withdraw"))
    for who, name, sent in [
        (trade.provider, "start", None),
        (trade.provider, "deliver", None),
        (trade.owner, "request-changes", CHANGES),
        (trade.provider, "deliver", None),
        (trade.owner, "complete", None),
    ]:
        ok(await act(who, job, name, sent))
    cancelled, disputed = await trade.agree(), await trade.begun("IN_PROGRESS")
    ok(await act(trade.owner, cancelled, "cancel", CANCEL))
    ok(await act(trade.owner, disputed, "dispute", DISPUTE))

    of_job = [
        *("job.created", "job.started", "job.delivered", "job.changes_requested", "job.delivered", "job.completed"),
    ]
    expected = [
        *("inquiry.received", "quote.accepted", *of_job),
        *("inquiry.received", "message.received", "inquiry.withdrawn"),
        # Of the two that were booked, one was cancelled, and the other ended with the inquiry.
        *(*["visit.requested"] * 3, "visit.booked", "visit.declined", "visit.booked", *["visit.cancelled"] * 2),
        *("inquiry.received", "quote.accepted", "job.created", "job.cancelled"),
        *("inquiry.received", "quote.accepted", "job.created", "job.started", "job.disputed"),
    ]
    came = await receiver.got(len(expected))
    assert sorted(one.event["type"] for one in came) == sorted(expected)
    assert len({one.id for one in came}) == len(came)
    states = {one.event["type"]: one.event["data"].get("state") for one in came if job["id"] in one.body.decode()}
    assert states["job.completed"] == "COMPLETED"
    assert states["job.started"] == "IN_PROGRESS"
    by_visit = [one.event["data"]["state"] for one in came if visits[0]["id"] in one.body.decode()]
    assert sorted(by_visit) == ["BOOKED", "CANCELLED", "REQUESTED"]
    words = [CHANGES["text"], CANCEL["note"], DISPUTE["text"], message["text"], trade.owner.email]
    bodies = b"\n".join(one.body for one in came).decode()
    assert [word for word in words if word in bodies] == []
    for one in came:
        path = one.event["data"]["url"].partition("/api/v1")[2]
        assert (await trade.provider.client.get(path)).status_code == 200, path


async def test_what_ends_by_itself_or_goes_to_another_is_told_once_and_signed(
    accounts: Accounts, service: Service, receiver: Receiver
) -> None:
    owner, home = await asker(accounts)
    (one, first), (other, second) = await businesses(accounts, 2)
    secrets: dict[str, tuple[Account, Json]] = {}
    for provider, path in ((one, "/one"), (other, "/other")):
        body = {"url": receiver.url(path), "events": sorted(ENDS), "description": None}
        secrets[path] = provider, ok(await provider.client.post(WEBHOOKS, json=body), 201)
    expired = await ask(owner, home, first)
    await _over(service, Inquiry, expired)
    await service.services.marketplace.inquiries.end_inquiries()
    late = await quoted(one, await ask(owner, home, first))
    await _over(service, Quote, late)
    await service.services.marketplace.quotes.end_quotes()
    contested = await ask(owner, home, first, second)
    declined, accepted = await quoted(one, contested), await quoted(other, contested)
    await step(owner, accepted, "accept")
    (job,) = ok(await other.client.get(JOBS, params={"side": "PROVIDER"}))["items"]
    ok(await put_time(other, job, time_in(service, 48)))
    for who, name in ((other, "start"), (other, "deliver"), (owner, "complete")):
        ok(await act(who, job, name))
    review = ok(await write(owner, job, BY_OWNER), 201)
    ok(await write(other, job, BY_PROVIDER), 201)

    came = {sent.event["type"]: sent for sent in await receiver.got(len(ENDS))}
    assert came.keys() == ENDS
    told = {name: (sent.path, _thing(sent), sent.event["data"].get("state")) for name, sent in came.items()}
    assert told == {
        "inquiry.expired": ("/one", expired["id"], "LOST"),
        "inquiry.lost": ("/one", contested["id"], "LOST"),
        "quote.declined": ("/one", declined["id"], "DECLINED"),
        "quote.expired": ("/one", late["id"], "EXPIRED"),
        "job.scheduled": ("/other", job["id"], "SCHEDULED"),
        "review.published": ("/other", review["id"], None),
    }
    assert [name for name, sent in came.items() if not verified(secrets[sent.path][1]["secret"], sent)] == []
    for path, (provider, endpoint) in secrets.items():
        sent_ids = {sent.id for sent in came.values() if sent.path == path}
        listed = ok(await provider.client.get(f"{WEBHOOKS}/{endpoint['id']}/deliveries"))["items"]
        assert {delivery["id"] for delivery in listed} == sent_ids, "each has one delivery"
    assert len(receiver.received) == len(ENDS)


def _thing(sent: Received) -> str:
    """Return the id of what an event is about."""
    return str(sent.event["data"][f"{sent.event['type'].partition('.')[0]}_id"])


async def _over(service: Service, kind: type[Inquiry | Quote], thing: Json) -> None:
    """Let the time of a thing be over: the clock is every test's."""
    table, ends = core_table(kind), service.clock.now() - timedelta(seconds=1)
    async with service.services.database.begin() as tx:
        await tx.execute(update(table).where(table.c.id == UUID(thing["id"])).values(expires_at=ends))


async def test_who_is_no_provider_any_more_is_told_nothing(accounts: Accounts, receiver: Receiver) -> None:
    owner, home = await asker(accounts)
    both = await businesses(accounts, 2)
    for number, (provider, _) in enumerate(both):
        body = {"url": receiver.url(f"/{number}"), "events": ["inquiry.withdrawn"], "description": None}
        ok(await provider.client.post(WEBHOOKS, json=body), 201)
    asked = [await ask(owner, home, *(profile for _, profile in both)) for _ in range(3)]
    await withdraw(owner, asked[0])
    await receiver.got(2)
    admin, gone_id = await accounts.staff("STAFF_ADMIN"), ok(await both[0][0].client.get("/users/me"))["id"]
    ok(await admin.client.put(f"/users/{gone_id}/roles", json={"roles": ["HOMEOWNER"]}, headers={"If-Match": "*"}))
    for inquiry in asked[1:]:
        await withdraw(owner, inquiry)
    came = await receiver.got(4)
    assert sorted(one.path for one in came) == ["/0", "/1", "/1", "/1"]


@pytest.mark.both_engines
async def test_two_workers_never_send_one_delivery_at_the_same_time(
    accounts: Accounts, service: Service, receiver: Receiver
) -> None:
    provider = await accounts.make("SERVICE_PROVIDER")
    body = {"url": receiver.url(), "events": ["ping"], "description": None}
    made = ok(await provider.client.post(WEBHOOKS, json=body), 201)
    receiver.answering.clear()
    for _ in range(5):
        ok(await provider.client.post(f"{WEBHOOKS}/{made['id']}/test"), 202)
    await receiver.got(1)
    # While an attempt is under way, another worker finds nothing to do for this endpoint.
    other: WebhookSending = service.services.marketplace.webhooks.sending
    await asyncio.gather(*(other.begin_due() for _ in range(4)))
    assert len(receiver.received) == 1
    receiver.answering.set()
    came = await receiver.got(5)
    await other.finish()
    assert len({one.id for one in came}) == len(receiver.received) == 5
