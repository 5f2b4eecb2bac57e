"""One budget for a client, whichever of two processes answers, and what becomes of it without Redis."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
from pydantic import SecretStr
from redis.asyncio import Redis

from tests.harness.client import open_browser
from tests.harness.databases import Databases
from tests.harness.patience import PATIENCE
from tests.harness.processes import two_processes
from tests.harness.redis import RedisServer, redis_server
from tests.harness.service import run_service

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
                two_processes(databases, "sqlite", f"shared_limits_{worker_id}", tmp_path, **changes)
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


@asynccontextmanager
async def _one_process(databases: Databases, server: RedisServer, name: str) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        run_service(
            databases,
            "sqlite",
            name,
            redis_url=SecretStr(server.url),
            redis_answer_seconds=1.0,
            trusted_proxies=("127.0.0.1",),
        ) as service,
        open_browser(service.url) as client,
    ):
        yield client


async def _until_shared(client: httpx.AsyncClient, redis: Redis, network: int) -> None:
    """Send requests until Redis counts them again."""
    before = await redis.dbsize()
    async with asyncio.timeout(PATIENCE):
        while await redis.dbsize() == before:
            assert await _sign_in(client, f"203.0.{network}.7") == 415


async def test_only_the_first_request_waits_for_a_redis_that_hangs(databases: Databases, worker_id: str) -> None:
    with redis_server() as server:
        async with (
            _one_process(databases, server, f"hung_limits_{worker_id}") as client,
            Redis.from_url(server.url) as redis,
        ):
            await _until_shared(client, redis, 1)
            before = await redis.dbsize()
            server.freeze()
            try:
                statuses = {await _sign_in(client, f"198.51.{number}.7") for number in range(20)}
            finally:
                server.thaw()
            assert statuses == {415}
            await _until_shared(client, redis, 2)
            # The first one's command waited in the connection; of the other nineteen Redis has heard nothing.
            assert await redis.dbsize() == before + 2


async def test_a_redis_that_is_killed_under_load_costs_no_request(databases: Databases, worker_id: str) -> None:
    with redis_server() as server:
        async with (
            _one_process(databases, server, f"killed_limits_{worker_id}") as client,
            Redis.from_url(server.url) as redis,
        ):
            await _until_shared(client, redis, 1)
            for turn in range(3):
                answers = [asyncio.create_task(_sign_in(client, f"198.{turn}.{number}.7")) for number in range(60)]
                await answers[0]
                server.kill()
                assert set(await asyncio.gather(*answers)) == {415}
                server.start()
                await _until_shared(client, redis, 2 + turn)
