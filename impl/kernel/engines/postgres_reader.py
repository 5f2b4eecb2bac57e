"""Reader on asyncpg connections, for PostgreSQL."""

import asyncio
from collections.abc import Mapping, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple, override

import asyncpg
from pydantic_core import from_json
from sqlalchemy.engine import Dialect

from impl.kernel import read_time, tracing
from impl.kernel.clock import Clock
from impl.kernel.database_errors import (
    BUSY,
    DRIVER_ERRORS,
    UNREACHABLE,
    is_broken,
    is_lost,
    is_read_only,
    is_stale,
    is_transient,
)
from impl.kernel.engines.connection_checks import Openings, Patience, end, is_closed
from impl.kernel.engines.connection_options import ConnectionOptions
from impl.kernel.engines.idle_connections import IdleConnections
from impl.kernel.engines.statement_watch import StatementWatch
from impl.kernel.errors import Unavailable
from impl.kernel.reader import Reader
from impl.kernel.repeats import forbid_repeat
from impl.kernel.semaphore import FairSemaphore, Load
from impl.kernel.statements import Command, Query
from impl.kernel.tables_read import note_read

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

type Connection = PoolConnectionProxy[asyncpg.Record]


class _Taken(NamedTuple):
    """Connection of the pool, and when the pool gave it."""

    connection: "Connection"
    at: float


