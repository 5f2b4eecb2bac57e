# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""What events hold that the service sends."""

from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StrictStr

from generated.states import JobState, QuoteState, RecipientState, VisitState
from openapi.runtime.formats import URI_SHAPE, Closed, Timestamp, Uuid

type WebhookEventTime = Timestamp


class WebhookInquiryData(Closed):
    """The ids of the object, and the URL to read it."""

    inquiry_id: Uuid
    """The inquiry."""
    recipient_id: Uuid
    """Your id as a recipient of the inquiry."""
    state: RecipientState
    url: Annotated[StrictStr, Field(max_length=500), URI_SHAPE]
    """The address at which to read it."""


class WebhookMessageData(Closed):
    """The ids of the object, and the URL to read it."""

    message_id: Uuid
    """The message."""
    inquiry_id: Uuid
    """The inquiry in whose thread it is."""
    url: Annotated[StrictStr, Field(max_length=500), URI_SHAPE]
    """The address at which to read it."""


class WebhookQuoteData(Closed):
    """The ids of the object, and the URL to read it."""

    quote_id: Uuid
    """The quote."""
    inquiry_id: Uuid
    """The inquiry that it answers."""
    state: QuoteState
    url: Annotated[StrictStr, Field(max_length=500), URI_SHAPE]
    """The address at which to read it."""


class WebhookJobData(Closed):
    """The ids of the object, and the URL to read it."""

    job_id: Uuid
    """The job."""
    quote_id: Uuid
    """The accepted quote of the job."""
    inquiry_id: Uuid
    """The inquiry that the job came from."""
    state: JobState
    url: Annotated[StrictStr, Field(max_length=500), URI_SHAPE]
    """The address at which to read it."""


class WebhookVisitData(Closed):
    """The ids of the object, and the URL to read it."""

    visit_id: Uuid
    """The visit."""
    inquiry_id: Uuid
    """The inquiry that it is about."""
    recipient_id: Uuid
    """Your id as a recipient of the inquiry."""
    state: VisitState
    url: Annotated[StrictStr, Field(max_length=500), URI_SHAPE]
    """The address at which to read it."""


class WebhookReviewData(Closed):
    """The ids of the object, and the URL to read it."""

    review_id: Uuid
    """The review."""
    job_id: Uuid
    """The job that it is about."""
    url: Annotated[StrictStr, Field(max_length=500), URI_SHAPE]
    """The address at which to read it."""


class WebhookPingData(Closed):
    """The ids of the object, and the URL to read it."""

    webhook_id: Uuid
    """The endpoint."""
    url: Annotated[StrictStr, Field(max_length=500), URI_SHAPE]
    """The address at which to read it."""


class InquiryReceivedEvent(Closed):
    """The body of `inquiry.received`."""

    type: Literal["inquiry.received"]
    timestamp: WebhookEventTime
    data: WebhookInquiryData


class InquiryWithdrawnEvent(Closed):
    """The body of `inquiry.withdrawn`."""

    type: Literal["inquiry.withdrawn"]
    timestamp: WebhookEventTime
    data: WebhookInquiryData


class InquiryExpiredEvent(Closed):
    """The body of `inquiry.expired`."""

    type: Literal["inquiry.expired"]
    timestamp: WebhookEventTime
    data: WebhookInquiryData


class InquiryLostEvent(Closed):
    """The body of `inquiry.lost`."""

    type: Literal["inquiry.lost"]
    timestamp: WebhookEventTime
    data: WebhookInquiryData


class MessageReceivedEvent(Closed):
    """The body of `message.received`."""

    type: Literal["message.received"]
    timestamp: WebhookEventTime
    data: WebhookMessageData


class QuoteAcceptedEvent(Closed):
    """The body of `quote.accepted`."""

    type: Literal["quote.accepted"]
    timestamp: WebhookEventTime
    data: WebhookQuoteData


class QuoteDeclinedEvent(Closed):
    """The body of `quote.declined`."""

    type: Literal["quote.declined"]
    timestamp: WebhookEventTime
    data: WebhookQuoteData


