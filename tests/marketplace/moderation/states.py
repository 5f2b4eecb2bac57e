"""Submissions in every state: of an edit of a published service, or of a profile."""

from __future__ import annotations

import httpx

from tests.contract.walks import Edge, Walk, World
from tests.marketplace.moderation.staff_review import APPROVE, QUEUE, REJECT, approved_business, on, waiting
from tests.marketplace.payloads import PROFILE, SERVICES, Json, business, job, ok
from tests.marketplace.provider_services import states as services


async def _make(world: World, state: str, edge: Edge | None) -> Json:
    """Return a submission in this state, with whose it is and what it is of."""
    staff = await world.accounts.staff()
    if edge is not None and edge.step == "replaceProviderProfile":
        owner = await world.accounts.make("SERVICE_PROVIDER")
        profile = await approved_business(staff, owner)
        ok(await owner.client.put(PROFILE, json=business(about="Another text.")))
        return {"by": owner, "id": (await waiting(staff, profile["id"]))["id"]}
    service = await services.listed(world)
    edited = {"by": service["by"], "service": service}
    ok(await _update(world, edited, "PENDING"))
    submission = {**edited, "id": (await waiting(staff, service["id"]))["id"]}
    if state == "WITHDRAWN":
        ok(await _update(world, submission, state))
    elif state != "PENDING":
        ok(await _decide(world, submission, state))
    return submission


async def _claim(world: World, submission: Json, _: str) -> httpx.Response:
    staff = await world.accounts.staff()
    return await staff.client.post(f"{QUEUE}/{submission['id']}/claim")


async def _release(world: World, submission: Json, _: str) -> httpx.Response:
    staff = await world.accounts.staff()
    return await staff.client.post(f"{QUEUE}/{submission['id']}/release")


async def _decide(world: World, submission: Json, target: str) -> httpx.Response:
    """Decide as nobody has decided before: the same decision again would be answered like the first one."""
    staff = await world.accounts.hire("STAFF_MODERATOR")
    item = ok(await staff.client.get(f"{QUEUE}/{submission['id']}"))
    body = on(item, REJECT if target == "REJECTED" else APPROVE)
    return await staff.client.post(f"{QUEUE}/{submission['id']}/decision", json=body)


async def _replace_profile(_: World, submission: Json, target: str) -> httpx.Response:
    text = {} if target == "WITHDRAWN" else {"about": "A better text."}
    response: httpx.Response = await submission["by"].client.put(PROFILE, json=business(**text))
    return response


async def _replace(_: World, submission: Json, target: str) -> httpx.Response:
    text = {} if target == "WITHDRAWN" else {"title": "A better title"}
    path = f"{SERVICES}/{submission['service']['id']}"
    response: httpx.Response = await submission["by"].client.put(path, json=job(**text))
    return response


async def _update(_: World, submission: Json, target: str) -> httpx.Response:
    text = {"title": job()["title"] if target == "WITHDRAWN" else "Another title"}
    path = f"{SERVICES}/{submission['service']['id']}"
    response: httpx.Response = await submission["by"].client.patch(path, json=text)
    return response


async def _delete(_: World, submission: Json, __: str) -> httpx.Response:
    response: httpx.Response = await submission["by"].client.delete(f"{SERVICES}/{submission['service']['id']}")
    return response


async def _decide_report(world: World, submission: Json, _: str) -> httpx.Response:
    return await services.take_down(world, submission["service"], "REJECTED")


async def _read(world: World, submission: Json) -> str | None:
    staff = await world.accounts.staff()
    return str(ok(await staff.client.get(f"{QUEUE}/{submission['id']}"))["state"])


WALKS = {
    "SubmissionState": Walk(
        _make,
        {
            "claimModerationItem": _claim,
            "releaseModerationItem": _release,
            "decideModerationItem": _decide,
            "replaceProviderProfile": _replace_profile,
            "replaceService": _replace,
            "updateService": _update,
            "deleteService": _delete,
            "decideReport": _decide_report,
        },
        _read,
    )
}