class PostgresReader(Reader):
    """Reader on asyncpg connections: first come, first served, and no transaction around a single read.

    Its pool opens, counts and closes them. Between two reads they are kept here: to take one back, the pool makes a
    task, and to hand one out it scans all of them, which together cost as much as the read itself.
    """

    def __init__(
        self,
        given: Mapping[str, Any],
        openings: Openings,
        dialect: Dialect,
        clock: Clock,
        *,
        options: ConnectionOptions,
        patience: Patience,
        watch: StatementWatch,
    ) -> None:
        self.clock = clock
        self._patience = patience
        self._watch = watch
        self._given = given
        self._openings = openings
        self._dialect = dialect
        self._options = options
        self._pool: asyncpg.Pool | None = None
        self._semaphore = FairSemaphore(options.places, options.wait, refusal=BUSY)
        self._at_hand = IdleConnections[_Taken](options.size, options.burst, lambda taken: end(taken.connection))
        # That of connections which may be used for another read.
        self._generation = object()
        self._is_expired = False
        self._closed = False

    @property
    def load(self) -> Load:
        return self._semaphore.load

    async def open(self) -> None:
        """Make the pool; connections are opened as they are needed, so that a start does not wait for the database."""
        if self._pool is None:
            self._pool = await asyncpg.create_pool(
                min_size=0,
                max_size=self._options.places,
                connect=self._openings.connect,
                init=self._set_up,
                # No reset, which costs a round trip: the reader's statements leave no state on a connection.
                reset=_leave_as_is,
                **self._given,
            )

    async def close(self) -> None:
        pool, self._pool, self._closed = self._pool, None, True
        if pool is None:
            return
        for taken in self._at_hand.clear():
            end(taken.connection)
        try:
            async with asyncio.timeout(self._options.statement):
                await pool.close()
        except TimeoutError:
            # Not closed gracefully, which would wait for a server that is gone.
            pool.terminate()

    def expire(self) -> None:
        """Retire all connections that are open now: if one was lost, all were."""
        self._generation = object()
        self._is_expired = True
        for taken in self._at_hand.clear():
            end(taken.connection)

    async def ask_idle(self) -> bool:
        """Probe an idle connection and record the result; return False if there was none."""
        if not self._at_hand or self._semaphore.load.taken == self._options.places:
            return False
        async with self._semaphore:
            generation, (taken, _) = self._generation, self._at_hand.pop()
            is_there = not is_closed(taken.connection)
            if is_there and await self._openings.answers(taken.connection, self._patience.answer):
                if self._pool is not None and generation is self._generation:
                    self._at_hand.add(taken)
                    return True
                end(taken.connection)
            elif is_there:
                self.expire()
            if self._pool is not None:
                await self._pool.release(taken.connection)
            return is_there

    @override
    async def all[R](self, query: Query[R], /, **binds: object) -> Sequence[R]:
        compiled = query.compiled(self._dialect)
        note_read(compiled.tables)
        sql, values = compiled.call(binds)
        rows: Sequence[R] = compiled.rows(await self._fetch(sql, values, replanned=query.replanned))
        return rows

    @override
    async def first[R](self, query: Query[R], /, **binds: object) -> R | None:
        compiled = query.compiled(self._dialect)
        note_read(compiled.tables)
        sql, values = compiled.call(binds)
        records = await self._fetch(sql, values, replanned=query.replanned)
        row: R | None = compiled.row(records[0]) if records else None
        return row

    async def run[V: Mapping[str, object]](self, command: Command[V], values: V) -> bool:
        """Run a command outside any longer transaction, once, since it may have been done.

        Return whether it has written a row, if it says so by RETURNING.
        """
        sql, positional = command.compiled(self._dialect).call(values)
        if self._pool is None and not self._closed:
            await self.open()
        forbid_repeat()
        try:
            return bool(await self._once(sql, positional, replanned=False))
        except Exception as error:
            if is_read_only(error):
                self.expire()
            if not is_transient(error):
                raise
            raise Unavailable(UNREACHABLE) from error

    async def _fetch(self, sql: str, values: list[object], *, replanned: bool) -> list[asyncpg.Record]:
        if self._pool is None and not self._closed:
            await self.open()
        try:
            try:
                return await self._once(sql, values, replanned=replanned)
            except Exception as error:
                # Not repeated after a time-out: it would take as long again. Nor where the server is known to hang.
                is_over = isinstance(error, TimeoutError | asyncpg.QueryCanceledError) or self._openings.is_silent
                if is_over or not (is_lost(error) or is_stale(error)):
                    raise
                self.expire()
            # Repeated, since a read changes nothing.
            return await self._once(sql, values, replanned=replanned)
        except Exception as error:
            if not is_transient(error):
                raise
            raise Unavailable(UNREACHABLE) from error

    async def _once(self, sql: str, values: list[object], *, replanned: bool) -> list[asyncpg.Record]:
        pool = self._pool
        if pool is None:
            raise Unavailable("The service is shutting down.", headers={"Retry-After": "5"})
        # With what is waited for a connection.
        with tracing.statement(sql, "postgresql"):
            return await self._answer(pool, sql, values, replanned=replanned)

    async def _answer(
        self, pool: asyncpg.Pool, sql: str, values: list[object], *, replanned: bool
    ) -> list[asyncpg.Record]:
        await self._openings.until_heard()
        async with self._semaphore:
            try:
                taken = await self._take(pool)
            except DRIVER_ERRORS as error:
                # A server that refuses the connection is unavailable; the statement is not at fault.
                raise Unavailable(UNREACHABLE) from error
            connection, generation = taken.connection, self._generation
            statement, begun = self._watch.begin(connection), monotonic()
            try:
                # An unnamed statement is prepared anew each time, so that the server has no earlier plan to reuse.
                records: list[asyncpg.Record] = (
                    await (await connection.prepare(sql, name="")).fetch(*values)
                    if replanned
                    else await connection.fetch(sql, *values)
                )
            except BaseException as error:
                if isinstance(error, asyncpg.QueryCanceledError):
                    read_time.note(monotonic() - begun)
                if is_lost(error) or not isinstance(error, Exception):
                    # To put a statement off that was cancelled, a server would have to answer.
                    end(connection)
                # The pool resets a connection whose statement was interrupted.
                await pool.release(connection)
                raise
            finally:
                self._watch.finish(statement)
            read_time.note(monotonic() - begun)
            self._openings.note_answer()
            if pool is self._pool and generation is self._generation:
                self._at_hand.add(taken)
            else:
                end(connection)
                await pool.release(connection)
        return records

    async def _take(self, pool: asyncpg.Pool) -> _Taken:
        # One limit for all that is tried, questions to idle connections included: whoever reads waits once.
        now = monotonic()
        limit = now + self._options.statement
        while self._at_hand:
            taken, used_at = self._at_hand.pop()
            if is_closed(taken.connection):
                await pool.release(taken.connection)
            elif now - taken.at > self._options.recycle:
                end(taken.connection)
                await pool.release(taken.connection)
            elif monotonic() - used_at < self._patience.idle or await self._answers(taken.connection, limit):
                return taken
            else:
                self.expire()
        connection = await self._acquire(pool, limit)
        # The pool may have kept the connection for a while.
        if not await self._answers(connection, limit):
            self.expire()
            connection = await self._acquire(pool, limit)
        return _Taken(connection, now)

    async def _answers(self, connection: "Connection", limit: float) -> bool:
        return await self._openings.answers(connection, min(self._patience.answer, limit - monotonic()))

    async def _acquire(self, pool: asyncpg.Pool, limit: float) -> "Connection":
        if self._is_expired:
            self._is_expired = False
            await pool.expire_connections()
        try:
            return await pool.acquire(timeout=limit - monotonic())
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            if not is_broken(error) or monotonic() >= limit:
                raise
        # Once more, since one that is lost while it is opened has done nothing.
        return await pool.acquire(timeout=limit - monotonic())

    async def _set_up(self, connection: asyncpg.Connection) -> None:
        """Set the codecs for JSON: in as the text of SQLAlchemy's bind processor, out as Python's values."""
        for name in ("json", "jsonb"):
            await connection.set_type_codec(name, schema="pg_catalog", encoder=str, decoder=from_json)
        self._openings.finish(connection)


async def _leave_as_is(connection: asyncpg.Connection) -> None:
    """Reset nothing."""
