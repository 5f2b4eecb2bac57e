"""Properties that are there, and that are kept for records only."""

from __future__ import annotations

import httpx

from tests.contract.walks import Edge, Walk, World
from tests.marketplace.payloads import PROPERTIES, Json, house, ok


async def _make(world: World, state: str, _: Edge | None) -> Json:
    owner = await world.accounts.homeowner()
    made = {"by": owner, **ok(await owner.client.post(PROPERTIES, json=house()), 201)}
    if state == "ARCHIVED":
        ok(await _delete(world, made, state), 204)
    return made


async def _delete(_: World, made: Json, __: str) -> httpx.Response:
    response: httpx.Response = await made["by"].client.delete(f"{PROPERTIES}/{made['id']}")
    return response


async def _read(_: World, made: Json) -> str | None:
    answer = await made["by"].client.get(f"{PROPERTIES}/{made['id']}")
    return None if answer.status_code == 404 else str(ok(answer)["state"])


WALKS = {"PropertyState": Walk(_make, {"deleteProperty": _delete}, _read)}
