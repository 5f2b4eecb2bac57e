"""Health checks report the state of the database, and nothing else."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from sqlalchemy import text

from tests.harness.client import assert_problem
from tests.harness.databases import Databases, Engine
from tests.harness.service import run_service


@pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready"])
async def test_a_healthy_service_says_so_and_its_release(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 200
    # Other tests move this service's clock: for a moment, mails may have been waiting for days.
    assert answer.json()["status"] in {"UP", "DEGRADED"}
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/health", "/health/ready"])
async def test_a_database_that_is_gone_is_503_with_the_time_to_wait(
    databases: Databases, worker_id: str, path: str
) -> None:
    """Of a server: SQLite goes on with a file that was deleted."""
    async with run_service(databases, "postgresql", f"gone_{worker_id}") as running, running.client() as client:
        assert (await client.get(path)).status_code == 200
        await asyncio.to_thread(databases.drop, running.settings.database_url)
        answer = await client.get(path)
        assert_problem(answer, 503, "unavailable")
        assert int(answer.headers["retry-after"]) > 0
        assert (await client.get("/health/live")).status_code == 200


async def test_a_database_of_a_later_release_is_ready(databases: Databases, engine: Engine, worker_id: str) -> None:
    """Its migrations only add: the processes of this release go on serving while others take their places."""
    async with run_service(databases, engine, f"later_{worker_id}") as running, running.client() as client:
        async with running.services.database.begin() as tx:
            await tx.execute(text("UPDATE alembic_version SET version_num = '9999_later'"))
        assert (await client.get("/health/ready")).status_code == 200


async def test_a_database_of_an_earlier_release_or_of_others_is_not_ready(
    databases: Databases, engine: Engine, worker_id: str
) -> None:
    async with run_service(databases, engine, f"older_{worker_id}") as running, running.client() as client:
        async with running.services.database.begin() as tx:
            ours = str(await tx.scalar(text("SELECT version_num FROM alembic_version")))
        for other in ("0000_before", f"{ours.partition('_')[0]}_by_others"):
            async with running.services.database.begin() as tx:
                await tx.execute(text("UPDATE alembic_version SET version_num = :other"), {"other": other})
            problem = assert_problem(await client.get("/health/ready"), 503, "unavailable")
            assert other not in str(problem)
