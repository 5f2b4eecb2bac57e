"""Cost of a count in Redis, by how many requests of a process are counted at once: of the process, and of Redis."""

from __future__ import annotations

import asyncio
import os
import time
from itertools import count
from typing import Final

import uvloop
from redis import Redis

from bench.scaling import seconds_of
from impl.gateways.counters import RedisCounters
from impl.gateways.redis_circuit import RedisCircuit
from tests.harness.redis import redis_server

_AT_ONCE: Final = (1, 4, 8, 32, 128)
_SECONDS: Final = 2.0
_NAMES: Final = 500
_MICROSECONDS: Final = 1_000_000


async def _measure() -> None:
    with redis_server() as server:
        with Redis.from_url(server.url) as client:
            pid = int(client.info("server")["process_id"])
        circuit = RedisCircuit(server.url, answer_seconds=60.0)
        await circuit.probe()
        counters = RedisCounters(circuit, secret=os.urandom(32))
        print("| counted at once | of the process, us | of Redis, us |\n|---|---|---|")
        for at_once in _AT_ONCE:
            numbers, ends = count(), time.monotonic() + _SECONDS

            async def add(numbers: count[int] = numbers, ends: float = ends) -> None:
                while time.monotonic() < ends:
                    if await counters.add(f"window {next(numbers) % _NAMES}", 60) is None:
                        raise RuntimeError("Redis does not answer")

            ours, theirs = time.process_time(), seconds_of(pid)
            await asyncio.gather(*(add() for _ in range(at_once)))
            done = next(numbers)
            ours, theirs = time.process_time() - ours, seconds_of(pid) - theirs
            print(f"| {at_once} | {ours / done * _MICROSECONDS:.0f} | {theirs / done * _MICROSECONDS:.1f} |")
        await circuit.close()


if __name__ == "__main__":
    uvloop.run(_measure())
