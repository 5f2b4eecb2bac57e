"""Service of webhook endpoints, and of the domain events that are delivered to them."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final, TypedDict
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import JobState, QuoteState, RecipientState, VisitState
from impl.gateways.webhooks import HttpsSender, UnsafeUrlError
from impl.identity.capabilities.letters.service import LettersService, Texts
from impl.kernel import audit, idempotency, outbox
from impl.kernel.caller import Caller
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.encryption import Cipher
from impl.kernel.errors import InvalidInput, JsonValue, NotFound
from impl.kernel.etags import FIRST_VERSION
from impl.kernel.ids import new_id
from impl.kernel.paging import Moment, Page, fetched
from impl.kernel.rows import has_values
from impl.kernel.tracing import Tracer
from impl.marketplace.capabilities.domain_events.service import TOPIC, DomainEvent
from impl.marketplace.capabilities.webhook_endpoints import service as endpoints
from impl.marketplace.capabilities.webhook_endpoints.service import (
    ROTATED,
    DeliveryRow,
    EndpointRow,
    WebhookRecords,
    body_of,
    new_secret,
)
from impl.marketplace.capabilities.webhook_endpoints.tables import (
    NewWebhookEndpoint,
    WebhookEndpointContent,
)
from impl.marketplace.webhooks.repository import PartyRow, WebhooksRepository
from openapi.runtime.wire import FieldError, Reply

__all__ = ["DeliveryRow", "EndpointRow", "WebhooksService"]

MOST: Final = 10
PING: Final = "ping"
_TEMPLATES: Final = Path(__file__).with_name("templates")
# What a thing has become by what happened to it, whatever it is when the event is put on its way.
_STATES: Final[Mapping[DomainEvent, RecipientState | QuoteState | JobState | VisitState]] = {
    DomainEvent.INQUIRY_RECEIVED: RecipientState.SENT,
    DomainEvent.INQUIRY_WITHDRAWN: RecipientState.LOST,
    DomainEvent.INQUIRY_EXPIRED: RecipientState.LOST,
    DomainEvent.INQUIRY_LOST: RecipientState.LOST,
    DomainEvent.QUOTE_ACCEPTED: QuoteState.ACCEPTED,
    DomainEvent.QUOTE_DECLINED: QuoteState.DECLINED,
    DomainEvent.QUOTE_EXPIRED: QuoteState.EXPIRED,
    DomainEvent.JOB_CREATED: JobState.SCHEDULED,
    DomainEvent.JOB_SCHEDULED: JobState.SCHEDULED,
    DomainEvent.JOB_STARTED: JobState.IN_PROGRESS,
    DomainEvent.JOB_DELIVERED: JobState.DELIVERED,
    DomainEvent.JOB_CHANGES_REQUESTED: JobState.CHANGES_REQUESTED,
    DomainEvent.JOB_COMPLETED: JobState.COMPLETED,
    DomainEvent.JOB_CANCELLED: JobState.CANCELLED,
    DomainEvent.JOB_DISPUTED: JobState.DISPUTED,
    DomainEvent.VISIT_REQUESTED: VisitState.REQUESTED,
    DomainEvent.VISIT_BOOKED: VisitState.BOOKED,
    DomainEvent.VISIT_DECLINED: VisitState.DECLINED,
    DomainEvent.VISIT_CANCELLED: VisitState.CANCELLED,
}
# Where each kind of thing is read, below the address of the API.
_PATHS: Final[Mapping[str, str]] = {
    "inquiry": "/service-providers/inquiries/{inquiry_id}",
    "message": "/messages/{message_id}",
    "quote": "/quotes/{quote_id}",
    "job": "/jobs/{job_id}",
    "visit": "/visits/{visit_id}",
    "review": "/jobs/{job_id}/reviews",
}


class _LetterValues(TypedDict):
    """Values of the mail about a disabled endpoint."""

    url: str
    description: str | None
    is_gone: bool


class WebhooksService:
    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        cipher: Cipher,
        sender: HttpsSender,
        places: int,
        tracer: Tracer | None,
        api_url: str,
    ) -> None:
        self._database = database
        self._clock = clock
        self._cipher = cipher
        self._sender = sender
        self._api_url = f"{api_url.rstrip('/')}/api/v1"
        self._repository = WebhooksRepository(database.reader)
        self._records = WebhookRecords(database.reader, cipher)
        self.sending = endpoints.WebhookSending(
            database=database, cipher=cipher, sender=sender, places=places, tracer=tracer
        )

    async def page(self, caller: Caller, *, after: Moment | None, limit: int) -> Page[EndpointRow]:
        return Page.of(await self._repository.page(caller.user_id, after=after, limit=fetched(limit)), limit)

    async def count(self, caller: Caller) -> int:
        return await self._repository.count(caller.user_id)

    async def get(self, caller: Caller, endpoint_id: UUID) -> EndpointRow:
        row = await self._repository.find_own(caller.user_id, endpoint_id)
        if row is None:
            raise NotFound
        return row

    async def create[ReplyT: Reply](
        self,
        caller: Caller,
        content: WebhookEndpointContent,
        serialize: Callable[[EndpointRow, str], ReplyT],
    ) -> ReplyT:
        """Register an endpoint and return its reply with the secret; an idempotency key keeps it encrypted."""
        self._check(content)
        now, endpoint_id, secret = self._clock.now(), new_id(), new_secret()
        new: NewWebhookEndpoint = {
            **content,
            "id": endpoint_id,
            "owner_id": caller.user_id,
            "secret": self._records.encrypt(endpoint_id, secret),
            "is_enabled": True,
            "created_at": now,
            "updated_at": now,
            "version": FIRST_VERSION,
        }
        row: EndpointRow = {
            **new,
            "previous_secret": None,
            "previous_secret_ends_at": None,
            "disabled_reason": None,
            "disabled_at": None,
            "first_failed_at": None,
        }
        reply = serialize(row, secret)
        async with self._database.begin() as tx:
            await self._repository.take_turns(tx, caller.user_id)
            number = await self._repository.number(tx, caller.user_id)
            detail = f"You have {MOST} webhook endpoints already. Delete one first."
            await idempotency.refuse_beyond(self._database.reader, caller, detail, number=number, most=MOST)
            await self._records.add(tx, new)
            await _record(tx, "webhook.created", caller, endpoint_id)
            await idempotency.store_reply(tx, caller, idempotency.encrypt_reply(self._cipher, caller, reply))
        return reply

    async def replace(
        self, caller: Caller, endpoint_id: UUID, content: WebhookEndpointContent, *, if_match: str | None
    ) -> EndpointRow:
        """Replace what the endpoint is; what is the same already is no new version."""
        self._check(content)
        async with self._database.begin() as tx:
            row = await self._records.lock(tx, caller.user_id, endpoint_id, if_match)
            if not has_values(row, content):
                row = await self._records.change(tx, endpoint_id, {**content, "updated_at": self._clock.now()})
            await _record(tx, "webhook.changed", caller, endpoint_id)
        return row

    async def delete(self, caller: Caller, endpoint_id: UUID, *, if_match: str | None) -> None:
        async with self._database.begin() as tx:
            await self._records.lock(tx, caller.user_id, endpoint_id, if_match)
            await self._records.remove(tx, endpoint_id)
            await _record(tx, "webhook.deleted", caller, endpoint_id)

    async def rotate(self, caller: Caller, endpoint_id: UUID) -> tuple[str, datetime]:
        """Make a new secret; the one before signs beside it for a day."""
        async with self._database.begin() as tx:
            row = await self._records.lock(tx, caller.user_id, endpoint_id, None)
            now, secret = self._clock.now(), new_secret()
            ends_at = now + ROTATED
            await self._records.change(
                tx,
                endpoint_id,
                {
                    "secret": self._records.encrypt(endpoint_id, secret),
                    "previous_secret": row["secret"],
                    "previous_secret_ends_at": ends_at,
                    "updated_at": now,
                },
            )
            await _record(tx, "webhook.secret_rotated", caller, endpoint_id)
        return secret, ends_at

    async def enable(self, caller: Caller, endpoint_id: UUID) -> EndpointRow:
        """Enable an endpoint again, with as much patience as a new one has."""
        async with self._database.begin() as tx:
            row = await self._records.lock(tx, caller.user_id, endpoint_id, None)
            if not row["is_enabled"]:
                row = await self._records.change(
                    tx,
                    endpoint_id,
                    {
                        "is_enabled": True,
                        "disabled_reason": None,
                        "disabled_at": None,
                        "first_failed_at": None,
                        "updated_at": self._clock.now(),
                    },
                )
            await _record(tx, "webhook.enabled", caller, endpoint_id)
        return row

    async def test(self, caller: Caller, endpoint_id: UUID) -> DeliveryRow:
        """Send a test event, whether or not the endpoint is enabled."""
        async with self._database.begin() as tx:
            await self._records.lock(tx, caller.user_id, endpoint_id, None)
            now = self._clock.now()
            url = f"{self._api_url}/service-providers/webhooks/{endpoint_id}"
            body = body_of(PING, now, {"webhook_id": str(endpoint_id), "url": url})
            delivery_id = await self._records.put(tx, endpoint_id, PING, body, happened_id=new_id(), now=now)
            await _record(tx, "webhook.tested", caller, endpoint_id)
            return await self._records.delivery(tx, endpoint_id, delivery_id)

    async def redeliver(self, caller: Caller, endpoint_id: UUID, delivery_id: UUID) -> DeliveryRow:
        """Send an event again under the same id, whatever came of it before."""
        async with self._database.begin() as tx:
            await self._records.lock(tx, caller.user_id, endpoint_id, None)
            await self._records.delivery(tx, endpoint_id, delivery_id)
            await self._records.again(tx, endpoint_id, delivery_id, self._clock.now())
            await _record(tx, "webhook.redelivered", caller, endpoint_id, {"delivery": str(delivery_id)})
            return await self._records.delivery(tx, endpoint_id, delivery_id)

    async def deliveries(
        self, caller: Caller, endpoint_id: UUID, *, after: Moment | None, limit: int
    ) -> Page[DeliveryRow]:
        await self.get(caller, endpoint_id)
        return Page.of(await self._repository.deliveries(endpoint_id, after=after, limit=fetched(limit)), limit)

    async def count_deliveries(self, endpoint_id: UUID) -> int:
        return await self._repository.count_deliveries(endpoint_id)

    async def reencrypt(self) -> int:
        """Encrypt every secret with the newest key; return how many changed."""
        return await self._records.reencrypt(self._database)

    # ---- for the worker

    def outbox_handlers(self, letters: LettersService) -> Mapping[str, outbox.Handler]:
        """Return the handlers of domain events and of disabled endpoints, by topic; `letters` mails about these."""
        return {TOPIC: self._enqueue_deliveries, endpoints.TOPIC: partial(self._mail, letters, Texts(_TEMPLATES))}

    async def _enqueue_deliveries(self, message: outbox.Message) -> None:
        """Put an event on its way to each endpoint that wants it; a second time it is there already."""
        event, thing = DomainEvent(str(message.payload["happening"])), UUID(str(message.payload["id"]))
        parties = {row["provider_id"]: row for row in await self._repository.parties_of(event, thing)}
        if not parties:
            return
        async with self._database.begin() as tx:
            now = self._clock.now()
            for endpoint in await self._records.listeners(tx, parties, message.created_at):
                if event.value in endpoint["events"]:
                    data = self._data(event, parties[endpoint["owner_id"]])
                    body = body_of(event.value, message.created_at, data)
                    await self._records.put(tx, endpoint["id"], event.value, body, happened_id=message.id, now=now)

    def _data(self, event: DomainEvent, row: PartyRow) -> dict[str, JsonValue]:
        data: dict[str, JsonValue] = {name: str(value) for name, value in row.items() if name != "provider_id"}
        if (state := _STATES.get(event)) is not None:
            data["state"] = state.value
        path = _PATHS[event.value.partition(".")[0]]
        data["url"] = self._api_url + path.format(**data)
        return data

    async def _mail(self, letters: LettersService, texts: Texts, message: outbox.Message) -> None:
        """Mail the owner of a disabled endpoint, unless it has been enabled again since."""
        row = await self._records.find(UUID(str(message.payload["webhook_id"])))
        if row is None or row["is_enabled"]:
            return
        values: _LetterValues = {
            "url": row["url"],
            "description": row["description"],
            "is_gone": row["disabled_reason"] == "GONE",
        }
        await letters.send(message.id, row["owner_id"], texts, "disabled", {**values})

    # ---- shared

    def _check(self, content: WebhookEndpointContent) -> None:
        """Refuse an address to which nothing would be sent."""
        try:
            self._sender.check(content["url"])
        except UnsafeUrlError as error:
            raise InvalidInput(errors=[FieldError(error.code, str(error), pointer="/url")]) from error


async def _record(
    tx: AsyncSession, event: str, caller: Caller, endpoint_id: UUID, data: Mapping[str, JsonValue] | None = None
) -> None:
    await audit.record(tx, event, caller, subject=("webhook", endpoint_id), data=data or {})