class QuoteExpiredEvent(Closed):
    """The body of `quote.expired`."""

    type: Literal["quote.expired"]
    timestamp: WebhookEventTime
    data: WebhookQuoteData


class JobCreatedEvent(Closed):
    """The body of `job.created`."""

    type: Literal["job.created"]
    timestamp: WebhookEventTime
    data: WebhookJobData


class JobScheduledEvent(Closed):
    """The body of `job.scheduled`."""

    type: Literal["job.scheduled"]
    timestamp: WebhookEventTime
    data: WebhookJobData


class JobStartedEvent(Closed):
    """The body of `job.started`."""

    type: Literal["job.started"]
    timestamp: WebhookEventTime
    data: WebhookJobData


class JobDeliveredEvent(Closed):
    """The body of `job.delivered`."""

    type: Literal["job.delivered"]
    timestamp: WebhookEventTime
    data: WebhookJobData


class JobChangesRequestedEvent(Closed):
    """The body of `job.changes_requested`."""

    type: Literal["job.changes_requested"]
    timestamp: WebhookEventTime
    data: WebhookJobData


class JobCompletedEvent(Closed):
    """The body of `job.completed`."""

    type: Literal["job.completed"]
    timestamp: WebhookEventTime
    data: WebhookJobData


class JobCancelledEvent(Closed):
    """The body of `job.cancelled`."""

    type: Literal["job.cancelled"]
    timestamp: WebhookEventTime
    data: WebhookJobData


class JobDisputedEvent(Closed):
    """The body of `job.disputed`."""

    type: Literal["job.disputed"]
    timestamp: WebhookEventTime
    data: WebhookJobData


class VisitRequestedEvent(Closed):
    """The body of `visit.requested`."""

    type: Literal["visit.requested"]
    timestamp: WebhookEventTime
    data: WebhookVisitData


class VisitBookedEvent(Closed):
    """The body of `visit.booked`."""

    type: Literal["visit.booked"]
    timestamp: WebhookEventTime
    data: WebhookVisitData


class VisitDeclinedEvent(Closed):
    """The body of `visit.declined`."""

    type: Literal["visit.declined"]
    timestamp: WebhookEventTime
    data: WebhookVisitData


class VisitCancelledEvent(Closed):
    """The body of `visit.cancelled`."""

    type: Literal["visit.cancelled"]
    timestamp: WebhookEventTime
    data: WebhookVisitData


class ReviewPublishedEvent(Closed):
    """The body of `review.published`."""

    type: Literal["review.published"]
    timestamp: WebhookEventTime
    data: WebhookReviewData


class PingEvent(Closed):
    """The body of `ping`."""

    type: Literal["ping"]
    timestamp: WebhookEventTime
    data: WebhookPingData


WEBHOOKS: MappingProxyType[str, type[BaseModel]] = MappingProxyType(
    {
        "inquiry.received": InquiryReceivedEvent,
        "inquiry.withdrawn": InquiryWithdrawnEvent,
        "inquiry.expired": InquiryExpiredEvent,
        "inquiry.lost": InquiryLostEvent,
        "message.received": MessageReceivedEvent,
        "quote.accepted": QuoteAcceptedEvent,
        "quote.declined": QuoteDeclinedEvent,
        "quote.expired": QuoteExpiredEvent,
        "job.created": JobCreatedEvent,
        "job.scheduled": JobScheduledEvent,
        "job.started": JobStartedEvent,
        "job.delivered": JobDeliveredEvent,
        "job.changes_requested": JobChangesRequestedEvent,
        "job.completed": JobCompletedEvent,
        "job.cancelled": JobCancelledEvent,
        "job.disputed": JobDisputedEvent,
        "visit.requested": VisitRequestedEvent,
        "visit.booked": VisitBookedEvent,
        "visit.declined": VisitDeclinedEvent,
        "visit.cancelled": VisitCancelledEvent,
        "review.published": ReviewPublishedEvent,
        "ping": PingEvent,
    }
)
