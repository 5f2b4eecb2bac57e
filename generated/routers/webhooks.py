# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The webhooks operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod
from uuid import UUID

from fastapi import APIRouter
from pydantic import TypeAdapter
from starlette.requests import Request

from generated import models, parameters, policies, replies
from openapi.runtime import texts
from openapi.runtime.bodies import Body, JsonMedia, NoBody
from openapi.runtime.guard import Guard
from openapi.runtime.inputs import Inputs
from openapi.runtime.json_writer import JsonWriter
from openapi.runtime.parameters_reader import Parameters
from openapi.runtime.routing import OperationRoute
from openapi.runtime.signatures import check_handlers
from openapi.runtime.texts import Field
from openapi.runtime.wire import Reply

_WEBHOOK_ENDPOINT_PAGE: JsonWriter[replies.WebhookEndpointPage] = JsonWriter(replies.WebhookEndpointPage)
_NEW_WEBHOOK_ENDPOINT: JsonWriter[replies.NewWebhookEndpoint] = JsonWriter(replies.NewWebhookEndpoint)
_WEBHOOK_ENDPOINT: JsonWriter[replies.WebhookEndpoint] = JsonWriter(replies.WebhookEndpoint)
_WEBHOOK_SECRET: JsonWriter[replies.WebhookSecret] = JsonWriter(replies.WebhookSecret)
_WEBHOOK_DELIVERY: JsonWriter[replies.WebhookDelivery] = JsonWriter(replies.WebhookDelivery)
_WEBHOOK_DELIVERY_PAGE: JsonWriter[replies.WebhookDeliveryPage] = JsonWriter(replies.WebhookDeliveryPage)


class ListWebhookEndpointsOk(Reply):
    """A page of the caller's webhook endpoints."""

    __slots__ = ()

    def __init__(self, body: replies.WebhookEndpointPage) -> None:
        super().__init__(200, {"content-type": "application/json"}, _WEBHOOK_ENDPOINT_PAGE.dump_json(body))


class CreateWebhookEndpointCreated(Reply):
    """The endpoint is registered, and this is its secret."""

    __slots__ = ()

    def __init__(self, body: replies.NewWebhookEndpoint, *, location: str, etag: str) -> None:
        super().__init__(
            201,
            {"content-type": "application/json", "location": location, "etag": etag},
            _NEW_WEBHOOK_ENDPOINT.dump_json(body),
        )


class GetWebhookEndpointOk(Reply):
    """The endpoint."""

    __slots__ = ()

    def __init__(self, body: replies.WebhookEndpoint, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _WEBHOOK_ENDPOINT.dump_json(body))


class GetWebhookEndpointNotModified(Reply):
    """What you hold is current."""

    __slots__ = ()

    def __init__(self, *, etag: str) -> None:
        super().__init__(304, {"etag": etag})


class ReplaceWebhookEndpointOk(Reply):
    """The endpoint."""

    __slots__ = ()

    def __init__(self, body: replies.WebhookEndpoint, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _WEBHOOK_ENDPOINT.dump_json(body))


