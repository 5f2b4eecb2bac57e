"""Counters that processes share in Redis or Valkey, and a circuit breaker that keeps its outages out of requests."""

from __future__ import annotations

import asyncio
import hmac
import logging
from hashlib import sha256
from typing import Final, Protocol

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from impl.kernel.errors import Unavailable

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
_CONNECTIONS: Final = 32
_PROBE_SECONDS: Final = 0.25
_PROBE_ANSWER_SECONDS: Final = 1.0
_FAILURES: Final = (RedisError, OSError, TimeoutError)
_log = logging.getLogger("hestami.redis")


class SharedCounters(Protocol):
    """Counters of all processes."""

    @property
    def is_up(self) -> bool: ...

    async def add(self, name: str, seconds: int) -> tuple[int, float] | None:
        """Count one more in the window of this name; return the count and the seconds left, None during an outage."""
        ...


class RedisCounters:
    """Counters in Redis.

    The first failure opens the circuit: requests go on without, and `run` looks for the server's return.
    """

    def __init__(self, url: str, *, secret: bytes, answer_seconds: float) -> None:
        self._secret = secret
        self._answer_seconds = answer_seconds
        self._pool = BlockingConnectionPool.from_url(
            url,
            max_connections=_CONNECTIONS,
            timeout=_PROBE_ANSWER_SECONDS,
            socket_connect_timeout=_PROBE_ANSWER_SECONDS,
            socket_timeout=_PROBE_ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        self._redis = Redis(connection_pool=self._pool)
        self._script = self._redis.register_script(_ADD)
        self._is_up = False
        self._lost = asyncio.Event()
        self._lost.set()

    @property
    def is_up(self) -> bool:
        return self._is_up

    def key(self, name: str) -> str:
        """Return the key of a window: a hash instead of an address or an account, tagged for one slot of a cluster."""
        return f"hestami:limit:{{{hmac.new(self._secret, name.encode(), sha256).hexdigest()[:32]}}}"

    async def add(self, name: str, seconds: int) -> tuple[int, float] | None:
        if not self._is_up:
            return None
        try:
            async with asyncio.timeout(self._answer_seconds):
                count, left = await self._script(keys=[self.key(name)], args=[seconds * 1000])
        except _FAILURES as error:
            if self._is_up:
                self._is_up = False
                self._lost.set()
                _log.warning("Redis does not answer, limits count in each process: %s", type(error).__qualname__)
            return None
        return count, left / 1000

    async def probe(self) -> bool:
        """Ask the server for a sign of life, and close the circuit if there is one."""
        try:
            async with asyncio.timeout(_PROBE_ANSWER_SECONDS):
                # Those that were open may lead to a server that is gone.
                await self._pool.disconnect(inuse_connections=False)
                await self._script(keys=[self.key("probe")], args=[1000])
        except _FAILURES:
            return False
        self._lost.clear()
        self._is_up = True
        _log.info("Redis answers, limits are shared")
        return True

    async def require_up(self) -> None:
        """Raise Unavailable when limits are not shared at this moment, or the server does not answer."""
        if self._is_up:
            try:
                async with asyncio.timeout(_PROBE_ANSWER_SECONDS):
                    await self._redis.ping()
            except _FAILURES as error:
                raise Unavailable(f"Redis does not answer: {type(error).__qualname__}.") from error
            return
        raise Unavailable("Redis does not answer, limits count in each process.")

    async def run(self) -> None:
        """Look for the server's return whenever it is lost, beside the requests."""
        while True:
            await self._lost.wait()
            if not await self.probe():
                await asyncio.sleep(_PROBE_SECONDS)

    async def close(self) -> None:
        await self._redis.aclose()
        await self._pool.disconnect()
