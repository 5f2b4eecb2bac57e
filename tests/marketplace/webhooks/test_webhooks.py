"""Webhook endpoints over HTTP, and what is really sent to a provider's system."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from standardwebhooks import Webhook

from impl.kernel.encryption import Cipher
from impl.kernel.idempotency import IdempotencyKey
from impl.kernel.tables import core_table
from impl.marketplace.capabilities.webhook_endpoints.service import WebhookRecords
from impl.marketplace.capabilities.webhook_endpoints.tables import WebhookEndpoint
from tests.harness.client import assert_problem
from tests.harness.clock import INSTANT
from tests.harness.doubles import take_last_place
from tests.harness.settings import ENCRYPTION_KEY
from tests.marketplace.inquiries.asking import events
from tests.marketplace.notification_preferences.test_preferences import PREFERENCES, choose
from tests.marketplace.payloads import Json, ids, ok, whole
from tests.marketplace.webhooks.successes import WEBHOOKS

if TYPE_CHECKING:
    from tests.harness.accounts import Account, Accounts
    from tests.harness.service import Service
    from tests.marketplace.webhooks.receiving import Received, Receiver

PING = ["ping"]
CREATE = "createWebhookEndpoint"


@pytest.fixture
async def provider(accounts: Accounts) -> Account:
    """Return a provider of the test's own."""
    return await accounts.make("SERVICE_PROVIDER")


async def register(owner: Account, receiver: Receiver, path: str = "/hook", **changes: object) -> Json:
    body = {"url": receiver.url(path), "events": PING, "description": None, **changes}
    return ok(await owner.client.post(WEBHOOKS, json=body), 201)


async def ping(owner: Account, endpoint: Json) -> Json:
    return ok(await owner.client.post(f"{WEBHOOKS}/{endpoint['id']}/test"), 202)


async def settled(owner: Account, endpoint: Json, delivery: Json, attempts: int) -> Json:
    """Return a delivery once it was tried so often; the worker writes that down after the answer."""
    while True:
        found = ok(await owner.client.get(f"{WEBHOOKS}/{endpoint['id']}/deliveries"))["items"]
        now: Json = next(one for one in found if one["id"] == delivery["id"])
        if now["attempts"] >= attempts:
            assert now["attempts"] == attempts
            return now


def verified(secret: str, sent: Received) -> bool:
    """Return whether the published library, by its own clock and not the tests', makes one of the signatures."""
    moment = datetime.fromtimestamp(int(sent.headers["webhook-timestamp"]), tz=UTC)
    return Webhook(secret).sign(sent.id, moment, sent.body.decode()) in sent.headers["webhook-signature"].split()


async def test_an_endpoint_is_registered_changed_and_deleted(provider: Account, receiver: Receiver) -> None:
    made = await register(provider, receiver, description="Our calendar")
    path = f"{WEBHOOKS}/{made['id']}"
    secret = made.pop("secret")
    assert secret.startswith("whsec_")
    read = await provider.client.get(path)
    assert read.json() == made, "the secret is shown once"
    content = {"url": receiver.url("/other"), "events": ["job.created"], "description": None}
    stale = {"If-Match": '"7"'}
    assert_problem(await provider.client.put(path, json=content, headers=stale), 412, "precondition-failed")
    changed = ok(await provider.client.put(path, json=content, headers={"If-Match": read.headers["ETag"]}))
    assert {name: changed[name] for name in content} == content
    assert_problem(await provider.client.delete(path, headers=stale), 412, "precondition-failed")
    await ping(provider, made)
    assert (await provider.client.delete(path)).status_code == 204
    assert (await provider.client.get(path)).status_code == 404


@pytest.mark.both_engines
async def test_the_secret_is_nowhere_in_the_database(service: Service, provider: Account, receiver: Receiver) -> None:
    """A repeated request gets it all the same: what its key keeps is encrypted."""
    key = {"Idempotency-Key": str(uuid4())}
    body = {"url": receiver.url(), "events": PING, "description": None}
    first = await provider.client.post(WEBHOOKS, json=body, headers=key)
    made = ok(first, 201)
    assert (await provider.client.post(WEBHOOKS, json=body, headers=key)).content == first.content
    async with service.services.database.begin() as tx:
        kept = (await tx.execute(select(core_table(IdempotencyKey)).where(IdempotencyKey.operation == CREATE))).all()
        rows = (await tx.execute(select(core_table(WebhookEndpoint)))).all()
    assert any(made["id"] in str(row) for row in rows)
    assert kept
    bare = made["secret"].removeprefix("whsec_")
    assert not any(bare in str(row) for row in [*kept, *rows])
    assert await service.services.reencrypt() == 0, "all of it is under the newest key"


