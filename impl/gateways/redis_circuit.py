"""Connection to Redis or Valkey, one server or a cluster, with a circuit breaker that keeps outages out of requests."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from redis.asyncio import ConnectionPool, Redis, RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisClusterException, RedisError

from impl.kernel import tracing
from impl.kernel.errors import Unavailable

if TYPE_CHECKING:
    from redis.commands.core import AsyncScript

# Calls at once, of which each has a connection. The pool has more of them, for probes: it refuses where this lets wait,
# and the library's pool that lets wait takes a quarter of what a call costs.
_CALLS: Final = 64
_CONNECTIONS: Final = 2 * _CALLS
# A cluster's client refuses at once where the other one lets wait, so this is a bound for what goes wrong only.
_CONNECTIONS_OF_A_NODE: Final = 1024
_PROBE_SECONDS: Final = 0.25
_CONNECT_SECONDS: Final = 1.0
# Turns of the event loop in which an answer that has arrived reaches whoever waits for it: four where the connection is
# there, and up to 31 were counted where it has to be opened. A cluster is asked for its map as well.
_TURNS: Final = 32
_PROBE_TURNS: Final = 128
_PROBE_KEY: Final = "hestami:probe"
# The second is no kind of the first: a cluster of which no node answers, or none has the slot.
_FAILURES: Final = (RedisError, RedisClusterException, OSError, TimeoutError)
CALL: Final = {"db.system.name": "redis"}
_log = logging.getLogger("hestami.redis")


@asynccontextmanager
async def _answering(seconds: float, turns: int = _TURNS) -> AsyncIterator[None]:
    """Limit the wait for a response, without the time in which this process was too busy to read it.

    In a process that is busy, an answer that came at once is read late. Some turns of the event loop, which on an idle
    one take no time, part that from a server that is slow; otherwise a rush would switch off what helps against it.
    """
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(None) as bound:
        timer: asyncio.Handle = loop.call_later(seconds, lambda: take_turn(turns))

        def take_turn(left: int) -> None:
            nonlocal timer
            if left:
                timer = loop.call_soon(take_turn, left - 1)
            else:
                bound.reschedule(loop.time())

        try:
            yield
        finally:
            timer.cancel()


class RedisOutage(Exception):
    """Raised instead of an answer, without a wait when the server is known to be out."""


class RedisCircuit:
    """Client of Redis for all who need it in a process.

    The first failure opens the circuit: requests go on without, and `run` looks for the server's return.
    """

    def __init__(self, url: str, *, answer_seconds: float, is_cluster: bool = False) -> None:
        self.is_cluster = is_cluster
        self.answer_seconds = answer_seconds
        """Seconds for which an answer is waited for."""
        self._calls = asyncio.Semaphore(_CALLS)
        self._client = _cluster(url) if is_cluster else _single(url)
        self._is_up = self._is_noted = False
        self._lost = asyncio.Event()
        self._lost.set()

    @property
    def is_up(self) -> bool:
        return self._is_up

    @property
    def client(self) -> Redis | RedisCluster:
        """Return the client, whose commands belong into `ask`."""
        return self._client

    def script(self, text: str) -> AsyncScript:
        """Return a script of the server, whose calls belong into `ask`."""
        return self._client.register_script(text)

    async def ask[T](self, command: Callable[[], Awaitable[T]]) -> T:
        """Return the server's response; raise RedisOutage if it is late, and at once while the circuit is open."""
        if not self._is_up:
            raise RedisOutage
        try:
            with tracing.span("redis", CALL):
                async with _answering(self.answer_seconds), self._calls:
                    return await command()
        except _FAILURES as error:
            self._open(error)
            raise RedisOutage from error

    async def probe(self) -> bool:
        """Ask the server for a sign of life, and close the circuit if one comes as soon as requests need it."""
        try:
            # By turns as well: a process that is busy because it does without the server must find it all the same.
            async with _answering(_CONNECT_SECONDS, _PROBE_TURNS):
                # Those that were open may lead to a server that is gone.
                await self._disconnect()
                await self._ping()
            async with _answering(self.answer_seconds):
                await self._ping()
        except _FAILURES as error:
            self._note(error)
            return False
        self._lost.clear()
        self._is_up, self._is_noted = True, False
        _log.info("Redis answers, processes share what it holds")
        return True

    async def require_up(self) -> None:
        """Raise Unavailable when requests do without the server at this moment, or it does not answer."""
        if not self._is_up:
            raise Unavailable("Redis does not answer, each process goes on by itself.")
        try:
            async with _answering(_CONNECT_SECONDS):
                await self._ping()
        except _FAILURES as error:
            raise Unavailable(f"Redis does not answer: {type(error).__qualname__}.") from error

    async def run(self) -> None:
        """Look for the server's return whenever it is lost, beside the requests."""
        while True:
            await self._lost.wait()
            if not await self.probe():
                await asyncio.sleep(_PROBE_SECONDS)

    async def close(self) -> None:
        await self._client.aclose()

    def _open(self, error: Exception) -> None:
        if self._is_up:
            self._is_up = False
            self._lost.set()
        self._note(error)

    def _note(self, error: Exception) -> None:
        """Log an outage once, by the class of the error, because its text may contain sent data."""
        if not self._is_noted:
            self._is_noted = True
            _log.warning("Redis does not answer, each process goes on by itself: %s", type(error).__qualname__)

    async def _disconnect(self) -> None:
        if isinstance(self._client, RedisCluster):
            # It learns anew which node has which slots.
            await self._client.aclose()
        else:
            await self._client.connection_pool.disconnect(inuse_connections=False)

    async def _ping(self) -> None:
        if isinstance(self._client, RedisCluster):
            await self._client.ping(target_nodes=RedisCluster.PRIMARIES)
        # Asks for a key, which a node refuses while its cluster is not whole, and PING it answers all the same.
        await self._client.exists(_PROBE_KEY)


def _single(url: str) -> Redis:
    pool = ConnectionPool.from_url(url, max_connections=_CONNECTIONS, **_options())
    client = Redis(connection_pool=pool)
    client.auto_close_connection_pool = True
    return client


def _cluster(url: str) -> RedisCluster:
    return RedisCluster.from_url(url, max_connections=_CONNECTIONS_OF_A_NODE, **_options())


def _options() -> dict[str, Any]:
    # Never tried again by the library: a request has no time for it, and `run` tries for all of them.
    # Nor are connecting, reading and writing bounded by it: whoever calls has a bound for all of them.
    return {"socket_connect_timeout": None, "socket_timeout": None, "retry": Retry(NoBackoff(), 0)}