class DeleteWebhookEndpointNoContent(Reply):
    """Deleted."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(204, {})


class RotateWebhookSecretOk(Reply):
    """The new secret."""

    __slots__ = ()

    def __init__(self, body: replies.WebhookSecret) -> None:
        super().__init__(200, {"content-type": "application/json"}, _WEBHOOK_SECRET.dump_json(body))


class EnableWebhookEndpointOk(Reply):
    """The endpoint."""

    __slots__ = ()

    def __init__(self, body: replies.WebhookEndpoint, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _WEBHOOK_ENDPOINT.dump_json(body))


class TestWebhookEndpointAccepted(Reply):
    """The delivery is queued."""

    __slots__ = ()

    def __init__(self, body: replies.WebhookDelivery) -> None:
        super().__init__(202, {"content-type": "application/json"}, _WEBHOOK_DELIVERY.dump_json(body))


class ListWebhookDeliveriesOk(Reply):
    """A page of the deliveries to an endpoint."""

    __slots__ = ()

    def __init__(self, body: replies.WebhookDeliveryPage) -> None:
        super().__init__(200, {"content-type": "application/json"}, _WEBHOOK_DELIVERY_PAGE.dump_json(body))


class RedeliverWebhookAccepted(Reply):
    """The delivery is queued."""

    __slots__ = ()

    def __init__(self, body: replies.WebhookDelivery) -> None:
        super().__init__(202, {"content-type": "application/json"}, _WEBHOOK_DELIVERY.dump_json(body))


class AbstractWebhooksHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged webhooks."""

    @abstractmethod
    async def list_webhook_endpoints(
        self, caller: CallerT, *, limit: int, cursor: str | None, include_total: bool
    ) -> ListWebhookEndpointsOk:
        """List my webhook endpoints.

        The caller's endpoints, the newest first.
        """

    @abstractmethod
    async def create_webhook_endpoint(
        self, caller: CallerT, *, body: models.WebhookEndpointCreate
    ) -> CreateWebhookEndpointCreated:
        """Register a webhook endpoint.

        `secret` signs the deliveries. It is shown only here; `POST .../rotate-secret` creates another. An account has at most 10 endpoints (409
        `limit-reached`). `url` is `https`, with a host name and port 443 (422 `port_not_allowed` or `host_not_allowed` at `/url`). The host is resolved for each
        delivery, and has to lead to public addresses.

        Verify the signature of each request, and respond with a 2xx status within 10 seconds. Any other result is retried, 10 times in about three days. The
        status 410 disables the endpoint at once, and so do five days without success; its owner is notified by mail.
        """

    @abstractmethod
    async def get_webhook_endpoint(
        self, caller: CallerT, *, webhook_id: UUID
    ) -> GetWebhookEndpointOk | GetWebhookEndpointNotModified:
        """Get one of my webhook endpoints.

        Returns the same fields as the list, without the secret. 404: it belongs to somebody else.
        """

    @abstractmethod
    async def replace_webhook_endpoint(
        self, caller: CallerT, *, webhook_id: UUID, if_match: str | None, body: models.WebhookEndpointReplace
    ) -> ReplaceWebhookEndpointOk:
        """Replace a webhook endpoint.

        Sets address, events and description; the secret stays. Waiting deliveries go to the new address.
        """

    @abstractmethod
    async def delete_webhook_endpoint(
        self, caller: CallerT, *, webhook_id: UUID, if_match: str | None
    ) -> DeleteWebhookEndpointNoContent:
        """Delete a webhook endpoint.

        Deletes its deliveries too; nothing more is sent to it.
        """

    @abstractmethod
    async def rotate_webhook_secret(self, caller: CallerT, *, webhook_id: UUID) -> RotateWebhookSecretOk:
        """Rotate the secret of a webhook endpoint.

        Returns a new secret, which is shown only here. For 24 hours deliveries are signed with the old and the new one. Rotating again within that time ends the
        oldest of the three at once.
        """

    @abstractmethod
    async def enable_webhook_endpoint(self, caller: CallerT, *, webhook_id: UUID) -> EnableWebhookEndpointOk:
        """Enable a webhook endpoint again.

        Events of the time while it was disabled are not sent. Enabling an enabled endpoint changes nothing.
        """

    @abstractmethod
    async def test_webhook_endpoint(self, caller: CallerT, *, webhook_id: UUID) -> TestWebhookEndpointAccepted:
        """Send a test event to a webhook endpoint.

        Sends a `ping`, even if the endpoint is disabled or has not subscribed to it. The list of deliveries shows the result.
        """

    @abstractmethod
    async def list_webhook_deliveries(
        self, caller: CallerT, *, webhook_id: UUID, limit: int, cursor: str | None, include_total: bool
    ) -> ListWebhookDeliveriesOk:
        """List the deliveries to a webhook endpoint.

        Deliveries of the last 30 days, sent and waiting, the newest first. Of the response of your system only the status is stored.
        """

    @abstractmethod
    async def redeliver_webhook(
        self, caller: CallerT, *, webhook_id: UUID, delivery_id: UUID
    ) -> RedeliverWebhookAccepted:
        """Repeat a webhook delivery.

        Sends the same event again under the same `webhook-id`, whatever its result was, with all retries. A waiting delivery is sent at once.
        """


