"""Webhook endpoints inside transactions, and the sending of due deliveries.

An attempt is claimed in one transaction and settled in another one, with the request between them. Each endpoint has at
most one under way: a slow one waits for itself, and two workers never send one delivery at the same time.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import logging
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from generated.webhooks import WEBHOOKS
from impl.gateways.webhooks import HttpsSender, Sent
from impl.kernel import audit, etags, outbox, tracing
from impl.kernel.caller import NO_CLIENT
from impl.kernel.database import Database
from impl.kernel.encryption import Cipher
from impl.kernel.errors import JsonValue, NotFound
from impl.kernel.ids import NIL, new_id
from impl.kernel.reader import Reader
from impl.marketplace.capabilities.webhook_endpoints.repository import (
    ListenerRow,
    WaitingRow,
    WebhookEndpointsRepository,
)
from impl.marketplace.capabilities.webhook_endpoints.tables import (
    DeliveryRow,
    EndpointRow,
    NewWebhookEndpoint,
    Renewed,
    WebhookDeliveryChanges,
    WebhookDeliveryError,
    WebhookDeliveryStatus,
    WebhookDisabledReason,
    WebhookEndpointChanges,
)

__all__ = [
    "ROTATED",
    "DeliveryRow",
    "EndpointRow",
    "WebhookRecords",
    "WebhookSending",
    "body_of",
    "encrypted",
    "new_secret",
    "outcome_of",
    "signed",
]

TOPIC: Final = "marketplace.webhook_disabled"
# Time in which the secret before signs beside a new one.
ROTATED: Final = timedelta(hours=24)
# Time without a success after which an endpoint is disabled.
PATIENCE: Final = timedelta(days=5)
# Pauses after each failed attempt: ten attempts in a little more than three days.
PAUSES: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
# Part of a pause that is added at random, so that what failed together is not tried again together.
JITTER: Final = 0.1
_LONGEST_WAIT: Final = timedelta(hours=24)
# Longer than any attempt with its two transactions: after it, that of a worker that died is made again.
_LEASE: Final = timedelta(minutes=2)
_SECRET_BYTES: Final = 24
_PREFIX: Final = "whsec_"
GONE: Final = 410
_AT_ONCE: Final = 100
_random: Final = secrets.SystemRandom()
_log: Final = logging.getLogger("hestami.webhooks")


def new_secret() -> str:
    """Return a secret in the form of Standard Webhooks: 24 random bytes in base64 after a prefix."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode("ascii")


def encrypted(cipher: Cipher, endpoint_id: UUID, secret: str) -> bytes:
    """Return a secret as the row of its endpoint keeps it."""
    return cipher.encrypt(secret, context=_context(endpoint_id))


def signed(secret: str, message_id: str, timestamp: int, body: str) -> str:
    """Sign a body as Standard Webhooks does: HMAC-SHA-256 over id, time and body with full stops between them."""
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    mac = hmac.new(key, f"{message_id}.{timestamp}.{body}".encode(), hashlib.sha256)
    return f"v1,{base64.b64encode(mac.digest()).decode('ascii')}"


def body_of(event: str, happened_at: datetime, data: Mapping[str, JsonValue]) -> str:
    """Return the body of an event, which is held against the contract's schema of it."""
    timestamp = happened_at.isoformat().replace("+00:00", "Z")
    body = json.dumps({"type": event, "timestamp": timestamp, "data": dict(data)}, separators=(",", ":"))
    WEBHOOKS[event].model_validate_json(body)
    return body


@dataclass(frozen=True, slots=True)
class _Claimed:
    """Attempt that this worker has to make until its lease ends."""

    endpoint: EndpointRow
    delivery: WaitingRow
    leased_until: datetime


