"""One budget for a client, whichever of two processes answers, and what becomes of it without Redis."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
from redis.asyncio import Redis

from tests.harness.client import open_browser
from tests.harness.databases import Databases
from tests.harness.patience import PATIENCE
from tests.harness.processes import sailing
from tests.harness.redis import redis_server

_QUOTA = 30
# Longer than production waits, so that a busy machine is no outage.
_REDIS_SECONDS = "5"


async def _sign_in(client: httpx.AsyncClient, address: str) -> int:
    """Return the status of a request without a valid body, which counts all the same."""
    headers = {"Content-Type": "text/plain", "X-Forwarded-For": address}
    return (await client.post("/api/v1/auth/login", content=b"{}", headers=headers)).status_code


async def test_two_processes_have_one_budget(databases: Databases, tmp_path: Path, worker_id: str) -> None:
    with redis_server() as server:
        changes = {
            "REDIS_URL": server.url,
            "REDIS_ANSWER_SECONDS": _REDIS_SECONDS,
            "RATE_LIMIT_SCALE": "1",
            "TRUSTED_PROXIES": "127.0.0.1",
        }
        async with AsyncExitStack() as stack:
            fleet = await stack.enter_async_context(
                sailing(databases, "sqlite", f"shared_limits_{worker_id}", tmp_path, **changes)
            )
            first, second = [
                await stack.enter_async_context(open_browser(service.url)) for service in (fleet.first, fleet.second)
            ]
            redis = await stack.enter_async_context(Redis.from_url(server.url))

            statuses = [await _sign_in((first, second)[turn % 2], "198.51.100.7") for turn in range(_QUOTA)]
            assert set(statuses) == {415}
            assert [await _sign_in(client, "198.51.100.7") for client in (first, second)] == [429, 429]

            server.kill()
            # What a process was told last, it goes on from; of others each has its own count.
            assert [await _sign_in(client, "198.51.100.7") for client in (first, second)] == [429, 429]
            assert {await _sign_in(first, "198.51.101.7") for _ in range(_QUOTA)} == {415}
            assert await _sign_in(first, "198.51.101.7") == 429
            assert await _sign_in(second, "198.51.101.7") == 415

            server.start()
            async with asyncio.timeout(PATIENCE):
                for number, client in enumerate((first, second)):
                    address = f"198.51.{110 + number}.7"
                    before = await redis.dbsize()
                    while await redis.dbsize() <= before:
                        assert await _sign_in(client, address) in {415, 429}
