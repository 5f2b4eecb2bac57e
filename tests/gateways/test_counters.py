"""Counters in a real Redis, which hangs, dies and comes back."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis

from impl.gateways.counters import RedisCounters
from impl.gateways.redis_circuit import RedisCircuit
from tests.harness.patience import PATIENCE
from tests.harness.redis import RedisServer, redis_server

_SECRET = b"one secret for all processes"
_SOON = 0.02


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with redis_server() as running:
        yield running


@asynccontextmanager
async def _counters(server: RedisServer, *, answer_seconds: float = PATIENCE) -> AsyncIterator[RedisCounters]:
    circuit = RedisCircuit(server.url, answer_seconds=answer_seconds)
    await circuit.probe()
    looking = asyncio.create_task(circuit.run())
    try:
        yield RedisCounters(circuit, secret=_SECRET)
    finally:
        looking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await looking
        await circuit.close()


async def _until(counters: RedisCounters, *, up: bool) -> None:
    """Count until it is so; the server is asked once more by each call."""
    async with asyncio.timeout(PATIENCE):
        while True:
            if (await counters.add("until", 60) is not None) is up:
                return
            await asyncio.sleep(0)


async def test_processes_count_together_whatever_the_order(server: RedisServer) -> None:
    async with _counters(server) as one, _counters(server) as other:
        found = await asyncio.gather(*(counters.add("a", 60) for counters in (one, other) * 50))
        assert sorted(one[0] for one in found if one is not None) == list(range(1, 101))
        assert await one.add("b", 60) == (1, 60.0)


async def test_keys_name_nobody_have_a_slot_and_an_end(server: RedisServer) -> None:
    async with _counters(server) as counters, Redis.from_url(server.url) as redis:
        await counters.add("sign-in/198.51.100.7", 60)
        key = counters.key("sign-in/198.51.100.7")
        assert "198.51" not in key
        assert key.count("{") == key.count("}") == 1
        assert 0 < await redis.ttl(key) <= 60
        await redis.persist(key)
        assert await counters.add("sign-in/198.51.100.7", 60) == (2, 60.0)
        assert 0 < await redis.ttl(key) <= 60


async def test_a_server_that_hangs_is_left_alone_until_it_answers(server: RedisServer) -> None:
    async with _counters(server, answer_seconds=_SOON) as counters:
        server.freeze()
        try:
            await _until(counters, up=False)
        finally:
            server.thaw()
        await _until(counters, up=True)


async def test_a_server_that_comes_back_empty_is_used_again(server: RedisServer) -> None:
    async with _counters(server) as counters:
        assert await counters.add("a", 60) == (1, 60.0)
        server.kill()
        assert await counters.add("a", 60) is None
        server.start()
        await _until(counters, up=True)
        assert await counters.add("a", 60) == (1, 60.0)


async def _calls(redis: Redis) -> int:
    """Return how many scripts were called until now."""
    commands = await redis.info("commandstats")
    return sum(int(commands[name]["calls"]) for name in ("cmdstat_eval", "cmdstat_evalsha") if name in commands)


async def test_those_who_come_at_once_are_counted_together(server: RedisServer) -> None:
    async with _counters(server) as counters, Redis.from_url(server.url) as redis:
        # Whoever is first has the script loaded.
        await counters.add("first", 60)
        before = await _calls(redis)
        names = ["a", "b", "b", *map(str, range(297))]
        found = await asyncio.gather(*(counters.add(name, 60) for name in names))
        assert found == [(1, 60.0), (1, 60.0), (2, 60.0), *[(1, 60.0)] * 297]
        assert await _calls(redis) - before <= 3


async def test_who_leaves_while_it_is_counted_harms_nobody_else(server: RedisServer) -> None:
    async with _counters(server) as counters:
        for _ in range(3):
            adding = [asyncio.create_task(counters.add("a", 60)) for _ in range(9)]
            await asyncio.sleep(0)
            for leaving in adding[::2]:
                leaving.cancel()
            found = await asyncio.gather(*adding, return_exceptions=True)
            assert [isinstance(one, asyncio.CancelledError) for one in found] == [True, False] * 4 + [True]
            assert None not in found
        assert await counters.add("b", 60) == (1, 60.0)


async def test_all_who_wait_for_a_server_that_hangs_are_told_at_once(server: RedisServer) -> None:
    async with _counters(server, answer_seconds=1.0) as counters:
        await _until(counters, up=True)
        server.freeze()
        try:
            first = asyncio.create_task(counters.add("a", 60))
            await asyncio.sleep(0)
            found = await asyncio.gather(first, *(counters.add(str(number), 60) for number in range(300)))
        finally:
            server.thaw()
        assert set(found) == {None}
