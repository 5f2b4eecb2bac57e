"""Counters that processes share in Redis or Valkey."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Iterable
from contextvars import Context
from dataclasses import dataclass
from itertools import repeat
from typing import Final, Protocol

from redis.asyncio import RedisCluster
from redis.exceptions import NoScriptError

from impl.gateways.redis_circuit import CALL, RedisCircuit, RedisOutage
from impl.kernel import tracing

# For each key its count and the milliseconds left. A key that has lost its time to live gets one again, so that no
# window lasts for ever.
_ADD: Final = """
local found = {}
for place, key in ipairs(KEYS) do
  local count = redis.call('INCRBY', key, ARGV[2 * place - 1])
  local left = redis.call('PTTL', key)
  if left < 0 then
    left = tonumber(ARGV[2 * place])
    redis.call('PEXPIRE', key, left)
  end
  found[2 * place - 1], found[2 * place] = count, left
end
return found
"""
# A script keeps everybody else waiting, and this many take it a fifth of a millisecond.
_BATCH_MAX: Final = 128


class SharedCounters(Protocol):
    """Counters of all processes."""

    async def add(self, name: str, seconds: int, amount: int = 1) -> tuple[int, float] | None:
        """Count so many more in a window; return its count and the seconds left, None during an outage."""
        ...


@dataclass(frozen=True, slots=True)
class _Hit:
    """Request that waits to be counted."""

    key: str
    amount: int
    milliseconds: int
    counted: asyncio.Future[tuple[int, int] | None]


class RedisCounters:
    """Counters in Redis.

    Requests that come while others are counted wait for their answer, and are then counted together, by one call, or
    by one for each node of a cluster: the client takes more of the processor for a call than the server for a hundred
    counts.
    """

    def __init__(self, circuit: RedisCircuit, *, secret: bytes) -> None:
        self._circuit = circuit
        self._secret = secret
        self._script = circuit.script(_ADD)
        self._waiting: list[_Hit] = []
        self._counting: asyncio.Task[None] | None = None

    def key(self, name: str) -> str:
        """Return the key of a window: a hash instead of an address or an account, tagged for one slot of a cluster."""
        return f"hestami:limit:{{{hmac.digest(self._secret, name.encode(), 'sha256').hex()[:32]}}}"

    async def add(self, name: str, seconds: int, amount: int = 1) -> tuple[int, float] | None:
        if not self._circuit.is_up:
            return None
        loop = asyncio.get_running_loop()
        hit = _Hit(self.key(name), amount, seconds * 1000, loop.create_future())
        self._waiting.append(hit)
        if self._counting is None:
            # Without the context of the request that begins it, and that it outlives: it has no span in a trace.
            self._counting = loop.create_task(self._count_all(), context=Context())
        with tracing.span("redis", CALL):
            await hit.counted
        counted = hit.counted.result()
        return None if counted is None else (counted[0], counted[1] / 1000)

    async def _count_all(self) -> None:
        try:
            while self._waiting:
                waiting, self._waiting = self._waiting[:_BATCH_MAX], self._waiting[_BATCH_MAX:]
                await self._count(waiting)
        finally:
            self._counting = None
            # None are left unless it was cancelled or an unexpected error ended it; no request waits for ever then.
            left, self._waiting = self._waiting, []
            _settle(left, repeat(None))

    async def _count(self, hits: list[_Hit]) -> None:
        """Count them by one call, and settle what each waits for: with None during an outage."""
        found: list[int] | None = None
        try:
            found = await self._circuit.ask(lambda: self._add(hits))
        except RedisOutage:
            pass
        finally:
            _settle(hits, repeat(None) if found is None else zip(found[::2], found[1::2], strict=True))

    async def _add(self, hits: list[_Hit]) -> list[int]:
        """Return the count and the milliseconds left of each."""
        client = self._circuit.client
        if not isinstance(client, RedisCluster) or len(hits) == 1:
            counted: list[int] = await self._script(
                keys=[hit.key for hit in hits],
                args=[number for hit in hits for number in (hit.amount, hit.milliseconds)],
            )
            return counted
        answers = await _pipelined(client, self._script.sha, hits)
        lacking = [place for place, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
        if lacking:
            # To all nodes, also to one that has just started.
            await client.script_load(_ADD)
            again = await _pipelined(client, self._script.sha, [hits[place] for place in lacking])
            for place, answer in zip(lacking, again, strict=True):
                answers[place] = answer
        return [number for answer in answers for number in _whole(answer)]


async def _pipelined(client: RedisCluster, script: str, hits: list[_Hit]) -> list[list[int] | Exception]:
    """Count each by a command of its own, as keys of one script must be of one slot; a node gets its own at once."""
    pipeline = client.pipeline()
    for hit in hits:
        # Not `evalsha`, which the library refuses here, since nobody has told the nodes the script.
        pipeline.execute_command("EVALSHA", script, 1, hit.key, hit.amount, hit.milliseconds)  # type: ignore[unused-awaitable]  # sent by `execute`
    answers: list[list[int] | Exception] = await pipeline.execute(raise_on_error=False)
    return answers


def _whole(answer: list[int] | Exception) -> list[int]:
    if isinstance(answer, Exception):
        raise answer
    return answer


def _settle(hits: Iterable[_Hit], counted: Iterable[tuple[int, int] | None]) -> None:
    for hit, one in zip(hits, counted, strict=False):
        # A request whose client has gone is cancelled.
        if not hit.counted.done():
            hit.counted.set_result(one)
