"""Domain events of the marketplace: rows of the outbox, written with the audit event of the same change."""

from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel import outbox

TOPIC: Final = "marketplace.happened"


class DomainEvent(StrEnum):
    """Event of the marketplace, by its name in the contract (`webhooks`); beside each stands what its id is of."""

    INQUIRY_RECEIVED = "inquiry.received"  # the recipient
    INQUIRY_WITHDRAWN = "inquiry.withdrawn"  # the inquiry
    INQUIRY_EXPIRED = "inquiry.expired"  # the inquiry
    INQUIRY_LOST = "inquiry.lost"  # the inquiry
    MESSAGE_RECEIVED = "message.received"  # the message
    QUOTE_ACCEPTED = "quote.accepted"  # the quote, as in the others
    QUOTE_DECLINED = "quote.declined"
    QUOTE_EXPIRED = "quote.expired"
    JOB_CREATED = "job.created"  # the job, as in the others
    JOB_SCHEDULED = "job.scheduled"
    JOB_STARTED = "job.started"
    JOB_DELIVERED = "job.delivered"
    JOB_CHANGES_REQUESTED = "job.changes_requested"
    JOB_COMPLETED = "job.completed"
    JOB_CANCELLED = "job.cancelled"
    JOB_DISPUTED = "job.disputed"
    VISIT_REQUESTED = "visit.requested"  # the visit, as in the others
    VISIT_BOOKED = "visit.booked"
    VISIT_DECLINED = "visit.declined"
    VISIT_CANCELLED = "visit.cancelled"
    REVIEW_PUBLISHED = "review.published"  # the review


_NAMES: Final = frozenset(DomainEvent)


async def publish_events(tx: AsyncSession, *events: tuple[DomainEvent, UUID]) -> None:
    """Write events with the ids of what they are about, at the end of the transaction."""
    for event, thing in events:
        await outbox.put(tx, TOPIC, {"happening": event.value, "id": str(thing)})


async def publish_event_of(tx: AsyncSession, event: str, thing: UUID) -> None:
    """Write the domain event of the same name as an audit event, where there is one."""
    if event in _NAMES:
        await publish_events(tx, (DomainEvent(event), thing))
