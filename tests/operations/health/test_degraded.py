"""Readiness says that something is missing, and goes on serving: only the database decides."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from impl.gateways.storage import in_folder
from impl.kernel import outbox
from impl.kernel.clock import SystemClock
from impl.kernel.errors import Unavailable
from impl.operations.capabilities.dependencies.service import Degraded, Dependency, DependencyState, Monitor
from tests.harness.databases import Databases, Engine
from tests.harness.patience import PATIENCE
from tests.harness.redis import redis_server
from tests.harness.service import run_service


async def _until(client: httpx.AsyncClient, status: str, path: str = "/health/ready") -> None:
    """Ask until it is so; it is 200 all the while."""
    async with asyncio.timeout(PATIENCE):
        found = None
        while found != status:
            answer = await client.get(path)
            assert answer.status_code == 200
            found = answer.json()["status"]


async def test_redis_may_hang_and_come_back(databases: Databases, worker_id: str) -> None:
    """On SQLite: whatever the database, Redis is asked in the same way."""
    with redis_server() as redis:
        changes = {"redis_url": redis.url, "redis_answer_seconds": 1}
        name = f"degraded_{worker_id}"
        async with run_service(databases, "sqlite", name, **changes) as running, running.client() as client:
            await _until(client, "UP")
            redis.freeze()
            await _until(client, "DEGRADED")
            await _until(client, "DEGRADED", "/health")
            assert (await client.get("/health/live")).json()["status"] == "UP"
            redis.thaw()
            await _until(client, "UP")


async def test_mails_that_wait_too_long_are_told_of(databases: Databases, engine: Engine, worker_id: str) -> None:
    async with run_service(databases, engine, f"late_{worker_id}") as running, running.client() as client:
        await _until(client, "UP")
        async with running.services.database.begin() as tx:
            await outbox.put(tx, "of-a-later-release", {})  # it waits, because this worker does not know it
        running.clock.advance(timedelta(minutes=6))
        await _until(client, "DEGRADED")


async def test_a_folder_that_takes_no_files_is_down(tmp_path: Path) -> None:
    files = tmp_path / "files"
    await in_folder(files / "deep").require_up()
    files.write_text("a file where a folder should be")
    with pytest.raises(Unavailable):
        await in_folder(files).require_up()
    with pytest.raises(Unavailable):
        await in_folder(files / "deep").require_up()


async def test_many_who_ask_at_once_make_one_probe_and_wait_for_a_bounded_time() -> None:
    asked, going = 0, asyncio.Event()

    async def probe() -> None:
        nonlocal asked
        asked += 1
        await going.wait()

    monitor = Monitor(Dependency.STORAGE, probe, SystemClock(), valid_seconds=PATIENCE, timeout_seconds=PATIENCE)
    hasty = await asyncio.gather(*(monitor.look(0.001) for _ in range(50)))
    assert {one.state for one in hasty} == {DependencyState.UP}, "what was not seen yet counts as it was"
    going.set()
    patient = await asyncio.gather(*(monitor.look() for _ in range(50)))
    assert {one.latency_ms is not None for one in patient} == {True}
    assert asked == 1


@pytest.mark.parametrize(
    ("error", "state", "reason"),
    [
        (Degraded("slowly"), DependencyState.DEGRADED, "slowly"),
        (Unavailable("It is away."), DependencyState.DOWN, "It is away."),
        (OSError("ada@example.com"), DependencyState.DOWN, "There is no answer: OSError."),
        (None, DependencyState.DOWN, "There is no answer in time."),
    ],
)
async def test_a_failure_is_told_in_our_own_words(error: Exception | None, state: DependencyState, reason: str) -> None:
    async def probe() -> None:
        if error is None:
            await asyncio.Event().wait()
        else:
            raise error

    monitor = Monitor(Dependency.STORAGE, probe, SystemClock(), timeout_seconds=PATIENCE if error else 0.001)
    found = await monitor.look()
    assert (found.state, found.reason) == (state, reason)


async def test_what_is_not_used_is_off() -> None:
    assert (await Monitor(Dependency.REDIS, None, SystemClock()).look()).state is DependencyState.OFF
