"""Photos on their way from the upload to a picture."""

from __future__ import annotations

from tests.contract.walks import Edge, Walk, World
from tests.marketplace.payloads import PROPERTIES, Json, house, ok
from tests.marketplace.photos.successes import picture
from tests.marketplace.photos.waiting import settled


async def _make(world: World, _: str, __: Edge | None) -> Json:
    """Return where a photo may be sent to: the worker does not let one wait."""
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


async def _read(_: World, photo: Json) -> str | None:
    if "id" not in photo:
        return None
    return str(ok(await photo["by"].client.get(f"/photos/{photo['id']}"))["state"])


WALKS = {"PhotoState": Walk(_make, {"worker.render_photos": _render}, _read)}
