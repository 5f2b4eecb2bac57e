"""Services in every state, where staff review and where nobody does."""

from __future__ import annotations

from functools import partial

import httpx

from tests.contract.walks import Edge, Walk, World
from tests.harness.accounts import Account
from tests.marketplace.moderation.staff_review import APPROVE, REJECT, approved_business, decide, published, waiting
from tests.marketplace.payloads import SERVICES, Json, add, approve_business, complain, job, ok
from tests.marketplace.reports.decisions import TAKE_DOWN, triaged


async def make(world: World, state: str, edge: Edge | None) -> Json:
    """Return a service in this state, with its provider."""
    if edge == Edge("submitService", "PUBLISHED"):
        # Where nobody reviews.
        provider = await world.auto.make("SERVICE_PROVIDER")
        await approve_business(provider)
        return {"by": provider, "id": (await add(provider))["id"]}
    provider, staff = await _business(world), await world.accounts.staff()
    if state in {"DRAFT", "PENDING_REVIEW", "ARCHIVED"}:
        service = {"by": provider, "id": (await add(provider))["id"]}
        if state == "PENDING_REVIEW":
            ok(await _post("submit", world, service, state))
        elif state == "ARCHIVED":
            ok(await _delete(world, service, state), 204)
        return service
    service = {"by": provider, "id": (await published(staff, provider))["id"]}
    if state == "PAUSED" or edge == Edge("reinstateService", "PAUSED"):
        ok(await _post("pause", world, service, "PAUSED"))
    if state == "REJECTED":
        ok(await take_down(world, service, state))
    return service


async def listed(world: World) -> Json:
    """Return a published service."""
    return await make(world, "PUBLISHED", None)


async def _business(world: World) -> Account:
    """Return a provider whose profile is approved; there is one for all services."""
    provider = await world.accounts.provider()
    if (await provider.client.get("/service-providers/profile")).status_code == 404:
        await approved_business(await world.accounts.staff(), provider)
    return provider


async def _post(action: str, _: World, service: Json, __: str) -> httpx.Response:
    return await _client(service).post(f"{SERVICES}/{service['id']}/{action}")


async def _replace(_: World, service: Json, __: str) -> httpx.Response:
    return await _client(service).put(f"{SERVICES}/{service['id']}", json=job(title="Dripping tap repaired"))


async def _update(_: World, service: Json, __: str) -> httpx.Response:
    return await _client(service).patch(f"{SERVICES}/{service['id']}", json={"title": "Dripping tap repaired"})


async def _delete(_: World, service: Json, __: str) -> httpx.Response:
    return await _client(service).delete(f"{SERVICES}/{service['id']}")


async def _decide(world: World, service: Json, target: str) -> httpx.Response:
    """Decide what waits; of what is published, an edit that is made for it."""
    if target != "REJECTED" and (await read(world, service)) != "PENDING_REVIEW":
        ok(await _update(world, service, target))
    staff = await world.accounts.staff()
    return await decide(staff, await waiting(staff, service["id"]), REJECT if target == "REJECTED" else APPROVE)


async def take_down(world: World, service: Json, _: str) -> httpx.Response:
    """Take the service down for a complaint; of what is paused, one from before."""
    client, reporter, staff = _client(service), await world.accounts.make(), await world.accounts.staff()
    is_paused = await read(world, service) == "PAUSED"
    if is_paused:
        ok(await client.post(f"{SERVICES}/{service['id']}/resume"))
    report = await complain(reporter, service)
    if is_paused:
        ok(await client.post(f"{SERVICES}/{service['id']}/pause"))
    return await staff.client.post(await triaged(staff, report), json=TAKE_DOWN)


async def _reinstate(world: World, service: Json, _: str) -> httpx.Response:
    staff = await world.accounts.staff()
    return await staff.client.post(f"/admin/services/{service['id']}/reinstate")


async def read(_: World, service: Json) -> str | None:
    """Return the state that the provider sees."""
    answer = await _client(service).get(f"{SERVICES}/{service['id']}")
    return None if answer.status_code == 404 else str(ok(answer)["state"])


def _client(service: Json) -> httpx.AsyncClient:
    by: Account = service["by"]
    return by.client


WALKS = {
    "ServiceState": Walk(
        make,
        {
            "replaceService": _replace,
            "updateService": _update,
            "submitService": partial(_post, "submit"),
            "pauseService": partial(_post, "pause"),
            "resumeService": partial(_post, "resume"),
            "deleteService": _delete,
            "decideModerationItem": _decide,
            "decideReport": take_down,
            "reinstateService": _reinstate,
        },
        read,
    )
}
