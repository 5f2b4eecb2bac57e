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
