"""A kept page is compressed beside the requests, once for all processes."""

from __future__ import annotations

import asyncio
import gzip

from redis.asyncio import Redis

from openapi.runtime.wire import CompressedReply
from tests.edge.caching import CachingProcess, caching_process
from tests.harness.clock import MovableClock
from tests.harness.databases import Databases
from tests.harness.patience import PATIENCE
from tests.harness.redis import RedisServer, redis_server


async def _is_compressed(one: CachingProcess, other: CachingProcess, body: bytes) -> None:
    await one.kept()
    async with asyncio.timeout(PATIENCE):
        while not isinstance(small := await one.page(coding="gzip"), CompressedReply):
            pass
    assert gzip.decompress(small.body) == body
    shared = await other.page(coding="gzip")
    assert (isinstance(shared, CompressedReply), shared.body, other.made) == (True, small.body, 0)
    assert not isinstance(await other.page(), CompressedReply)


async def _writes(server: RedisServer) -> int:
    """Return how many keys were set in Redis, with the leases."""
    async with Redis.from_url(server.url) as redis:
        calls: int = (await redis.info("commandstats"))["cmdstat_set"]["calls"]
        return calls


async def _stored(process: CachingProcess) -> None:
    async with asyncio.timeout(PATIENCE):
        while process.cache.is_making:  # noqa: ASYNC110 - others join a page until it is stored
            await asyncio.sleep(0)


async def _is_stored_once_in_each_coding(process: CachingProcess, server: RedisServer) -> None:
    before = await _writes(server)
    await process.page("new")
    await _stored(process)
    for _ in range(3):
        assert "age" in (await process.page("new")).headers
    async with asyncio.timeout(PATIENCE):
        while not isinstance(await process.page("new", coding="gzip"), CompressedReply):
            pass
    for _ in range(3):
        assert isinstance(await process.page("new", coding="gzip"), CompressedReply)
    # Another page is stored after all that was to be stored.
    await process.page("another")
    await _stored(process)
    leases, pages = 2, 3
    assert await _writes(server) == before + leases + pages


async def test_a_kept_page_is_compressed_for_all_processes_beside_the_requests(
    databases: Databases, worker_id: str
) -> None:
    url, clock = await asyncio.to_thread(databases.migrated, "postgresql", f"compressed_{worker_id}"), MovableClock()
    with redis_server() as server:
        async with caching_process(url, server, clock) as one, caching_process(url, server, clock) as other:
            # Large enough to be worth compressing once more, too.
            one.padding = other.padding = b" ".join(b"%d" % number for number in range(5000))
            for name in ("Pipes", "Other pipes"):
                await one.rename(name)
                await _is_compressed(one, other, name.encode() + one.padding)
            await _is_stored_once_in_each_coding(one, server)
    await asyncio.to_thread(databases.drop, url)
