"""Handlers of webhook endpoints and their deliveries; a secret is shown once."""

from typing import override
from uuid import UUID

from generated import models, policies, replies
from generated.routers.webhooks import (
    AbstractWebhooksHandlers,
    CreateWebhookEndpointCreated,
    DeleteWebhookEndpointNoContent,
    EnableWebhookEndpointOk,
    GetWebhookEndpointOk,
    ListWebhookDeliveriesOk,
    ListWebhookEndpointsOk,
    RedeliverWebhookAccepted,
    ReplaceWebhookEndpointOk,
    RotateWebhookSecretOk,
    TestWebhookEndpointAccepted,
)
from impl.kernel import etags
from impl.kernel.caller import AnonymousClient, Caller
from impl.kernel.paging import Cursors, Moment, capped
from impl.marketplace.capabilities.webhook_endpoints.tables import WebhookEndpointContent
from impl.marketplace.webhooks.service import DeliveryRow, EndpointRow, WebhooksService


def _to_wire(row: EndpointRow) -> replies.WebhookEndpoint:
    reason = row["disabled_reason"]
    return {
        "id": row["id"],
        "url": row["url"],
        "events": [models.WebhookEventType(one) for one in row["events"]],
        "description": row["description"],
        "is_enabled": row["is_enabled"],
        "disabled_reason": None if reason is None else models.WebhookDisabledReason(reason),
        "disabled_at": row["disabled_at"],
        "first_failed_at": row["first_failed_at"],
        "previous_secret_ends_at": row["previous_secret_ends_at"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }


def _delivery_to_wire(row: DeliveryRow) -> replies.WebhookDelivery:
    error = row["error"]
    return {
        "id": row["id"],
        "event": models.WebhookEventType(row["event"]),
        "status": models.WebhookDeliveryStatus(row["status"]),
        "attempts": row["attempts"],
        "response_status": row["response_status"],
        "latency_ms": row["latency_ms"],
        "error": None if error is None else models.WebhookDeliveryError(error),
        "next_attempt_at": row["next_attempt_at"],
        "last_attempt_at": row["last_attempt_at"],
        "delivered_at": row["delivered_at"],
        "created_at": row["created_at"],
    }


def _content(body: models.WebhookEndpointCreate | models.WebhookEndpointReplace) -> WebhookEndpointContent:
    return {"url": body.url, "events": [one.value for one in body.events], "description": body.description}


def _serialize_created(row: EndpointRow, secret: str) -> CreateWebhookEndpointCreated:
    location = policies.GET_WEBHOOK_ENDPOINT.path.format(webhook_id=row["id"])
    return CreateWebhookEndpointCreated(
        {**_to_wire(row), "secret": secret}, location=location, etag=etags.etag(row["version"])
    )


def _moment(row: EndpointRow | DeliveryRow) -> Moment:
    return row["created_at"], row["id"]


class WebhooksHandlers(AbstractWebhooksHandlers[Caller, AnonymousClient]):
    def __init__(self, service: WebhooksService, cursors: Cursors) -> None:
        self._service = service
        self._cursors = cursors

    @override
    async def list_webhook_endpoints(
        self, caller: Caller, *, limit: int, cursor: str | None, include_total: bool
    ) -> ListWebhookEndpointsOk:
        scope = f"listWebhookEndpoints {caller.user_id}"
        after = self._cursors.decode_moment(cursor, scope=scope)
        page = await self._service.page(caller, after=after, limit=limit)
        total = await self._service.count(caller) if include_total else None
        return ListWebhookEndpointsOk(
            {
                "items": [_to_wire(row) for row in page.items],
                "next_cursor": self._cursors.encode_next_moment(page, _moment, scope=scope),
                **capped(total),
            }
        )

    @override
    async def create_webhook_endpoint(
        self, caller: Caller, *, body: models.WebhookEndpointCreate
    ) -> CreateWebhookEndpointCreated:
        return await self._service.create(caller, _content(body), _serialize_created)

    @override
    async def get_webhook_endpoint(self, caller: Caller, *, webhook_id: UUID) -> GetWebhookEndpointOk:
        row = await self._service.get(caller, webhook_id)
        return GetWebhookEndpointOk(_to_wire(row), etag=etags.etag(row["version"]))

    @override
    async def replace_webhook_endpoint(
        self, caller: Caller, *, webhook_id: UUID, if_match: str | None, body: models.WebhookEndpointReplace
    ) -> ReplaceWebhookEndpointOk:
        row = await self._service.replace(caller, webhook_id, _content(body), if_match=if_match)
        return ReplaceWebhookEndpointOk(_to_wire(row), etag=etags.etag(row["version"]))

    @override
    async def delete_webhook_endpoint(
        self, caller: Caller, *, webhook_id: UUID, if_match: str | None
    ) -> DeleteWebhookEndpointNoContent:
        await self._service.delete(caller, webhook_id, if_match=if_match)
        return DeleteWebhookEndpointNoContent()

    @override
    async def rotate_webhook_secret(self, caller: Caller, *, webhook_id: UUID) -> RotateWebhookSecretOk:
        secret, ends_at = await self._service.rotate(caller, webhook_id)
        return RotateWebhookSecretOk({"secret": secret, "previous_secret_ends_at": ends_at})

    @override
    async def enable_webhook_endpoint(self, caller: Caller, *, webhook_id: UUID) -> EnableWebhookEndpointOk:
        row = await self._service.enable(caller, webhook_id)
        return EnableWebhookEndpointOk(_to_wire(row), etag=etags.etag(row["version"]))

    @override
    async def test_webhook_endpoint(self, caller: Caller, *, webhook_id: UUID) -> TestWebhookEndpointAccepted:
        return TestWebhookEndpointAccepted(_delivery_to_wire(await self._service.test(caller, webhook_id)))

    @override
    async def list_webhook_deliveries(
        self, caller: Caller, *, webhook_id: UUID, limit: int, cursor: str | None, include_total: bool
    ) -> ListWebhookDeliveriesOk:
        scope = f"listWebhookDeliveries {webhook_id}"
        after = self._cursors.decode_moment(cursor, scope=scope)
        page = await self._service.deliveries(caller, webhook_id, after=after, limit=limit)
        total = await self._service.count_deliveries(webhook_id) if include_total else None
        return ListWebhookDeliveriesOk(
            {
                "items": [_delivery_to_wire(row) for row in page.items],
                "next_cursor": self._cursors.encode_next_moment(page, _moment, scope=scope),
                **capped(total),
            }
        )

    @override
    async def redeliver_webhook(
        self, caller: Caller, *, webhook_id: UUID, delivery_id: UUID
    ) -> RedeliverWebhookAccepted:
        return RedeliverWebhookAccepted(
            _delivery_to_wire(await self._service.redeliver(caller, webhook_id, delivery_id))
        )
