"""Photos on their way from the upload to a picture."""

from __future__ import annotations

import httpx

from generated.states import PhotoState
from tests.contract.walks import Edge, Walk, World
from tests.marketplace.payloads import PROPERTIES, Json, complain, house, ok
from tests.marketplace.photos.shown import photo_in
from tests.marketplace.photos.successes import picture
from tests.marketplace.photos.waiting import settled
from tests.marketplace.provider_services import states as services
from tests.marketplace.reports.decisions import TAKE_DOWN, triaged


async def _make(world: World, state: str, edge: Edge | None) -> Json:
    """Return a photo in this state; for the worker's own step, where one may be sent to, as it lets none wait."""
    if edge is None or state != "PENDING":
        listing = await services.listed(world)
        owner_id = ok(await listing["by"].client.get("/users/me"))["id"]
        photo_id = await photo_in(world.service, PhotoState(state), owner_id=owner_id, subject_id=listing["id"])
        return {"by": listing["by"], "id": photo_id}
    owner = await world.accounts.homeowner()
    made = ok(await owner.client.post(PROPERTIES, json=house()), 201)
    return {"by": owner, "path": f"{PROPERTIES}/{made['id']}/photos"}


async def _render(_: World, photo: Json, target: str) -> None:
    """Let the worker write a picture anew, or half of one."""
    content = picture() if target == "READY" else picture()[:100]
    sent = ok(await photo["by"].client.post(photo["path"], files={"file": ("a.png", content)}), 201)
    assert sent["state"] == "PENDING"
    photo["id"] = sent["id"]
    await settled(photo["by"], sent)


async def _take_down(world: World, photo: Json, _: str) -> httpx.Response:
    reporter, staff = await world.accounts.make(), await world.accounts.staff()
    report = await complain(reporter, photo, subject_kind="PHOTO")
    return await staff.client.post(await triaged(staff, report), json=TAKE_DOWN)


async def _reinstate(world: World, photo: Json, _: str) -> httpx.Response:
    staff = await world.accounts.staff()
    return await staff.client.post(f"/admin/photos/{photo['id']}/reinstate")


async def _read(_: World, photo: Json) -> str | None:
    if "id" not in photo:
        return None
    return str(ok(await photo["by"].client.get(f"/photos/{photo['id']}"))["state"])


WALKS = {
    "PhotoState": Walk(
        _make, {"worker.render_photos": _render, "decideReport": _take_down, "reinstatePhoto": _reinstate}, _read
    )
}
