"""Checks of connections: a time limit for opening one, and a question to each that was idle before it is used.

Firewalls, balancers and proxies drop an idle connection without telling either end: what is sent on it is lost, and no
error comes. Only a missing answer shows it, and the time-out of a statement is far too long to wait for it.
"""

import asyncio
import logging
import random
import socket
from collections.abc import Callable, Coroutine
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

import asyncpg
from sqlalchemy import event
from sqlalchemy.engine import AdaptedConnection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, Pool, PoolProxiedConnection

from impl.kernel.database_errors import DRIVER_ERRORS
from impl.kernel.engines.connection_options import ConnectionOptions
from impl.kernel.engines.idle_connections import IdleConnections

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    type _Driver = asyncpg.Connection | PoolConnectionProxy[asyncpg.Record]

type Connect = Callable[..., Coroutine[Any, Any, asyncpg.Connection]]

# For a path without a proxy: seconds that sent bytes may stay unconfirmed, and until a silent peer is asked for a sign.
_UNCONFIRMED_SECONDS: Final = 10
_SILENT_SECONDS: Final = 5
_ASKED_EVERY_SECONDS: Final = 2
_ASKED_TIMES: Final = 3
# Errors of a server that is about to go, or has gone, or is not yet there; or is no primary where one is asked for.
_ABSENT: Final = (
    ConnectionError,
    FileNotFoundError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.CrashShutdownError,
    asyncpg.TargetServerAttributeNotMatched,
)
_PAUSE_SECONDS: Final = 0.1
_log = logging.getLogger("hestami.database")


class ServerSilent(ConnectionError):
    """Raised in place of a connection to a server that is known to give no sign of life."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Time limits in seconds: idle time without a check, the answer to one, and the whole opening of a connection.

    `outage` is for how long from its loss a server is waited for that has answered before and refuses connections now.
    """

    idle: float = 1.0
    answer: float = 1.0
    opening: float = 30.0
    outage: float = 0.0


def is_closed(connection: "_Driver") -> bool:
    """Return whether the driver knows that a connection has ended."""
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:
        # asyncpg's pool has noticed the end and taken the connection back.
        return True


def end(connection: "_Driver") -> None:
    """Close a connection at once and give its place in asyncpg's pool free; waits for nothing."""
    with suppress(asyncpg.InterfaceError):
        connection.terminate()


async def answers(connection: "_Driver", seconds: float) -> bool:
    """Return whether the server answers in time; ends the connection otherwise, which waits for nothing."""
    try:
        await connection.execute("SELECT 1", timeout=seconds)
    except BaseException as error:
        end(connection)
        if not isinstance(error, DRIVER_ERRORS):
            raise
        return False
    return True


def keep_alive(connection: asyncpg.Connection) -> None:
    """Let the system notice a peer that has gone, where it can: by what stays unconfirmed, and by asking the silent."""
    given = connection._transport.get_extra_info("socket")  # type: ignore[attr-defined]  # noqa: SLF001 - the driver has no other way to its socket
    if given is None or given.family == socket.AF_UNIX:
        return
    given.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (
        ("TCP_KEEPIDLE", _SILENT_SECONDS),
        ("TCP_KEEPINTVL", _ASKED_EVERY_SECONDS),
        ("TCP_KEEPCNT", _ASKED_TIMES),
        ("TCP_USER_TIMEOUT", _UNCONFIRMED_SECONDS * 1000),
    ):
        if hasattr(socket, option):
            given.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)