_LIST_WEBHOOK_ENDPOINTS = Inputs(
    Parameters(
        parameters.ListWebhookEndpointsParameters,
        query={"limit": Field(texts.integer), "cursor": Field(), "include_total": Field(texts.boolean)},
        defaults={"limit": 20, "include_total": False},
    ),
    NoBody(),
)

_CREATE_WEBHOOK_ENDPOINT = Inputs(
    Parameters(parameters.CreateWebhookEndpointParameters, headers={"idempotency_key": ("Idempotency-Key", Field())}),
    Body[models.WebhookEndpointCreate]({"application/json": JsonMedia(TypeAdapter(models.WebhookEndpointCreate))}),
)

_GET_WEBHOOK_ENDPOINT = Inputs(
    Parameters(
        parameters.GetWebhookEndpointParameters,
        path={"webhook_id": Field()},
        headers={"if_none_match": ("If-None-Match", Field())},
    ),
    NoBody(),
)

_REPLACE_WEBHOOK_ENDPOINT = Inputs(
    Parameters(
        parameters.ReplaceWebhookEndpointParameters,
        path={"webhook_id": Field()},
        headers={"if_match": ("If-Match", Field())},
    ),
    Body[models.WebhookEndpointReplace]({"application/json": JsonMedia(TypeAdapter(models.WebhookEndpointReplace))}),
)

_DELETE_WEBHOOK_ENDPOINT = Inputs(
    Parameters(
        parameters.DeleteWebhookEndpointParameters,
        path={"webhook_id": Field()},
        headers={"if_match": ("If-Match", Field())},
    ),
    NoBody(),
)

_ROTATE_WEBHOOK_SECRET = Inputs(
    Parameters(parameters.RotateWebhookSecretParameters, path={"webhook_id": Field()}), NoBody()
)

_ENABLE_WEBHOOK_ENDPOINT = Inputs(
    Parameters(parameters.EnableWebhookEndpointParameters, path={"webhook_id": Field()}), NoBody()
)

_TEST_WEBHOOK_ENDPOINT = Inputs(
    Parameters(parameters.TestWebhookEndpointParameters, path={"webhook_id": Field()}), NoBody()
)

_LIST_WEBHOOK_DELIVERIES = Inputs(
    Parameters(
        parameters.ListWebhookDeliveriesParameters,
        path={"webhook_id": Field()},
        query={"limit": Field(texts.integer), "cursor": Field(), "include_total": Field(texts.boolean)},
        defaults={"limit": 20, "include_total": False},
    ),
    NoBody(),
)

_REDELIVER_WEBHOOK = Inputs(
    Parameters(parameters.RedeliverWebhookParameters, path={"webhook_id": Field(), "delivery_id": Field()}), NoBody()
)


