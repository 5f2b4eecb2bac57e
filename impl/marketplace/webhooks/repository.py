"""Queries of a provider's webhook endpoints with their deliveries, and of whom an event concerns."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final
from uuid import UUID

from sqlalchemy import Uuid, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import TypedDict

from impl.kernel.database import take_turns
from impl.kernel.paging import EACH, Counted, Moment, bounded_count, keyset_page, total_of
from impl.kernel.reader import Reader
from impl.kernel.statements import Query
from impl.marketplace.capabilities.domain_events.service import DomainEvent
from impl.marketplace.capabilities.inquiries.tables import InquiryRecipient, RecipientLostReason
from impl.marketplace.capabilities.jobs.tables import Job, JobSide
from impl.marketplace.capabilities.quotes.tables import Quote
from impl.marketplace.capabilities.reviews.tables import Review
from impl.marketplace.capabilities.visits.tables import Visit
from impl.marketplace.capabilities.webhook_endpoints.tables import (
    DELIVERY_COLUMNS,
    ENDPOINT_COLUMNS,
    DeliveryRow,
    EndpointRow,
    WebhookDelivery,
    WebhookEndpoint,
)
from impl.marketplace.messages.tables import InquiryMessage


class InquiryPartyRow(TypedDict):
    provider_id: UUID
    inquiry_id: UUID
    recipient_id: UUID


class MessagePartyRow(TypedDict):
    provider_id: UUID
    message_id: UUID
    inquiry_id: UUID


class QuotePartyRow(TypedDict):
    provider_id: UUID
    quote_id: UUID
    inquiry_id: UUID


class JobPartyRow(TypedDict):
    provider_id: UUID
    job_id: UUID
    quote_id: UUID
    inquiry_id: UUID


class VisitPartyRow(TypedDict):
    provider_id: UUID
    visit_id: UUID
    inquiry_id: UUID
    recipient_id: UUID


class ReviewPartyRow(TypedDict):
    provider_id: UUID
    review_id: UUID
    job_id: UUID


type PartyRow = InquiryPartyRow | MessagePartyRow | QuotePartyRow | JobPartyRow | VisitPartyRow | ReviewPartyRow


_OWN: Final = WebhookEndpoint.owner_id == bindparam("owner_id")
_ONE: Final = Query(select(*ENDPOINT_COLUMNS).where(_OWN, WebhookEndpoint.id == bindparam("id")), EndpointRow)
_COUNT: Final = Query(bounded_count(select(EACH).select_from(WebhookEndpoint).where(_OWN)), Counted)
_TO: Final = WebhookDelivery.endpoint_id == bindparam("endpoint_id")
_COUNT_DELIVERIES: Final = Query(bounded_count(select(EACH).select_from(WebhookDelivery).where(_TO)), Counted)
_THING: Final = bindparam("thing", type_=Uuid())
_RECIPIENTS: Final = select(
    InquiryRecipient.provider_id, InquiryRecipient.inquiry_id, InquiryRecipient.id.label("recipient_id")
)
_RECIPIENT: Final = Query(_RECIPIENTS.where(InquiryRecipient.id == _THING), InquiryPartyRow)


def _lost(reason: RecipientLostReason) -> Query[InquiryPartyRow]:
    who = _RECIPIENTS.where(InquiryRecipient.inquiry_id == _THING, InquiryRecipient.lost_reason == reason)
    return Query(who.order_by(InquiryRecipient.id), InquiryPartyRow)


_LOST: Final[Mapping[DomainEvent, Query[InquiryPartyRow]]] = {
    DomainEvent.INQUIRY_WITHDRAWN: _lost(RecipientLostReason.WITHDRAWN),
    DomainEvent.INQUIRY_EXPIRED: _lost(RecipientLostReason.EXPIRED),
    DomainEvent.INQUIRY_LOST: _lost(RecipientLostReason.OTHER_CHOSEN),
}
_MESSAGE: Final = Query(
    select(InquiryRecipient.provider_id, InquiryMessage.id.label("message_id"), InquiryRecipient.inquiry_id)
    .join(InquiryRecipient, InquiryRecipient.id == InquiryMessage.recipient_id)
    .where(InquiryMessage.id == _THING),
    MessagePartyRow,
)
_QUOTE: Final = Query(
    select(Quote.provider_id, Quote.id.label("quote_id"), Quote.inquiry_id).where(Quote.id == _THING), QuotePartyRow
)
_JOB: Final = Query(
    select(Job.provider_id, Job.id.label("job_id"), Job.quote_id, Job.inquiry_id).where(Job.id == _THING), JobPartyRow
)
_VISIT: Final = Query(
    select(Visit.provider_id, Visit.id.label("visit_id"), Visit.inquiry_id, Visit.recipient_id).where(
        Visit.id == _THING
    ),
    VisitPartyRow,
)
# What a provider says of a homeowner is no event for the provider's system.
_REVIEW: Final = Query(
    select(Review.subject_id.label("provider_id"), Review.id.label("review_id"), Review.job_id).where(
        Review.id == _THING, Review.by == JobSide.HOMEOWNER
    ),
    ReviewPartyRow,
)


@cache
def page_query(*, continued: bool) -> Query[EndpointRow]:
    key = {"last_created_at": WebhookEndpoint.created_at, "last_id": WebhookEndpoint.id}
    statement = select(*ENDPOINT_COLUMNS).where(_OWN)
    return Query(keyset_page(statement, key, descending=True, continued=continued), EndpointRow)


@cache
def deliveries_query(*, continued: bool) -> Query[DeliveryRow]:
    key = {"last_created_at": WebhookDelivery.created_at, "last_id": WebhookDelivery.id}
    statement = select(*DELIVERY_COLUMNS).where(_TO)
    return Query(keyset_page(statement, key, descending=True, continued=continued), DeliveryRow)


class WebhooksRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def take_turns(self, tx: AsyncSession, owner_id: UUID) -> None:
        """Lock the endpoints of this person against additions until the transaction ends."""
        await take_turns(tx, b"webhook endpoints" + owner_id.bytes)

    async def number(self, tx: AsyncSession, owner_id: UUID) -> int:
        return (await _COUNT.fetch_one(tx, owner_id=owner_id))["total"]

    async def find_own(self, owner_id: UUID, endpoint_id: UUID) -> EndpointRow | None:
        return await self._reader.first(_ONE, owner_id=owner_id, id=endpoint_id)

    async def page(self, owner_id: UUID, *, after: Moment | None, limit: int) -> Sequence[EndpointRow]:
        query = page_query(continued=after is not None)
        return await self._reader.all(query, owner_id=owner_id, limit=limit, **_from(after))

    async def count(self, owner_id: UUID) -> int:
        return await total_of(self._reader, _COUNT, owner_id=owner_id)

    async def deliveries(self, endpoint_id: UUID, *, after: Moment | None, limit: int) -> Sequence[DeliveryRow]:
        query = deliveries_query(continued=after is not None)
        return await self._reader.all(query, endpoint_id=endpoint_id, limit=limit, **_from(after))

    async def count_deliveries(self, endpoint_id: UUID) -> int:
        return await total_of(self._reader, _COUNT_DELIVERIES, endpoint_id=endpoint_id)

    async def parties_of(self, event: DomainEvent, thing: UUID) -> Sequence[PartyRow]:
        """Return the providers whom an event concerns, each with the ids of what happened."""
        name = event.value
        if event in _LOST:
            return await self._reader.all(_LOST[event], thing=thing)
        if event is DomainEvent.INQUIRY_RECEIVED:
            return await self._reader.all(_RECIPIENT, thing=thing)
        if event is DomainEvent.MESSAGE_RECEIVED:
            return await self._reader.all(_MESSAGE, thing=thing)
        if name.startswith("quote."):
            return await self._reader.all(_QUOTE, thing=thing)
        if name.startswith("job."):
            return await self._reader.all(_JOB, thing=thing)
        if name.startswith("visit."):
            return await self._reader.all(_VISIT, thing=thing)
        return await self._reader.all(_REVIEW, thing=thing)


def _from(after: Moment | None) -> dict[str, object]:
    return {} if after is None else {"last_created_at": after[0], "last_id": after[1]}
