"""Successful requests to the operations of webhooks."""

from __future__ import annotations

from tests.contract.entries import Entries
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Person, Stage, example_of
from tests.marketplace.webhooks.given_up import give_up_a_delivery

WEBHOOKS = "/service-providers/webhooks"
# An endpoint that is enabled already stays as it is, and deliveries have a list without a tag.
CHANGES_NO_ETAG = {"enableWebhookEndpoint", "testWebhookEndpoint", "redeliverWebhook"}


async def endpoint_of(stage: Stage, owner: Person) -> str:
    """Register an endpoint and return its id."""
    body = {**example_of("createWebhookEndpoint"), "description": "Not as the examples call it"}
    made = await stage.expect(201, "POST", WEBHOOKS, by=owner, json=body)
    return str(made.json()["id"])


async def delivery_of(stage: Stage, endpoint_id: str) -> str:
    """Return the id of a delivery to an endpoint, which stays as it is."""
    return await give_up_a_delivery(stage.service, endpoint_id)


async def _as_provider(stage: Stage, _: Body) -> Ready:
    return Ready(by=await stage.shared("SERVICE_PROVIDER"))


async def _new_endpoint(stage: Stage, example: Body) -> Ready:
    # Of their own, since nobody may have many.
    return Ready(by=await stage.person("SERVICE_PROVIDER"), body=example)


async def _own_endpoint(stage: Stage, example: Body) -> Ready:
    owner = await stage.person("SERVICE_PROVIDER")
    return Ready(by=owner, ids={"webhook_id": await endpoint_of(stage, owner)}, body=example)


async def _failing_endpoint(stage: Stage, _: Body) -> Ready:
    owner = await stage.person("SERVICE_PROVIDER")
    endpoint_id = await endpoint_of(stage, owner)
    await delivery_of(stage, endpoint_id)
    return Ready(by=owner, ids={"webhook_id": endpoint_id})


async def _own_delivery(stage: Stage, _: Body) -> Ready:
    owner = await stage.person("SERVICE_PROVIDER")
    endpoint_id = await endpoint_of(stage, owner)
    return Ready(by=owner, ids={"webhook_id": endpoint_id, "delivery_id": await delivery_of(stage, endpoint_id)})


SUCCESSES: Entries = {
    "listWebhookEndpoints": _as_provider,
    "createWebhookEndpoint": _new_endpoint,
    "getWebhookEndpoint": _own_endpoint,
    "replaceWebhookEndpoint": _own_endpoint,
    "deleteWebhookEndpoint": _own_endpoint,
    "rotateWebhookSecret": _own_endpoint,
    "enableWebhookEndpoint": _own_endpoint,
    "testWebhookEndpoint": _failing_endpoint,
    "listWebhookDeliveries": _own_endpoint,
    "redeliverWebhook": _own_delivery,
}
