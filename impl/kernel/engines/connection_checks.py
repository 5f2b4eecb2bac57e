"""Checks of connections: a time limit for opening one, and a question to each that was idle before it is used.

Firewalls, balancers and proxies drop an idle connection without telling either end: what is sent on it is lost, and no
error comes. Only a missing answer shows it, and the time-out of a statement is far too long to wait for it.
"""

import asyncio
import logging
import random
import socket
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

import asyncpg

from impl.kernel.database_errors import DRIVER_ERRORS

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
_SILENCE: Final = "it gives no sign of life"
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


def keep_alive(connection: asyncpg.Connection) -> None:
    """Have the system detect a dead peer where it can: by unconfirmed packets and by keep-alive probes."""
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


@dataclass(slots=True, eq=False)
class _Opening:
    """Opening under way, and how many answers had come when it was last looked at.

    It is late when it has taken twice as long as an answer may, and no answer to anything has come meanwhile.
    """

    bound: asyncio.Timeout
    began: float
    answers: int
    timer: asyncio.TimerHandle | None = None
    is_late: bool = False


class Openings:
    """Opens connections for the pools, and closes the socket of each that is not open and set up in time.

    A pool sets a connection up with statements: codecs, and questions about the server. These know the time limit of a
    statement only, and whoever waits for the pool waits as long.

    A server is taken for one that hangs when an opening is given up, and none has succeeded since it began; or sooner,
    when an opening is late, an open connection was asked for a sign in vain, and no answer to anything has come since
    either began. Until it gives a sign of life, which is looked for beside the requests, each of them waits no longer
    than `answer`.
    """

    def __init__(self, connect: Connect, seconds: float, *, answer: float, outage: float = 0.0) -> None:
        """Take the function that opens connections, and the seconds for opening, a sign of life and an outage."""
        self._connect = connect
        self._seconds = seconds
        self._outage = outage
        self._answer = answer
        self._under_way: set[_Opening] = set()
        # When the last one succeeded.
        self._succeeded_at = -inf
        # Answers of the server to anything; and how many there were as the last question was asked that got none.
        self._answers = 0
        self._answers_before_silence: int | None = None
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
            if self.is_silent and self.is_asked_in_vain:
                # Whoever has come so far has waited already.
                raise ServerSilent(_SILENCE)
            await self._await_sign()
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
        limit = loop.time() + self._seconds
        connection = await self._within(limit, arguments, options)
        self._limits[connection] = loop.call_at(limit, self._give_up, connection)
        return connection

    async def _within(
        self, limit: float, arguments: tuple[object, ...], options: dict[str, object]
    ) -> asyncpg.Connection:
        """Open a connection until a time of the loop; raises TimeoutError, or ServerSilent where others found that."""
        began = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout_at(limit) as bound:
                opening = _Opening(bound, began, self._answers)
                self._under_way.add(opening)
                self._await_lateness(opening)
                try:
                    connection = await self._connect(*arguments, timeout=self._seconds, **options)
                finally:
                    self._under_way.discard(opening)
                    if opening.timer is not None:
                        opening.timer.cancel()
        except TimeoutError:
            if self.is_silent:
                raise ServerSilent(_SILENCE) from None
            self._note_given_up(began)
            raise
        self._succeeded_at = asyncio.get_running_loop().time()
        self.note_answer()
        return connection

    async def ask_beside[A](self, ask: Callable[[asyncpg.Connection], Awaitable[A]]) -> A:
        """Run a query on a connection outside the pools; raises TimeoutError, or ServerSilent."""
        limit = asyncio.get_running_loop().time() + (self._answer if self.is_silent else self._seconds)
        connection = await self._within(limit, (), {"statement_cache_size": 0})
        try:
            async with asyncio.timeout_at(limit):
                return await ask(connection)
        finally:
            connection.terminate()

    async def answers(self, connection: "_Driver", seconds: float) -> bool:
        """Return whether the server answers in time; ends the connection otherwise, which waits for nothing."""
        before = self._answers
        try:
            await connection.execute("SELECT 1", timeout=seconds)
        except BaseException as error:
            end(connection)
            if not isinstance(error, DRIVER_ERRORS):
                raise
            if isinstance(error, TimeoutError):
                self._answers_before_silence = before
                self._judge()
            return False
        self.note_answer()
        return True

    @property
    def answers_heard(self) -> int:
        """Return the number of answers that the server has sent so far."""
        return self._answers

    @property
    def is_asked_in_vain(self) -> bool:
        """Return whether a check of an open connection has failed, and the server has sent nothing since."""
        return self._answers_before_silence == self._answers

    def note_answer(self) -> None:
        """Record that the server has answered, and so works."""
        self._answers += 1

    @property
    def is_silent(self) -> bool:
        """Return whether the server is known to give no sign of life."""
        return self._heard is not None

    def _await_lateness(self, opening: _Opening) -> None:
        opening.timer = asyncio.get_running_loop().call_later(2 * self._answer, self._look_at, opening)

    def _look_at(self, opening: _Opening) -> None:
        if opening.answers == self._answers:
            opening.is_late = True
            self._judge()
        else:
            opening.answers = self._answers
            self._await_lateness(opening)

    def _judge(self) -> None:
        """Treat the server as hanging if it has sent nothing, on an open connection or another one."""
        if self.is_asked_in_vain and any(one.is_late and one.answers == self._answers for one in self._under_way):
            self._fall_silent()

    def _note_given_up(self, since: float) -> None:
        """Record that an opening, begun at this time of the loop, was given up."""
        if self._succeeded_at <= since:
            self._fall_silent()

    def _fall_silent(self) -> None:
        """Treat the server as hanging; openings under way end soon."""
        if self._heard is not None:
            return
        loop = asyncio.get_running_loop()
        self._heard = asyncio.Event()
        # It works for all requests, and goes on when that of the first one has ended.
        self._listening = loop.create_task(self._listen(self._heard), context=Context())
        for opening in self._under_way:
            limit = opening.bound.when()
            if limit is not None and not opening.bound.expired():
                opening.bound.reschedule(min(limit, max(loop.time(), opening.began + self._answer)))
        _log.warning("the database does not respond: requests wait no longer than %g s", self._answer)

    async def until_heard(self) -> None:
        """Wait a moment for a sign of a server from which nothing comes at all; raises ServerSilent if it is in vain.

        Before whoever asks takes a place, so that as many as there are wait no longer than one of them.
        """
        if self.is_asked_in_vain:
            await self._await_sign()

    async def _await_sign(self) -> None:
        if self._heard is not None:
            try:
                async with asyncio.timeout(self._answer):
                    await self._heard.wait()
            except TimeoutError:
                raise ServerSilent(_SILENCE) from None

    async def _listen(self, heard: asyncio.Event) -> None:
        """Probe the server until it gives a sign of life, each time as long as an opening may take."""
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
        _log.warning("the database responds again")

    def finish(self, connection: asyncpg.Connection) -> None:
        """Keep a connection that is set up; does nothing for one that was given up."""
        limit = self._limits.pop(connection, None)
        if limit is not None:
            limit.cancel()

    def close(self) -> None:
        """Close the connections that are being set up, and stop probing."""
        if self._listening is not None:
            self._listening.cancel()
        for connection in tuple(self._limits):
            self.finish(connection)
            end(connection)

    def _give_up(self, connection: asyncpg.Connection) -> None:
        del self._limits[connection]
        end(connection)
