"""Watch over statements that run long: ends the connection of one on which the server is not at work.

A connection may be lost while a statement runs, and a proxy in between that lives on goes on confirming what it then
throws away: neither end, nor TCP, ever learns of it. The server itself knows best. When an answer takes long, it is
asked on another connection whether it is at work on the statement.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import Context
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING, Final

import asyncpg

from impl.kernel.engines.connection_checks import Openings, Patience, end, is_closed

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    type _Driver = asyncpg.Connection | PoolConnectionProxy[asyncpg.Record]

# When each server process that waits for its client has begun to; None when nobody answers at all.
type _Waiting = dict[int, datetime] | None

# Not by its state: between the parts of a statement, which the driver sends one by one, a server process is `active`.
_ASK: Final = (
    "SELECT pid, state_change FROM pg_stat_activity"
    " WHERE pid = ANY($1::int4[]) AND wait_event = 'ClientRead'"
    " AND datname = current_database() AND usename = session_user"
)


@dataclass(slots=True, eq=False)
class Statement:
    """Statement under way, and when the server is asked about it."""

    connection: "_Driver"
    began: float
    due: float


class StatementWatch:
    """Watches the statements of one database; costs nothing while each of them is answered soon."""

    def __init__(self, openings: Openings, patience: Patience) -> None:
        """Take the opener of connections to the server, which knows when it gives no sign of life.

        It is asked twice within `patience.answer`.
        """
        self._openings = openings
        self._seconds = patience.answer / 2
        self._ask_idle: Callable[[], Coroutine[None, None, bool]] | None = None
        self._asking_idle: asyncio.Task[bool] | None = None
        self._running: set[Statement] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._asking: asyncio.Task[None] | None = None

    def ask_idle_by(self, ask: Callable[[], Coroutine[None, None, bool]]) -> None:
        """Take the function that probes an idle connection, for when a new one opens slowly."""
        self._ask_idle = ask

    def begin(self, connection: "_Driver") -> Statement:
        """Watch a statement on a connection until it is finished."""
        now = monotonic()
        statement = Statement(connection, now, now + self._seconds)
        self._running.add(statement)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._seconds, self._look)
        return statement

    def finish(self, statement: Statement) -> None:
        """Stop watching a statement."""
        self._running.discard(statement)

    @contextmanager
    def over(self, connection: "_Driver") -> Iterator[None]:
        """Watch the statements on a connection within the block."""
        statement = self.begin(connection)
        try:
            yield
        finally:
            self.finish(statement)
        self._openings.note_answer()

    async def close(self) -> None:
        """Stop watching."""
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
        for asking in (self._asking, self._asking_idle):
            if asking is not None:
                asking.cancel()
                with suppress(asyncio.CancelledError):
                    await asking
        self._asking = self._asking_idle = None

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._seconds, self._look) if self._running else None
        now = monotonic()
        overdue = [statement for statement in self._running if statement.due <= now]
        if overdue and (self._asking is None or self._asking.done()):
            self._asking = loop.create_task(self._ask_about(overdue))

    async def _ask_about(self, overdue: Sequence[Statement]) -> None:
        """End the connections of statements that the server, asked twice, waits to receive or has answered.

        Once is not enough: an answer may be on its way, and a statement may have several parts. Once is enough where
        an open connection was asked in vain as well, and then all that were under way are ended.
        """
        began = monotonic()
        first = await self._waiting(overdue)
        if first is None and self._openings.is_silent and self._openings.is_asked_in_vain:
            for statement in [one for one in self._running if one.began <= began]:
                end(statement.connection)
            return
        await asyncio.sleep(self._seconds)
        left = [statement for statement in overdue if statement in self._running]
        second = await self._waiting(left) if left else {}
        for statement in left:
            if statement not in self._running:
                continue
            if _is_lost(_pid(statement), first, second):
                end(statement.connection)
            elif second is not None and _pid(statement) not in second:
                # One that is at work is asked about more and more seldom.
                now = monotonic()
                statement.due = now + (now - statement.began)

    async def _waiting(self, statements: Sequence[Statement]) -> _Waiting:
        """Return which of the statements' server processes wait for a client."""
        pids, heard = [_pid(statement) for statement in statements], self._openings.answers_heard

        async def ask(connection: asyncpg.Connection) -> dict[int, datetime]:
            return {row["pid"]: row["state_change"] for row in await connection.fetch(_ASK, pids)}

        question = asyncio.get_running_loop().call_later(self._seconds, self._ask_for_a_sign)
        try:
            return await self._openings.ask_beside(ask)
        except OSError as error:
            # Refused, unreachable, or no answer in time; but others may have been answered meanwhile.
            is_slow = isinstance(error, TimeoutError) and self._openings.answers_heard != heard
            return {} if is_slow else None
        except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
            # A server that takes no more connections tells nothing about the one that is meant.
            return {}
        finally:
            question.cancel()

    def _ask_for_a_sign(self) -> None:
        if self._ask_idle is not None and (self._asking_idle is None or self._asking_idle.done()):
            self._asking_idle = asyncio.get_running_loop().create_task(self._ask_idle(), context=Context())


def _pid(statement: Statement) -> int | None:
    """Return the number of the server's process, None when the connection has ended or the pool has it back."""
    return None if is_closed(statement.connection) else statement.connection.get_server_pid()


def _is_lost(pid: int | None, first: _Waiting, second: _Waiting) -> bool:
    """Return whether nothing has happened at the other end between two looks, while an answer was waited for.

    A process that is not found says nothing: behind PgBouncer, the number that a client knows is no server's.
    """
    if first is None or second is None:
        return first is None and second is None
    return pid in first and first[pid] == second.get(pid)
