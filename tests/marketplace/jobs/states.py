"""Jobs in every state."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import httpx

from tests.contract.walks import Edge, Send, Walk, World
from tests.harness.patience import PATIENCE
from tests.marketplace.jobs.working import (
    CANCEL,
    CHANGES,
    DECISION,
    DISPUTE,
    act,
    put_time,
    seen,
    shared_parties,
    time_in,
    was,
)
from tests.marketplace.payloads import Json, ok

_ANSWERED: Final = {"acceptJobSchedule", "declineJobSchedule"}


async def _make(world: World, state: str, edge: Edge | None) -> Json:
    found = await shared_parties(world.auto, world.auto_service)
    job = {"parties": found, **await found.begun(state)}
    if edge is not None and edge.step in _ANSWERED:
        ok(await put_time(found.owner, job, time_in(world.auto_service, 5)))
    return job


def _step(
    name: str, *, by_owner: bool = False, body: object = None, headers: Mapping[str, str] | None = None
) -> Send[Json]:
    async def send(_: World, job: Json, __: str) -> httpx.Response:
        who = job["parties"].owner if by_owner else job["parties"].provider
        return await act(who, job, name, body, **(headers or {}))

    return send


async def _schedule(world: World, job: Json, _: str) -> httpx.Response:
    return await put_time(job["parties"].owner, job, time_in(world.auto_service, 72))


async def _decide(world: World, job: Json, target: str) -> httpx.Response:
    staff = await world.auto.staff("STAFF_MODERATOR")
    answer: httpx.Response = await staff.client.post(
        f"/admin/disputes/{job['id']}/decision", json={**DECISION, "outcome": target}
    )
    return answer


async def _be_over(world: World, job: Json, _: str) -> None:
    """Let the time to look at it be over and the worker do its work."""
    await was(world.auto_service, job, delivered_at=timedelta(days=14, seconds=1))
    async with asyncio.timeout(PATIENCE):
        # The service's own worker may be at it just now.
        while await _read(world, job) == "DELIVERED":
            await world.auto_service.services.marketplace.jobs.complete_jobs()


async def _read(_: World, job: Json) -> str | None:
    return str((await seen(job["parties"].owner, job))["state"])


WALKS = {
    "JobState": Walk(
        _make,
        {
            "startJob": _step("start"),
            "deliverJob": _step("deliver"),
            "completeJob": _step("complete", by_owner=True),
            "requestJobChanges": _step("request-changes", by_owner=True, body=CHANGES),
            "cancelJob": _step("cancel", body=CANCEL),
            "disputeJob": _step("dispute", by_owner=True, body=DISPUTE),
            "scheduleJob": _schedule,
            "acceptJobSchedule": _step("schedule/accept", headers={"If-Match": "*"}),
            "declineJobSchedule": _step("schedule/decline"),
            "decideDispute": _decide,
            "worker.complete_jobs": _be_over,
        },
        _read,
    )
}
