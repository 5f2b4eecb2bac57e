"""Waiting for the worker to write a photo anew."""

import asyncio

from tests.harness.accounts import Account
from tests.harness.patience import PATIENCE
from tests.marketplace.payloads import Json, ok


async def settled(owner: Account, photo: Json) -> Json:
    """Wait until the worker has done with a photo."""
    async with asyncio.timeout(PATIENCE):
        while photo["state"] == "PENDING":
            photo = ok(await owner.client.get(f"/photos/{photo['id']}"))
    return photo