@pytest.mark.both_engines
async def test_secrets_are_encrypted_anew_and_counted(service: Service, provider: Account, receiver: Receiver) -> None:
    made = await register(provider, receiver)
    rotated = ok(await provider.client.post(f"{WEBHOOKS}/{made['id']}/rotate-secret"))
    database, old, new = service.services.database, ENCRYPTION_KEY.encode(), b"Wh7-tests-encrypt-anew-with-this-51c2f8"
    async with database.begin() as tx:
        before = (await tx.scalars(select(core_table(WebhookEndpoint).c.previous_secret))).all()
    secrets = len(before) + sum(secret is not None for secret in before)
    assert await WebhookRecords(database.reader, Cipher([new, old])).reencrypt(database) == secrets
    assert await WebhookRecords(database.reader, Cipher([new])).reencrypt(database) == 0
    assert await WebhookRecords(database.reader, Cipher([old, new])).reencrypt(database) == secrets
    await ping(provider, made)
    (sent,) = await receiver.got(1)
    assert verified(made["secret"], sent)
    assert verified(rotated["secret"], sent)


@pytest.mark.both_engines
async def test_nobody_has_more_than_ten_endpoints(provider: Account, receiver: Receiver) -> None:
    body = {"url": receiver.url(), "events": PING, "description": None}
    made = [await register(provider, receiver, f"/{number}") for number in range(9)]
    made.append(ok(await take_last_place(lambda key: provider.client.post(WEBHOOKS, json=body, headers=key)), 201))
    assert assert_problem(await provider.client.post(WEBHOOKS, json=body), 409, "limit-reached")["limit"] == 10
    assert ids(await whole(provider.client, WEBHOOKS, limit=3)) == ids(made)[::-1]
    assert ok(await provider.client.get(WEBHOOKS, params={"include_total": "true", "limit": 1}))["total"] == 10


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://hooks.example.com:8443/in", "port_not_allowed"),
        ("https://" + ".".join(["a" * 60] * 5) + ".com/", "host_not_allowed"),
        ("http://hooks.example.com/", "string_pattern_mismatch"),
        ("https://user:secret@hooks.example.com/", "string_pattern_mismatch"),
        ("https://10.0.0.1/", "string_pattern_mismatch"),
        ("https://[::1]/", "string_pattern_mismatch"),
        ("https://hooks.example.com/#there", "string_pattern_mismatch"),
    ],
)
async def test_an_address_that_nothing_is_sent_to_is_refused(accounts: Accounts, url: str, code: str) -> None:
    provider = await accounts.provider()
    refused = await provider.client.post(WEBHOOKS, json={"url": url, "events": PING, "description": None})
    errors = assert_problem(refused, 422, "validation-failed")["errors"]
    assert [one["pointer"] for one in errors] == ["/url"]
    if code != "string_pattern_mismatch":
        assert [one["code"] for one in errors] == [code]


async def test_what_is_sent_is_signed_and_as_the_contract_says(provider: Account, receiver: Receiver) -> None:
    made = await register(provider, receiver, "/in?from=hestami")
    delivery = await ping(provider, made)
    (sent,) = await receiver.got(1)
    assert (sent.path, sent.headers["host"]) == ("/in?from=hestami", f"localhost:{receiver.port}")
    assert (sent.id, sent.event["type"]) == (delivery["id"], "ping")
    assert sent.event["data"]["webhook_id"] == made["id"]
    assert verified(made["secret"], sent)
    assert not verified("whsec_" + "A" * 32, sent)
    done = await settled(provider, made, delivery, 1)
    assert (done["status"], done["response_status"], done["error"]) == ("DELIVERED", 204, None)
    assert done["latency_ms"] >= 0
    assert done["next_attempt_at"] is None


