"""Counters that processes share in Redis or Valkey."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Iterable
from contextvars import Context
from dataclasses import dataclass
from itertools import repeat
from typing import Final, Protocol

from impl.gateways.redis_circuit import CALL, RedisCircuit, RedisOutage
from impl.kernel import tracing

# For each key its count and the milliseconds left. A key that has lost its time to live gets one again, so that no
# window lasts for ever.
_ADD: Final = """
local found = {}
for place, key in ipairs(KEYS) do
  local count = redis.call('INCR', key)
  local left = redis.call('PTTL', key)
  if left < 0 then
    left = tonumber(ARGV[place])
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

    async def add(self, name: str, seconds: int) -> tuple[int, float] | None:
        """Count one more in the window of this name; return the count and the seconds left, None during an outage."""
        ...


@dataclass(frozen=True, slots=True)
class _Hit:
    """Request that waits to be counted."""

    key: str
    milliseconds: int
    counted: asyncio.Future[tuple[int, int] | None]


class RedisCounters:
    """Counters in Redis.

    Requests that come while others are counted wait for their answer, and are then counted together by one call: the
    client takes more of the processor for a call than the server for a hundred counts.
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

    async def add(self, name: str, seconds: int) -> tuple[int, float] | None:
        if not self._circuit.is_up:
            return None
        loop = asyncio.get_running_loop()
        hit = _Hit(self.key(name), seconds * 1000, loop.create_future())
        if self._circuit.is_cluster:
            # The keys of a script must be of one slot.
            await self._count([hit])
        else:
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
            keys, args = [hit.key for hit in hits], [hit.milliseconds for hit in hits]
            found = await self._circuit.ask(lambda: self._script(keys=keys, args=args))
        except RedisOutage:
            pass
        finally:
            _settle(hits, repeat(None) if found is None else zip(found[::2], found[1::2], strict=True))


def _settle(hits: Iterable[_Hit], counted: Iterable[tuple[int, int] | None]) -> None:
    for hit, one in zip(hits, counted, strict=False):
        # A request whose client has gone is cancelled.
        if not hit.counted.done():
            hit.counted.set_result(one)