class WebhookRecords:
    """Changes of endpoints and deliveries inside the transactions of others."""

    def __init__(self, reader: Reader, cipher: Cipher) -> None:
        self._repository = WebhookEndpointsRepository(reader)
        self._cipher = cipher

    async def find(self, endpoint_id: UUID) -> EndpointRow | None:
        return await self._repository.find(endpoint_id)

    async def lock(self, tx: AsyncSession, owner_id: UUID, endpoint_id: UUID, if_match: str | None) -> EndpointRow:
        """Return an endpoint of this person, locked, in the version that they have read."""
        row = await self._repository.lock_own(tx, owner_id, endpoint_id)
        if row is None:
            raise NotFound
        etags.check(if_match, row["version"])
        return row

    async def add(self, tx: AsyncSession, new: NewWebhookEndpoint) -> None:
        await self._repository.insert(tx, new)

    async def change(self, tx: AsyncSession, endpoint_id: UUID, changes: WebhookEndpointChanges) -> EndpointRow:
        return await self._repository.update(tx, endpoint_id, changes)

    async def remove(self, tx: AsyncSession, endpoint_id: UUID) -> None:
        """Delete an endpoint with its deliveries."""
        await self._repository.delete(tx, endpoint_id)

    async def delivery(self, tx: AsyncSession, endpoint_id: UUID, delivery_id: UUID) -> DeliveryRow:
        row = await self._repository.delivery(tx, endpoint_id, delivery_id)
        if row is None:
            raise NotFound
        return row

    async def listeners(
        self, tx: AsyncSession, owners: Collection[UUID], happened_at: datetime
    ) -> Sequence[ListenerRow]:
        """Return the enabled endpoints of these people that were there when it happened, locked."""
        return await self._repository.listeners(tx, owners, happened_at)

    def encrypt(self, endpoint_id: UUID, secret: str) -> bytes:
        return encrypted(self._cipher, endpoint_id, secret)

    async def put(
        self, tx: AsyncSession, endpoint_id: UUID, event: str, body: str, *, happened_id: UUID, now: datetime
    ) -> UUID:
        """Put an event on its way to an endpoint, unless it is already; return the id for a new delivery."""
        delivery_id = new_id()
        await self._repository.put(
            tx,
            {
                "id": delivery_id,
                "endpoint_id": endpoint_id,
                "happened_id": happened_id,
                "event": event,
                "body": body,
                "status": WebhookDeliveryStatus.PENDING,
                "attempts": 0,
                "round_attempts": 0,
                "next_attempt_at": now,
                "created_at": now,
                "traceparent": tracing.traceparent(),
            },
            now,
        )
        outbox.wake_worker(tx)
        return delivery_id

    async def again(self, tx: AsyncSession, endpoint_id: UUID, delivery_id: UUID, now: datetime) -> None:
        """Schedule a delivery for now, with as many retries as a new one."""
        await self._repository.move(
            tx,
            delivery_id,
            {
                "status": WebhookDeliveryStatus.PENDING,
                "round_attempts": 0,
                "next_attempt_at": now,
                "delivered_at": None,
                "traceparent": tracing.traceparent(),
            },
        )
        await self._repository.advance(tx, endpoint_id, now)
        outbox.wake_worker(tx)

    async def reencrypt(self, database: Database) -> int:
        """Encrypt every secret with the newest key, so that older ones may go; return how many changed."""
        count, last = 0, NIL
        while True:
            async with database.begin() as tx:
                rows = await self._repository.secrets(tx, after=last, limit=_AT_ONCE)
                if not rows:
                    return count
                for row in rows:
                    last, context = row["id"], _context(row["id"])
                    secret, before = row["secret"], row["previous_secret"]
                    renewed = self._cipher.rotate(secret, context=context)
                    renewed_before = None if before is None else self._cipher.rotate(before, context=context)
                    changed = (renewed is not None) + (renewed_before is not None)
                    if changed:
                        newest: Renewed = {"secret": renewed or secret, "previous_secret": renewed_before or before}
                        await self._repository.renew(tx, last, newest)
                        count += changed