async def test_the_worker_is_told_of_what_is_to_be_sent(
    service: Service, provider: Account, receiver: Receiver
) -> None:
    made = await register(provider, receiver)
    delivery = await settled(provider, made, await ping(provider, made), 1)
    database, now = service.services.database, service.clock.now()
    records = WebhookRecords(database.reader, Cipher([ENCRYPTION_KEY.encode()]))
    endpoint_id, body = UUID(made["id"]), "{}"
    for step in (
        lambda tx: records.put(tx, endpoint_id, "ping", body, happened_id=uuid4(), now=now),
        lambda tx: records.again(tx, endpoint_id, UUID(delivery["id"]), now),
    ):
        told = database.messages.next
        async with database.begin() as tx:
            await step(tx)
            assert not told.is_set()
        assert told.is_set()


async def test_the_secret_before_signs_for_a_day(
    accounts: Accounts, service: Service, provider: Account, receiver: Receiver
) -> None:
    made = await register(provider, receiver)
    path = f"{WEBHOOKS}/{made['id']}"
    with service.clock.stopped():
        rotated = ok(await provider.client.post(f"{path}/rotate-secret"))
        assert rotated["secret"] != made["secret"]
        assert ok(await provider.client.get(path))["previous_secret_ends_at"] == rotated["previous_secret_ends_at"]
        service.clock.advance(timedelta(hours=24) - INSTANT)
        await accounts.login(provider)
        first = await ping(provider, made)
        (sent,) = await receiver.got(1)
        assert len(sent.headers["webhook-signature"].split()) == 2
        assert verified(made["secret"], sent)
        assert verified(rotated["secret"], sent)
        await settled(provider, made, first, 1)
        service.clock.advance(INSTANT)
        await ping(provider, made)
        later = (await receiver.got(2))[1]
        assert len(later.headers["webhook-signature"].split()) == 1