class Openings:
    """Opens connections for the pools, and closes the socket of each that is not open and set up in time.

    A pool sets a connection up with statements: codecs, and questions about the server. These know the time limit of a
    statement only, and whoever waits for the pool waits as long.

    A server that lets an opening take too long, and has let none succeed since it began, is taken for one that hangs:
    until it gives a sign of life, which is looked for beside the requests, each of them waits no longer than `answer`.
    """

    def __init__(self, connect: Connect, seconds: float, *, outage: float = 0.0, answer: float = 1.0) -> None:
        """Take what opens a connection, and the seconds that this, an outage of the server, and a sign may take."""
        self._connect = connect
        self._seconds = seconds
        self._outage = outage
        self._answer = answer
        # Openings under way, with their beginnings; and when the last one succeeded.
        self._under_way: dict[asyncio.Timeout, float] = {}
        self._succeeded_at = -inf
        # Set when a server that was silent is heard again.
        self._heard: asyncio.Event | None = None
        self._listening: asyncio.Task[None] | None = None
        self._has_connected = False
        self._lost_at: float | None = None
        self._limits: dict[asyncpg.Connection, asyncio.TimerHandle] = {}

    async def connect(self, *arguments: object, **options: object) -> asyncpg.Connection:
        """Return a connection, which is closed again unless `finish` is called in time; raises TimeoutError.

        A server that restarts, or whose standby takes its place, is waited for.
        """
        while True:
            await self._until_heard()
            try:
                connection = await self._open(arguments, options)
            except _ABSENT:
                if not self._is_expected_back():
                    raise
            else:
                self._has_connected, self._lost_at = True, None
                return connection
            await asyncio.sleep(random.uniform(_PAUSE_SECONDS / 2, _PAUSE_SECONDS))  # noqa: S311 - nothing to guess

    def _is_expected_back(self) -> bool:
        """Return whether a server that was there before may be back in a moment; measured from its loss."""
        now = monotonic()
        if self._lost_at is None:
            self._lost_at = now
        return self._has_connected and now - self._lost_at < self._outage

    async def _open(self, arguments: tuple[object, ...], options: dict[str, object]) -> asyncpg.Connection:
        loop = asyncio.get_running_loop()
        began = loop.time()
        limit = began + self._seconds
        try:
            async with asyncio.timeout_at(limit) as bound:
                self._under_way[bound] = began
                try:
                    connection = await self._connect(*arguments, timeout=self._seconds, **options)
                finally:
                    del self._under_way[bound]
        except TimeoutError:
            self.note_silence(began)
            raise
        self._succeeded_at = loop.time()
        self._limits[connection] = loop.call_at(limit, self._give_up, connection)
        return connection

    @property
    def is_silent(self) -> bool:
        """Return whether the server is known to give no sign of life."""
        return self._heard is not None

    def note_silence(self, since: float) -> None:
        """Note that an opening that began at this time of the loop was given up; those under way then end soon."""
        if self._heard is not None or self._succeeded_at > since:
            return
        loop = asyncio.get_running_loop()
        self._heard = asyncio.Event()
        # It works for all requests, and goes on when that of the first one has ended.
        self._listening = loop.create_task(self._listen(self._heard), context=Context())
        for bound, began in self._under_way.items():
            limit = bound.when()
            if limit is not None and not bound.expired():
                bound.reschedule(min(limit, max(loop.time(), began + self._answer)))
        _log.warning("the database gives no sign of life: requests wait for one no longer than %g s", self._answer)

    async def _until_heard(self) -> None:
        if self._heard is not None:
            try:
                async with asyncio.timeout(self._answer):
                    await self._heard.wait()
            except TimeoutError:
                raise ServerSilent("it gives no sign of life") from None

    async def _listen(self, heard: asyncio.Event) -> None:
        """Look for a sign of life with all the patience that an opening has, as often as it takes."""
        while True:
            try:
                async with asyncio.timeout(self._seconds):
                    connection = await self._connect(timeout=self._seconds)
            except TimeoutError:
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            except Exception:  # noqa: BLE001 - whatever it says, it says something; requests hear of it themselves
                break
            end(connection)
            break
        self._heard = None
        heard.set()
        _log.warning("the database gives signs of life again")

    def finish(self, connection: asyncpg.Connection) -> None:
        """Let a connection live on that is set up; does nothing for one that has been given up."""
        limit = self._limits.pop(connection, None)
        if limit is not None:
            limit.cancel()

    def close(self) -> None:
        """Close the connections that are being set up, and look for no sign of life."""
        if self._listening is not None:
            self._listening.cancel()
        for connection in tuple(self._limits):
            self.finish(connection)
            end(connection)

    def _give_up(self, connection: asyncpg.Connection) -> None:
        del self._limits[connection]
        end(connection)


class PoolChecks:
    """Keeps SQLAlchemy's pool from handing out dead connections, and those older than a loss of all of them."""

    def __init__(self, pool: Pool, openings: Openings, options: ConnectionOptions, patience: Patience) -> None:
        """Listen to the pool, after its engine, which sets connections up."""
        self._openings = openings
        self._patience = patience
        # That of connections which may still be given out.
        self._generation = object()
        # The pool opens a connection that was closed meanwhile when it comes to its place.
        self._idle = IdleConnections[ConnectionPoolEntry](options.size, options.burst, lambda entry: entry.invalidate())
        event.listen(pool, "connect", self._connected)
        event.listen(pool, "checkout", self._checked_out)
        event.listen(pool, "checkin", self._checked_in)
        event.listen(pool, "close", self._closed)

    def expire(self) -> None:
        """Let no connection that is open now be given out again."""
        self._generation = object()

    def close(self) -> None:
        """Leave the connections to the pool."""
        self._idle.clear()

    def _connected(self, connection: AdaptedConnection, entry: ConnectionPoolEntry) -> None:
        self._openings.finish(connection.driver_connection)
        entry.info.update(generation=self._generation, used=monotonic())

    def _checked_in(self, connection: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
        entry.info["used"] = monotonic()
        if connection is not None:
            self._idle.add(entry)

    def _checked_out(
        self, connection: AdaptedConnection, entry: ConnectionPoolEntry, _proxy: PoolProxiedConnection
    ) -> None:
        self._idle.discard(entry)
        # The pool reconnects once when it gets a DisconnectionError.
        if connection.driver_connection.is_closed() or entry.info["generation"] is not self._generation:
            raise DisconnectionError
        if monotonic() - entry.info["used"] < self._patience.idle:
            return
        if not connection.run_async(lambda driver: answers(driver, self._patience.answer)):
            self.expire()
            raise DisconnectionError

    @staticmethod
    def _closed(connection: AdaptedConnection, _entry: ConnectionPoolEntry) -> None:
        # Terminated, because nothing is in progress, and a graceful close takes two seconds when the server is gone.
        connection.driver_connection.terminate()