def build_router[CallerT, ClientT](
    handlers: AbstractWebhooksHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractWebhooksHandlers, handlers)

    async def list_webhook_endpoints(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_WEBHOOK_ENDPOINTS)
        given = await _LIST_WEBHOOK_ENDPOINTS.read(request)
        return await handlers.list_webhook_endpoints(
            caller,
            limit=given.parameters.limit,
            cursor=given.parameters.cursor,
            include_total=given.parameters.include_total,
        )

    async def create_webhook_endpoint(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.CREATE_WEBHOOK_ENDPOINT)
        given = await _CREATE_WEBHOOK_ENDPOINT.read(request)
        claimed = await guard.once(request, policies.CREATE_WEBHOOK_ENDPOINT, caller, given.payload)
        if isinstance(claimed, Reply):
            return claimed
        return await handlers.create_webhook_endpoint(claimed, body=given.body)

    async def get_webhook_endpoint(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_WEBHOOK_ENDPOINT)
        given = await _GET_WEBHOOK_ENDPOINT.read(request)
        return await handlers.get_webhook_endpoint(caller, webhook_id=given.parameters.webhook_id)

    async def replace_webhook_endpoint(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.REPLACE_WEBHOOK_ENDPOINT)
        given = await _REPLACE_WEBHOOK_ENDPOINT.read(request)
        return await handlers.replace_webhook_endpoint(
            caller, webhook_id=given.parameters.webhook_id, if_match=given.parameters.if_match, body=given.body
        )

    async def delete_webhook_endpoint(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.DELETE_WEBHOOK_ENDPOINT)
        given = await _DELETE_WEBHOOK_ENDPOINT.read(request)
        return await handlers.delete_webhook_endpoint(
            caller, webhook_id=given.parameters.webhook_id, if_match=given.parameters.if_match
        )

    async def rotate_webhook_secret(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.ROTATE_WEBHOOK_SECRET)
        given = await _ROTATE_WEBHOOK_SECRET.read(request)
        return await handlers.rotate_webhook_secret(caller, webhook_id=given.parameters.webhook_id)

    async def enable_webhook_endpoint(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.ENABLE_WEBHOOK_ENDPOINT)
        given = await _ENABLE_WEBHOOK_ENDPOINT.read(request)
        return await handlers.enable_webhook_endpoint(caller, webhook_id=given.parameters.webhook_id)

    async def test_webhook_endpoint(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.TEST_WEBHOOK_ENDPOINT)
        given = await _TEST_WEBHOOK_ENDPOINT.read(request)
        return await handlers.test_webhook_endpoint(caller, webhook_id=given.parameters.webhook_id)

    async def list_webhook_deliveries(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_WEBHOOK_DELIVERIES)
        given = await _LIST_WEBHOOK_DELIVERIES.read(request)
        return await handlers.list_webhook_deliveries(
            caller,
            webhook_id=given.parameters.webhook_id,
            limit=given.parameters.limit,
            cursor=given.parameters.cursor,
            include_total=given.parameters.include_total,
        )

    async def redeliver_webhook(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.REDELIVER_WEBHOOK)
        given = await _REDELIVER_WEBHOOK.read(request)
        return await handlers.redeliver_webhook(
            caller, webhook_id=given.parameters.webhook_id, delivery_id=given.parameters.delivery_id
        )

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.LIST_WEBHOOK_ENDPOINTS, list_webhook_endpoints),
            OperationRoute(policies.CREATE_WEBHOOK_ENDPOINT, create_webhook_endpoint),
            OperationRoute(policies.GET_WEBHOOK_ENDPOINT, get_webhook_endpoint),
            OperationRoute(policies.REPLACE_WEBHOOK_ENDPOINT, replace_webhook_endpoint),
            OperationRoute(policies.DELETE_WEBHOOK_ENDPOINT, delete_webhook_endpoint),
            OperationRoute(policies.ROTATE_WEBHOOK_SECRET, rotate_webhook_secret),
            OperationRoute(policies.ENABLE_WEBHOOK_ENDPOINT, enable_webhook_endpoint),
            OperationRoute(policies.TEST_WEBHOOK_ENDPOINT, test_webhook_endpoint),
            OperationRoute(policies.LIST_WEBHOOK_DELIVERIES, list_webhook_deliveries),
            OperationRoute(policies.REDELIVER_WEBHOOK, redeliver_webhook),
        ]
    )
    return router
