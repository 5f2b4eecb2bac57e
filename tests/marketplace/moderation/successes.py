"""Successful requests of the operations of moderation."""

from __future__ import annotations

from uuid import UUID

from generated.states import PhotoState
from tests.contract.entries import Entries
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Stage
from tests.marketplace.moderation.waiting import wait_for_review
from tests.marketplace.photos.shown import photo_in
from tests.marketplace.provider_profile.successes import approved_profile_of, business
from tests.marketplace.provider_services.successes import service_of
from tests.marketplace.reports.successes import listing


async def item(stage: Stage) -> str:
    """Let the edit of an approved profile wait and return the item's id; this service would approve it by itself."""
    provider = await stage.person("SERVICE_PROVIDER")
    await approved_profile_of(stage, provider)
    shown = (await stage.expect(200, "GET", "/service-providers/profile", by=provider)).json()
    owner_id = UUID(await stage.id_of(provider))
    return await wait_for_review(stage.service, owner_id, shown, about="Call 503 555 0170.")


async def text_version(stage: Stage, item_id: str) -> str:
    """Return what a decision on the item names."""
    moderator = await stage.shared("STAFF_MODERATOR")
    shown = await stage.expect(200, "GET", f"/admin/moderation/{item_id}", by=moderator)
    return str(shown.json()["text_version"])


async def profile(stage: Stage) -> str:
    """Return the id of an approved profile."""
    provider = await stage.person("SERVICE_PROVIDER")
    await approved_profile_of(stage, provider)
    return str((await stage.expect(200, "GET", "/service-providers/profile", by=provider)).json()["id"])


async def _queue(stage: Stage, _: Body) -> Ready:
    await item(stage)
    # Only the oldest: other tests add to the queue meanwhile.
    return Ready(by=await stage.shared("STAFF_MODERATOR"), query={"limit": "1"})


async def _item(stage: Stage, _: Body) -> Ready:
    return Ready(by=await stage.shared("STAFF_MODERATOR"), ids={"item_id": await item(stage)})


async def _claimed(stage: Stage, _: Body) -> Ready:
    ids = {"item_id": await item(stage)}
    moderator = await stage.shared("STAFF_MODERATOR")
    await stage.expect(200, "POST", f"/admin/moderation/{ids['item_id']}/claim", by=moderator)
    return Ready(by=moderator, ids=ids)


async def _decision(stage: Stage, example: Body) -> Ready:
    ids, moderator = {"item_id": await item(stage)}, await stage.shared("STAFF_MODERATOR")
    body = {**example, "text_version": await text_version(stage, ids["item_id"])}
    return Ready(by=moderator, ids=ids, body=body)


async def _approved(stage: Stage, example: Body) -> Ready:
    ids = {"profile_id": await profile(stage)}
    return Ready(by=await stage.shared("STAFF_MODERATOR"), ids=ids, body=example)


async def suspended(stage: Stage) -> str:
    """Return the id of a suspended profile."""
    profile_id = await profile(stage)
    moderator = await stage.shared("STAFF_MODERATOR")
    path = f"/admin/providers/{profile_id}/suspend"
    await stage.expect(200, "POST", path, by=moderator, json={"note": "Nobody came."})
    return profile_id


async def _suspended(stage: Stage, _: Body) -> Ready:
    return Ready(by=await stage.shared("STAFF_MODERATOR"), ids={"profile_id": await suspended(stage)})


async def taken_down(stage: Stage) -> str:
    """Return the id of a service that a decision on a report took down."""
    moderator, service_id = await stage.shared("STAFF_MODERATOR"), await listing(stage)
    body = {"subject_kind": "SERVICE", "subject_id": service_id, "reason": "MISLEADING"}
    made = await stage.expect(201, "POST", "/reports", by=await stage.shared("HOMEOWNER"), json=body)
    path = f"/admin/reports/{made.json()['id']}"
    await stage.expect(200, "POST", f"{path}/triage", by=moderator)
    decision = {"outcome": "ACTIONED", "action": "TAKE_DOWN", "statement": "The price is not the real one."}
    await stage.expect(200, "POST", f"{path}/decision", by=moderator, json=decision)
    return service_id


async def _taken_down(stage: Stage, _: Body) -> Ready:
    return Ready(by=await stage.shared("STAFF_MODERATOR"), ids={"service_id": await taken_down(stage)})


async def photo(stage: Stage, state: PhotoState = PhotoState.READY) -> str:
    """Return the id of a photo of a draft, which nobody else sees."""
    provider = await business(stage)
    subject_id = await service_of(stage, provider)
    return await photo_in(stage.service, state, owner_id=await stage.id_of(provider), subject_id=subject_id)


async def _photo(stage: Stage, _: Body) -> Ready:
    return Ready(by=await stage.shared("STAFF_MODERATOR"), ids={"photo_id": await photo(stage)})


async def _hidden_photo(stage: Stage, _: Body) -> Ready:
    photo_id = await photo(stage, PhotoState.HIDDEN)
    return Ready(by=await stage.shared("STAFF_MODERATOR"), ids={"photo_id": photo_id})


SUCCESSES: Entries = {
    "listModerationItems": _queue,
    "getModerationItem": _item,
    "claimModerationItem": _item,
    "releaseModerationItem": _claimed,
    "decideModerationItem": _decision,
    "suspendProvider": _approved,
    "reinstateProvider": _suspended,
    "reinstateService": _taken_down,
    "listModerationItemPhotos": _item,
    "getModeratedPhoto": _photo,
    "reinstatePhoto": _hidden_photo,
}
# Addresses of photos change by themselves, so that no reading of them has an ETag.
CHANGES_NO_ETAG = {"reinstatePhoto"}
