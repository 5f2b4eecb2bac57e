"""Waiting for the worker to write a photo anew."""

from tests.harness.accounts import Account
from tests.harness.deliveries import until
from tests.marketplace.payloads import Json, ok


async def settled(owner: Account, photo: Json) -> Json:
    """Wait until the worker has done with a photo."""

    async def look() -> Json | None:
        shown = ok(await owner.client.get(f"/photos/{photo['id']}"))
        return None if shown["state"] == "PENDING" else shown

    return photo if photo["state"] != "PENDING" else await until(look)
