"""A provider's system is told each step of the trade, by ids and states and by nothing personal."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from impl.marketplace.capabilities.happenings.service import Happening
from impl.marketplace.capabilities.webhook_endpoints.service import WebhookSending
from impl.marketplace.capabilities.webhook_endpoints.tables import WebhookEventType
from tests.marketplace.inquiries.asking import INQUIRIES, ask
from tests.marketplace.jobs.working import CANCEL, CHANGES, DISPUTE, act, parties
from tests.marketplace.payloads import ok
from tests.marketplace.webhooks.successes import WEBHOOKS

if TYPE_CHECKING:
    from tests.harness.accounts import Accounts
    from tests.harness.service import Service
    from tests.marketplace.webhooks.receiving import Receiver

ALL = [one.value for one in WebhookEventType if one is not WebhookEventType.PING]


def test_whatever_happens_has_an_event_of_its_name() -> None:
    assert [one.value for one in Happening] == ALL


async def test_each_step_of_a_job_is_told_without_anything_personal(accounts: Accounts, receiver: Receiver) -> None:
    trade = await parties(accounts)
    body = {"url": receiver.url(), "events": ALL, "description": None}
    ok(await trade.provider.client.post(WEBHOOKS, json=body), 201)
    job = await trade.agree()
    message = {"text": "Ring the bell twice, please."}
    inquiry = await ask(trade.owner, trade.home, trade.profile)
    recipient = inquiry["recipients"][0]["id"]
    thread = f"{INQUIRIES}/{inquiry['id']}/recipients/{recipient}/messages"
    ok(await trade.owner.client.post(thread, json=message), 201)
    ok(await trade.owner.client.post(f"{INQUIRIES}/{inquiry['id']}/withdraw"))
    for who, step, sent in [
        (trade.provider, "start", None),
        (trade.provider, "deliver", None),
        (trade.owner, "request-changes", CHANGES),
        (trade.provider, "deliver", None),
        (trade.owner, "complete", None),
    ]:
        ok(await act(who, job, step, sent))
    cancelled, disputed = await trade.agree(), await trade.begun("IN_PROGRESS")
    ok(await act(trade.owner, cancelled, "cancel", CANCEL))
    ok(await act(trade.owner, disputed, "dispute", DISPUTE))

    of_job = [
        *("job.created", "job.started", "job.delivered", "job.changes_requested", "job.delivered", "job.completed"),
    ]
    expected = [
        *("inquiry.received", "quote.accepted", *of_job),
        *("inquiry.received", "message.received", "inquiry.withdrawn"),
        *("inquiry.received", "quote.accepted", "job.created", "job.cancelled"),
        *("inquiry.received", "quote.accepted", "job.created", "job.started", "job.disputed"),
    ]
    came = await receiver.got(len(expected))
    assert sorted(one.event["type"] for one in came) == sorted(expected)
    assert len({one.id for one in came}) == len(came)
    states = {one.event["type"]: one.event["data"].get("state") for one in came if job["id"] in one.body.decode()}
    assert states["job.completed"] == "COMPLETED"
    assert states["job.started"] == "IN_PROGRESS"
    words = [CHANGES["text"], CANCEL["note"], DISPUTE["text"], message["text"], trade.owner.email]
    bodies = b"\n".join(one.body for one in came).decode()
    assert [word for word in words if word in bodies] == []
    for one in came:
        path = one.event["data"]["url"].partition("/api/v1")[2]
        assert (await trade.provider.client.get(path)).status_code == 200, path


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
