"""A delivery that nobody tries any more, for tests that need one which stays as it is."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import insert, update

from impl.kernel.ids import new_id
from impl.kernel.tables import core_table
from impl.marketplace.capabilities.domain_events.service import DomainEvent
from impl.marketplace.capabilities.webhook_endpoints.tables import (
    WebhookDelivery,
    WebhookDeliveryError,
    WebhookDeliveryStatus,
    WebhookEndpoint,
)

if TYPE_CHECKING:
    from tests.harness.service import Service


async def give_up_a_delivery(service: Service, endpoint_id: str) -> str:
    """Add a delivery that was given up to an endpoint that is known to fail, and return its id.

    Another attempt, which nobody takes either, changes nothing that the endpoint shows.
    """
    now = service.clock.now()
    values = {
        "id": new_id(),
        "endpoint_id": UUID(endpoint_id),
        "happened_id": new_id(),
        "event": DomainEvent.JOB_CREATED,
        "body": "{}",
        "status": WebhookDeliveryStatus.FAILED,
        "attempts": 10,
        "round_attempts": 10,
        "response_status": 503,
        "latency_ms": 12,
        "error": WebhookDeliveryError.REFUSED,
        "last_attempt_at": now,
        "created_at": now - timedelta(days=3),
    }
    async with service.services.database.begin() as tx:
        await tx.execute(insert(core_table(WebhookDelivery)), values)
        failing = update(WebhookEndpoint).where(WebhookEndpoint.id == UUID(endpoint_id))
        await tx.execute(failing.values(first_failed_at=now))
    return str(values["id"])
