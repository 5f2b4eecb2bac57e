"""Real values for the fuzzer: providers with a webhook endpoint, and deliveries to send again."""

from __future__ import annotations

from tests.fuzz.cases import Case, act_as, merge, name_in_path, phase
from tests.fuzz.entries import Fuzzing, any_version, single_person
from tests.fuzz.pools import Item, Pool, Pools, Seeds
from tests.marketplace.webhooks.successes import delivery_of, endpoint_of


async def _owner(seeds: Seeds) -> Item:
    return {"authorization": (await seeds.stage.person("SERVICE_PROVIDER")).headers["Authorization"]}


async def _endpoint(seeds: Seeds) -> Item:
    owner = await seeds.stage.person("SERVICE_PROVIDER")
    return {"id": await endpoint_of(seeds.stage, owner), "authorization": owner.headers["Authorization"]}


async def _delivery(seeds: Seeds) -> Item:
    owner = await seeds.stage.person("SERVICE_PROVIDER")
    endpoint_id = await endpoint_of(seeds.stage, owner)
    delivery_id = await delivery_of(seeds.stage, endpoint_id)
    return {"id": endpoint_id, "delivery": delivery_id, "authorization": owner.headers["Authorization"]}


# Nobody may have many: each of these registers one, and each of those has one to delete.
_OWNERS = Pool("people_who_register_webhooks", _owner, share=0.5)
_TO_DELETE = Pool("webhooks_to_delete", _endpoint, share=0.5)
_LASTING = Pool("webhooks", _delivery, lasting=2)


def _own(case: Case, pools: Pools) -> None:
    item = pools.turn(_LASTING)
    act_as(case, item["authorization"])
    name_in_path(case, webhook_id=item["id"])


def _own_delivery(case: Case, pools: Pools) -> None:
    item = pools.turn(_LASTING)
    act_as(case, item["authorization"])
    name_in_path(case, webhook_id=item["id"], delivery_id=item["delivery"])


def _deleted_by_its_owner(case: Case, pools: Pools) -> None:
    if (item := pools.take(_TO_DELETE, phase(case))) is not None:
        act_as(case, item["authorization"])
        name_in_path(case, webhook_id=item["id"])


def _can_be_sent_to(case: Case, _: Pools) -> None:
    """Name a host and a port that others can reach."""
    merge(case, url="https://hooks.rivercity-plumbing.example/hestami")


FUZZING = Fuzzing(
    pools=[_OWNERS, _TO_DELETE, _LASTING],
    fills={
        "createWebhookEndpoint": [single_person(_OWNERS), _can_be_sent_to],
        "getWebhookEndpoint": [_own],
        "replaceWebhookEndpoint": [_own, any_version, _can_be_sent_to],
        "deleteWebhookEndpoint": [_deleted_by_its_owner, any_version],
        "rotateWebhookSecret": [_own],
        "enableWebhookEndpoint": [_own],
        "testWebhookEndpoint": [_own],
        "listWebhookDeliveries": [_own],
        "redeliverWebhook": [_own_delivery],
    },
    # A port that is not allowed, and a host of more characters than a name may have.
    rules={"createWebhookEndpoint": {"validation-failed"}, "replaceWebhookEndpoint": {"validation-failed"}},
)
