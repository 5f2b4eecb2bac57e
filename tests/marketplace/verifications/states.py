"""Licences in every state."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import httpx

from tests.contract.walks import Edge, Walk, World
from tests.harness.patience import PATIENCE
from tests.marketplace.payloads import Json, ok
from tests.marketplace.verifications.sending import REVOCATION, VERIFY, decide, reject, send
from tests.marketplace.verifications.successes import QUEUE, REJECTION, VERIFICATIONS


async def _make(world: World, state: str, edge: Edge | None) -> Json:
    """Return a licence in this state, with its owner; one that the worker is to end, ends today."""
    owner, staff = await world.accounts.make("SERVICE_PROVIDER"), await world.accounts.staff()
    ends = state == "EXPIRED" or (edge is not None and edge.target == "EXPIRED")
    today = str(world.service.clock.now().date())
    licence = {"by": owner, **await send(owner, expires_date=today if ends else "2091-06-30")}
    if state == "REJECTED":
        await reject(staff, licence)
    elif state != "PENDING":
        await decide(staff, licence)
    if state == "REVOKED":
        ok(await _revoke(world, licence, state))
    elif state == "EXPIRED":
        await _end(world, licence, state)
    return licence


async def _decide(world: World, licence: Json, target: str) -> httpx.Response:
    staff = await world.accounts.staff()
    body = REJECTION if target == "REJECTED" else VERIFY
    return await staff.client.post(f"{QUEUE}/{licence['id']}/decision", json=body)


async def _revoke(world: World, licence: Json, _: str) -> httpx.Response:
    staff = await world.accounts.staff()
    return await staff.client.post(f"{QUEUE}/{licence['id']}/revoke", json=REVOCATION)


async def _end(world: World, licence: Json, _: str) -> None:
    """Let the worker of the day after do its work."""
    world.service.clock.advance(timedelta(days=1))
    await world.accounts.login(licence["by"])
    async with asyncio.timeout(PATIENCE):
        # The service's own worker may be at it just now.
        while await _read(world, licence) == "VERIFIED":
            await world.service.services.marketplace.verifications.attend_ends()


async def _read(_: World, licence: Json) -> str | None:
    return str(ok(await licence["by"].client.get(f"{VERIFICATIONS}/{licence['id']}"))["state"])


WALKS = {
    "VerificationState": Walk(
        _make,
        {"decideVerification": _decide, "revokeVerification": _revoke, "worker.end_verifications": _end},
        _read,
    )
}
