"""Webhooks of the demo: an endpoint with deliveries in each status, and one that is disabled.

Their hosts are of a domain that nobody can have (RFC 2606), so that whatever is sent to them reaches nobody. What waits
is due tomorrow.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import JobState
from impl.demo.accounts import Demo
from impl.demo.jobs import INQUIRIES_OF_JOBS, QUOTES_OF_JOBS
from impl.demo.rows import DELIVERIES, JOBS, WEBHOOKS, Values, add, numbered, stamps
from impl.kernel.ids import new_id
from impl.marketplace.capabilities.domain_events.service import DomainEvent
from impl.marketplace.capabilities.webhook_endpoints.service import body_of, encrypted, new_secret
from impl.marketplace.capabilities.webhook_endpoints.tables import (
    WebhookDelivery,
    WebhookDeliveryError,
    WebhookDeliveryStatus,
    WebhookDisabledReason,
    WebhookEndpoint,
)

_ANSWERED: Final[Values] = {
    "status": WebhookDeliveryStatus.DELIVERED,
    "attempts": 1,
    "response_status": 204,
    "latency_ms": 96,
    "error": None,
}
_BUSY: Final[Values] = {
    "status": WebhookDeliveryStatus.PENDING,
    "attempts": 3,
    "response_status": 503,
    "latency_ms": 184,
    "error": WebhookDeliveryError.REFUSED,
}
_NEVER: Final[Values] = {
    "status": WebhookDeliveryStatus.FAILED,
    "attempts": 10,
    "response_status": None,
    "latency_ms": 10000,
    "error": WebhookDeliveryError.TIMEOUT,
}
_GONE: Final[Values] = {
    "status": WebhookDeliveryStatus.FAILED,
    "attempts": 1,
    "response_status": 410,
    "latency_ms": 41,
    "error": WebhookDeliveryError.REFUSED,
}
# Endpoint, event, number of the job with its state, hours since it happened, and what became of it.
type _Story = tuple[int, DomainEvent, int, JobState, int, Mapping[str, object]]
_STORIES: Final[tuple[_Story, ...]] = (
    (0, DomainEvent.JOB_CREATED, 2, JobState.SCHEDULED, 144, _ANSWERED),
    (0, DomainEvent.JOB_CHANGES_REQUESTED, 4, JobState.CHANGES_REQUESTED, 120, _NEVER),
    (0, DomainEvent.JOB_CREATED, 1, JobState.SCHEDULED, 72, {**_ANSWERED, "attempts": 2, "latency_ms": 812}),
    (0, DomainEvent.JOB_DELIVERED, 3, JobState.DELIVERED, 48, _ANSWERED),
    (0, DomainEvent.JOB_STARTED, 2, JobState.IN_PROGRESS, 24, _BUSY),
    (1, DomainEvent.JOB_CREATED, 3, JobState.SCHEDULED, 216, _GONE),
)
_DUE_IN: Final = timedelta(days=1)


async def fill(tx: AsyncSession, demo: Demo) -> None:
    owner_id = demo.those_with("SERVICE_PROVIDER")[0].id
    failing_since = demo.now - timedelta(hours=24)
    gone_at = demo.now - timedelta(hours=216)
    endpoints: list[Values] = [
        {
            **_endpoint(demo, 0, owner_id, "https://hooks.rose-city-plumbing.example/hestami", "Our calendar"),
            "is_enabled": True,
            "disabled_reason": None,
            "disabled_at": None,
            "first_failed_at": failing_since,
            "due_at": demo.now + _DUE_IN,
        },
        {
            **_endpoint(demo, 1, owner_id, "https://crm.rose-city-plumbing.example/in", "The office before it moved"),
            "is_enabled": False,
            "disabled_reason": WebhookDisabledReason.GONE,
            "disabled_at": gone_at,
            "first_failed_at": gone_at,
            "due_at": None,
        },
    ]
    await add(tx, WebhookEndpoint, endpoints)
    await add(tx, WebhookDelivery, [_delivery(demo, number, story) for number, story in enumerate(_STORIES)])


def _endpoint(demo: Demo, number: int, owner_id: UUID, url: str, description: str) -> Values:
    row = stamps(WEBHOOKS + number, demo.now - timedelta(days=12))
    events = [event.value for event in DomainEvent if event.value.startswith("job.")]
    return {
        **row,
        "owner_id": owner_id,
        "url": url,
        "events": events,
        "description": description,
        # Nobody has been told it: whoever tries the demo rotates it.
        "secret": encrypted(demo.cipher, row["id"], new_secret()),
    }


def _delivery(demo: Demo, number: int, story: _Story) -> Values:
    endpoint, event, job, state, hours, became = story
    at = demo.now - timedelta(hours=hours)
    is_pending = became["status"] is WebhookDeliveryStatus.PENDING
    is_delivered = became["status"] is WebhookDeliveryStatus.DELIVERED
    data = {
        "job_id": str(numbered(JOBS + job)),
        "quote_id": str(numbered(QUOTES_OF_JOBS + job - 1)),
        "inquiry_id": str(numbered(INQUIRIES_OF_JOBS + job - 1)),
        "state": state.value,
        "url": f"{demo.api_url.rstrip('/')}/api/v1/jobs/{numbered(JOBS + job)}",
    }
    tried_at = at + timedelta(minutes=1)
    return {
        "id": numbered(DELIVERIES + number),
        "endpoint_id": numbered(WEBHOOKS + endpoint),
        "happened_id": new_id(),
        "event": event.value,
        "body": body_of(event.value, at, data),
        **became,
        "round_attempts": became["attempts"],
        "next_attempt_at": demo.now + _DUE_IN if is_pending else None,
        "last_attempt_at": tried_at,
        "delivered_at": tried_at if is_delivered else None,
        "created_at": at,
    }
