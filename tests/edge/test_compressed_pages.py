"""A kept page is compressed beside the requests, once for all processes."""

from __future__ import annotations

import asyncio
import gzip

from openapi.runtime.wire import CompressedReply
from tests.edge.caching import CachingProcess, caching_process
from tests.harness.clock import MovableClock
from tests.harness.databases import Databases
from tests.harness.patience import PATIENCE
from tests.harness.redis import redis_server


async def _is_compressed(one: CachingProcess, other: CachingProcess, body: bytes) -> None:
    await one.kept()
    async with asyncio.timeout(PATIENCE):
        while not isinstance(small := await one.page(coding="gzip"), CompressedReply):
            pass
    assert gzip.decompress(small.body) == body
    shared = await other.page(coding="gzip")
    assert (isinstance(shared, CompressedReply), shared.body, other.made) == (True, small.body, 0)
    assert not isinstance(await other.page(), CompressedReply)


async def test_a_kept_page_is_compressed_for_all_processes_beside_the_requests(
    databases: Databases, worker_id: str
) -> None:
    url, clock = await asyncio.to_thread(databases.migrated, "postgresql", f"compressed_{worker_id}"), MovableClock()
    with redis_server() as server:
        async with caching_process(url, server, clock) as one, caching_process(url, server, clock) as other:
            one.padding = other.padding = b" " * 2000
            for name in ("Pipes", "Other pipes"):
                await one.rename(name)
                await _is_compressed(one, other, name.encode() + one.padding)
    await asyncio.to_thread(databases.drop, url)