class WebhookSending:
    """Sends due deliveries, to many endpoints at once and to each one by one."""

    def __init__(
        self,
        *,
        database: Database,
        cipher: Cipher,
        sender: HttpsSender,
        places: int,
        tracer: tracing.Tracer | None,
    ) -> None:
        self._database = database
        self._tracer = tracer
        self._clock = database.clock
        self._repository = WebhookEndpointsRepository(database.reader)
        self._cipher = cipher
        self._sender = sender
        self._places = places
        self._running: set[asyncio.Task[None]] = set()

    async def begin_due(self) -> bool:
        """Begin as many due attempts as there are free places, and return whether there were any.

        They go on beside whoever calls this; the end of each sends the signal by which workers look again.
        """
        free = self._places - len(self._running)
        if free <= 0 or not await self._repository.has_due(self._clock.now()):
            return False
        claimed = await self._claim(free)
        for one in claimed:
            task = asyncio.create_task(self._attempt(one))
            self._running.add(task)
            task.add_done_callback(self._done)
        return bool(claimed)

    async def finish(self) -> None:
        """Wait for the attempts that are under way, and begin no more."""
        while self._running:
            await asyncio.wait(self._running)

    async def close(self) -> None:
        await self._sender.close()

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            # Its lease ends, and it is made again.
            _log.error("an attempt of a webhook was not settled", exc_info=error)
        self._database.messages.send()

    async def _claim(self, limit: int) -> Sequence[_Claimed]:
        now = self._clock.now()
        until = now + _LEASE
        claimed: list[_Claimed] = []
        async with self._database.begin() as tx:
            for endpoint in await self._repository.lock_due(tx, now, limit=limit):
                delivery = await self._repository.waiting(tx, endpoint["id"], now)
                if delivery is None:
                    await self._repository.settle(tx, endpoint["id"])
                    continue
                await self._repository.lease(tx, endpoint["id"], until)
                claimed.append(_Claimed(endpoint, delivery, until))
        return claimed

    async def _attempt(self, claimed: _Claimed) -> None:
        with tracing.root(self._tracer, "send webhook", "internal", {}, cause=claimed.delivery["traceparent"]):
            await self._attempt_untraced(claimed)

    async def _attempt_untraced(self, claimed: _Claimed) -> None:
        endpoint, delivery = claimed.endpoint, claimed.delivery
        now = self._clock.now()
        message_id, timestamp = str(delivery["id"]), int(now.timestamp())
        signatures = [signed(one, message_id, timestamp, delivery["body"]) for one in self._secrets(endpoint, now)]
        headers = {
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": " ".join(signatures),
            "User-Agent": "Hestami-Webhooks/1",
        }
        sent = await self._sender.send(endpoint["url"], headers, delivery["body"].encode())
        async with self._database.begin() as tx:
            await self._settle(tx, claimed, sent)

    async def _settle(self, tx: AsyncSession, claimed: _Claimed, sent: Sent) -> None:
        now = self._clock.now()
        endpoint_id = claimed.endpoint["id"]
        endpoint = await self._repository.lock_leased(tx, endpoint_id, claimed.leased_until)
        delivery = await self._repository.delivery(tx, endpoint_id, claimed.delivery["id"])
        if endpoint is None or delivery is None:
            return  # it was deleted, or another worker has it since
        changes = outcome_of(delivery, sent, now, jitter=_random.random())
        await self._repository.move(tx, delivery["id"], changes)
        if changes["status"] is WebhookDeliveryStatus.DELIVERED:
            if endpoint["first_failed_at"] is not None:
                await self._repository.update(tx, endpoint_id, {"first_failed_at": None, "updated_at": now})
        else:
            await self._note_failure(tx, endpoint, sent, now)
        await self._repository.settle(tx, endpoint_id)

    async def _note_failure(self, tx: AsyncSession, endpoint: EndpointRow, sent: Sent, now: datetime) -> None:
        since = endpoint["first_failed_at"] or now
        reason: WebhookDisabledReason | None = None
        if sent.status == GONE:
            reason = WebhookDisabledReason.GONE
        elif now - since >= PATIENCE:
            reason = WebhookDisabledReason.FAILING
        changes: WebhookEndpointChanges = {}
        if endpoint["first_failed_at"] is None:
            changes = {"first_failed_at": now, "updated_at": now}
        if reason is not None and endpoint["is_enabled"]:
            changes |= {"is_enabled": False, "disabled_reason": reason, "disabled_at": now, "updated_at": now}
            await self._repository.give_up(tx, endpoint["id"])
            about = ("webhook", endpoint["id"])
            await audit.record(tx, "webhook.disabled", NO_CLIENT, subject=about, data={"reason": reason.value})
            await outbox.put(tx, TOPIC, {"webhook_id": str(endpoint["id"])})
        if changes:
            await self._repository.update(tx, endpoint["id"], changes)

    def _secrets(self, endpoint: EndpointRow, now: datetime) -> list[str]:
        encrypted = [endpoint["secret"]]
        before, ends_at = endpoint["previous_secret"], endpoint["previous_secret_ends_at"]
        if before is not None and ends_at is not None and ends_at > now:
            encrypted.append(before)
        return [self._cipher.decrypt(one, context=_context(endpoint["id"])) for one in encrypted]


def _context(endpoint_id: UUID) -> str:
    return f"webhook {endpoint_id}"


def outcome_of(delivery: DeliveryRow, sent: Sent, now: datetime, *, jitter: float) -> WebhookDeliveryChanges:
    """Return what an attempt changes in its delivery; `jitter`, 0 to 1, is the share of JITTER in the next pause."""
    is_taken = sent.status is not None and 200 <= sent.status < 300
    tried = delivery["round_attempts"] + 1
    changes: WebhookDeliveryChanges = {
        "status": WebhookDeliveryStatus.DELIVERED,
        "attempts": delivery["attempts"] + 1,
        "round_attempts": tried,
        "response_status": sent.status,
        "latency_ms": round(sent.seconds * 1000),
        "error": None,
        "next_attempt_at": None,
        "last_attempt_at": now,
        "delivered_at": now if is_taken else None,
    }
    if is_taken:
        return changes
    changes["error"] = WebhookDeliveryError(sent.failure or WebhookDeliveryError.REFUSED)
    is_last = tried > len(PAUSES) or sent.status == GONE
    changes["status"] = WebhookDeliveryStatus.FAILED if is_last else WebhookDeliveryStatus.PENDING
    if not is_last:
        pause = PAUSES[tried - 1] * (1 + jitter * JITTER)
        changes["next_attempt_at"] = now + max(pause, _asked_pause(sent.retry_after, now))
    return changes


def _asked_pause(retry_after: str | None, now: datetime) -> timedelta:
    """Return how long an answer asks to wait, by seconds or by a date (RFC 9110, section 10.2.3); a day at most."""
    wait = timedelta()
    if retry_after is not None and retry_after.isascii() and retry_after.isdecimal() and len(retry_after) < 10:
        wait = timedelta(seconds=int(retry_after))
    elif retry_after is not None:
        try:
            at = parsedate_to_datetime(retry_after)
        except (ValueError, OverflowError):
            return wait  # a year or a zone may have any number of digits
        if at.tzinfo is not None:
            wait = at - now
    return min(max(wait, timedelta()), _LONGEST_WAIT)