async def test_a_failure_is_tried_again_later_and_later_until_it_is_given_up(
    accounts: Accounts, service: Service, provider: Account, receiver: Receiver
) -> None:
    made = await register(provider, receiver)
    receiver.answer = (503, {})
    delivery = await ping(provider, made)
    pauses = [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
    for number, pause in enumerate(pauses, 1):
        now = await settled(provider, made, delivery, number)
        assert (now["status"], now["response_status"], now["error"]) == ("PENDING", 503, "REFUSED")
        wait = datetime.fromisoformat(now["next_attempt_at"]) - datetime.fromisoformat(now["last_attempt_at"])
        assert pause <= wait.total_seconds() <= pause * 1.1
        service.clock.advance(wait)
        await accounts.login(provider)
    given_up = await settled(provider, made, delivery, 10)
    assert (given_up["status"], given_up["next_attempt_at"]) == ("FAILED", None)
    assert len({sent.id for sent in await receiver.got(10)}) == 1, "the id stays"
    assert len({sent.body for sent in receiver.received}) == 1
    assert ok(await provider.client.get(f"{WEBHOOKS}/{made['id']}"))["first_failed_at"] is not None
    receiver.answer = (200, {})
    again = ok(await provider.client.post(f"{WEBHOOKS}/{made['id']}/deliveries/{delivery['id']}/redeliver"), 202)
    assert (again["id"], again["status"], again["attempts"]) == (delivery["id"], "PENDING", 10)
    assert (await settled(provider, made, delivery, 11))["status"] == "DELIVERED"
    assert ok(await provider.client.get(f"{WEBHOOKS}/{made['id']}"))["first_failed_at"] is None


async def test_an_answer_may_ask_for_a_longer_pause(provider: Account, receiver: Receiver) -> None:
    made = await register(provider, receiver)
    receiver.answer = (429, {"retry-after": "3600"})
    now = await settled(provider, made, await ping(provider, made), 1)
    wait = datetime.fromisoformat(now["next_attempt_at"]) - datetime.fromisoformat(now["last_attempt_at"])
    assert wait == timedelta(hours=1)


@pytest.mark.parametrize("asked", [f"1 Jan {'9' * 30} 00:00 GMT", f"1 Jan 2031 00:00 +{'9' * 30}", "9" * 30])
async def test_an_answer_that_asks_for_no_time_there_is_is_a_failure_as_any_other(
    provider: Account, receiver: Receiver, asked: str
) -> None:
    made = await register(provider, receiver)
    receiver.answer = (503, {"retry-after": asked})
    now = await settled(provider, made, await ping(provider, made), 1)
    wait = datetime.fromisoformat(now["next_attempt_at"]) - datetime.fromisoformat(now["last_attempt_at"])
    assert (now["status"], now["error"], wait < timedelta(seconds=6)) == ("PENDING", "REFUSED", True)


async def test_a_redirect_is_a_failure_and_is_not_followed(provider: Account, receiver: Receiver) -> None:
    made = await register(provider, receiver)
    receiver.answer = (307, {"location": receiver.url("/elsewhere")})
    now = await settled(provider, made, await ping(provider, made), 1)
    assert (now["response_status"], now["error"]) == (307, "REFUSED")
    assert [sent.path for sent in receiver.received] == ["/hook"]


async def test_gone_disables_at_once_and_its_owner_is_mailed(
    service: Service, provider: Account, receiver: Receiver
) -> None:
    made = await register(provider, receiver, description="Our calendar")
    path = f"{WEBHOOKS}/{made['id']}"
    receiver.answer = (410, {})
    now = await settled(provider, made, await ping(provider, made), 1)
    assert now["status"] == "FAILED"
    disabled = ok(await provider.client.get(path))
    assert (disabled["is_enabled"], disabled["disabled_reason"]) == (False, "GONE")
    assert "webhook.disabled" in await events(service, made)
    mail = await service.inbox.wait_for(provider.email, "A webhook of yours was disabled")
    assert receiver.url().removeprefix("https://") in mail.text
    assert "410" in mail.text
    enabled = ok(await provider.client.post(f"{path}/enable"))
    assert (enabled["is_enabled"], enabled["disabled_reason"], enabled["first_failed_at"]) == (True, None, None)


@pytest.mark.both_engines
async def test_that_an_endpoint_is_disabled_is_mailed_whatever_its_owner_has_chosen(
    service: Service, provider: Account, receiver: Receiver
) -> None:
    """Mail at once, as a program misses what happens from then on: this is no news that could wait for a digest."""
    groups = ok(await provider.client.get(PREFERENCES))["groups"]
    off = {name: {"in_app": False, "mail": "OFF"} for name in groups}
    now = service.clock.now()
    quiet = {"starts": f"{now - timedelta(hours=1):%H:%M}", "ends": f"{now + timedelta(hours=1):%H:%M}"}
    await choose(provider, groups=off, quiet_hours=quiet)
    made = await register(provider, receiver)
    receiver.answer = (410, {})
    await settled(provider, made, await ping(provider, made), 1)
    mail = await service.inbox.wait_for(provider.email, "A webhook of yours was disabled")
    assert "List-Unsubscribe" not in mail.message


async def test_five_days_without_a_success_disable(
    accounts: Accounts, service: Service, provider: Account, receiver: Receiver
) -> None:
    made = await register(provider, receiver)
    path = f"{WEBHOOKS}/{made['id']}"
    receiver.answer = (500, {})
    with service.clock.stopped():
        first = await ping(provider, made)
        await settled(provider, made, first, 1)
        service.clock.advance(timedelta(days=5))
        await accounts.login(provider)
        await settled(provider, made, first, 2)
    disabled = ok(await provider.client.get(path))
    assert (disabled["is_enabled"], disabled["disabled_reason"]) == (False, "FAILING")
    assert "five days" in (await service.inbox.wait_for(provider.email, "A webhook of yours was disabled")).text
    # A test may be sent before it is enabled again.
    receiver.answer = (200, {})
    assert (await settled(provider, made, await ping(provider, made), 1))["status"] == "DELIVERED"
    assert ok(await provider.client.get(path))["is_enabled"] is False


async def test_a_slow_endpoint_holds_nobody_up(
    accounts: Accounts, provider: Account, receiver: Receiver, another_receiver: Receiver
) -> None:
    slow = await register(provider, receiver)
    receiver.answering.clear()
    for _ in range(3):
        await ping(provider, slow)
    await receiver.got(1)
    quick = await register(provider, another_receiver)
    delivery = await ping(provider, quick)
    assert (await settled(provider, quick, delivery, 1))["status"] == "DELIVERED"
    assert len(receiver.received) == 1, "one at a time to each endpoint"
    other = await accounts.sign_up()
    assert other.email, "a mail came meanwhile"
    receiver.answering.set()
    await receiver.got(3)
