"""Counters that processes share in Redis or Valkey."""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Final, Protocol

from impl.gateways.redis_circuit import RedisCircuit, RedisOutage

# A key that has lost its time to live gets one again, so that no window lasts for ever.
_ADD: Final = """
local count = redis.call('INCR', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  left = tonumber(ARGV[1])
  redis.call('PEXPIRE', KEYS[1], left)
end
return {count, left}
"""


class SharedCounters(Protocol):
    """Counters of all processes."""

    async def add(self, name: str, seconds: int) -> tuple[int, float] | None:
        """Count one more in the window of this name; return the count and the seconds left, None during an outage."""
        ...


class RedisCounters:
    """Counters in Redis."""

    def __init__(self, circuit: RedisCircuit, *, secret: bytes) -> None:
        self._circuit = circuit
        self._secret = secret
        self._script = circuit.script(_ADD)

    def key(self, name: str) -> str:
        """Return the key of a window: a hash instead of an address or an account, tagged for one slot of a cluster."""
        return f"hestami:limit:{{{hmac.new(self._secret, name.encode(), sha256).hexdigest()[:32]}}}"

    async def add(self, name: str, seconds: int) -> tuple[int, float] | None:
        try:
            count, left = await self._circuit.ask(lambda: self._script(keys=[self.key(name)], args=[seconds * 1000]))
        except RedisOutage:
            return None
        return count, left / 1000
