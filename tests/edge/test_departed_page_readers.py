"""A kept page is made for those who wait for it, though whoever asked first has gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from impl.kernel import presence
from impl.kernel.presence import ClientGone, Presence
from tests.edge.caching import CachingProcess, caching_process
from tests.harness.clock import MovableClock
from tests.harness.databases import Databases
from tests.harness.patience import PATIENCE
from tests.harness.redis import redis_server


@pytest.fixture
async def one(databases: Databases, worker_id: str) -> AsyncIterator[CachingProcess]:
    url = await asyncio.to_thread(databases.migrated, "postgresql", f"departed_{worker_id}")
    with redis_server() as server:
        async with caching_process(url, server, MovableClock()) as running:
            yield running
    await asyncio.to_thread(databases.drop, url)


async def test_a_page_for_a_client_that_has_gone_is_made_if_others_wait_for_it(
    one: CachingProcess,
) -> None:
    gone, come = list[bool](), asyncio.Event()
    clients = asyncio.Queue[Presence]()

    async def all_have_come() -> None:
        await come.wait()

    async def ask(query: str) -> bytes:
        client = Presence(lambda: bool(gone))
        presence.attach(client)
        clients.put_nowait(client)
        return (await one.page(query)).body

    one.before = all_have_come
    alone, first = asyncio.create_task(ask("a=1")), asyncio.create_task(ask(""))
    for _ in range(2):
        await one.begun.get()
    await clients.get()
    leading = await clients.get()
    gone.append(True)
    other = asyncio.create_task(one.name())
    async with asyncio.timeout(PATIENCE):
        while leading.has_gone():  # noqa: ASYNC110 - the other task of this loop gets there
            await asyncio.sleep(0)
    come.set()
    assert await first == (await other).encode()
    with pytest.raises(ClientGone):
        await alone
    assert one.made == 2
