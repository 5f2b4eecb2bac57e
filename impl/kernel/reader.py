"""Reads: Core statements, compiled once; on asyncpg itself for PostgreSQL, through SQLAlchemy for SQLite."""

from collections.abc import Mapping, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol, cast, override

import asyncpg
from pydantic_core import from_json
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncEngine

from impl.kernel.clock import Clock
from impl.kernel.errors import Unavailable
from impl.kernel.semaphore import FairSemaphore
from impl.kernel.statements import Command as Command  # noqa: PLC0414 - until nobody imports it from here
from impl.kernel.statements import Query as Query  # noqa: PLC0414 - as above
from impl.kernel.statements import Row as Row  # noqa: PLC0414 - as above

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

type Connection = PoolConnectionProxy[asyncpg.Record]

# A server that restarts, is full or stops a statement that takes too long.
_BUSY_ERRORS = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.QueryCanceledError,
    # What the driver says of a connection on which the server's farewell has just arrived.
    asyncpg.InternalClientError,
    OSError,
)
# 08: the connection; 40: serialisation, deadlocks; 53: too many connections; 55P03, 57: locks, time-outs, shutdown.
_TRANSIENT_STATES = ("08", "40", "53", "55P03", "57")
BUSY = "The database is busy."
_UNAVAILABLE = "The database does not answer."
# A firewall or a balancer in between may drop a connection that nobody uses, without a word to either end.
_KEPT_SECONDS = 300.0


class Reader(Protocol):
    """Runs queries outside any transaction: each sees what is committed when it starts."""

    clock: Clock

    async def all[R](self, query: Query[R], /, **binds: object) -> Sequence[R]: ...

    async def first[R](self, query: Query[R], /, **binds: object) -> R | None: ...


class PostgresReader(Reader):
    """asyncpg's own connections: first come, first served, and no transaction around a single read.

    Its pool opens, counts and closes them. Between two reads they stay at hand here: to take one back, the pool makes a
    task, and to give one it looks at all of them, which together cost as much as the read itself.
    """

    def __init__(
        self, options: Mapping[str, Any], dialect: Dialect, clock: Clock, *, pool_size: int, timeout: float
    ) -> None:
        self.clock = clock
        self._options = options
        self._dialect = dialect
        self._pool_size = pool_size
        self._timeout = timeout
        self._pool: asyncpg.Pool | None = None
        self._semaphore = FairSemaphore(pool_size, timeout, refusal=BUSY)
        self._at_hand: list[tuple[Connection, float]] = []
        self._closed = False

    async def open(self) -> None:
        """Make the pool; connections are opened as they are needed, so that a start does not wait for the database."""
        if self._pool is None:
            self._pool = await asyncpg.create_pool(
                min_size=0,
                max_size=self._pool_size,
                init=_set_codecs,
                # Nothing that the reader runs leaves a trace on a connection, and a reset costs a round trip.
                reset=_leave_as_is,
                timeout=self._timeout,
                command_timeout=self._timeout,
                **self._options,
            )

    async def close(self) -> None:
        pool, self._pool, self._closed = self._pool, None, True
        if pool is not None:
            await self._give_back(pool)
            await pool.close()

    @override
    async def all[R](self, query: Query[R], /, **binds: object) -> Sequence[R]:
        compiled = query.compiled(self._dialect)
        sql, values = compiled.call(binds)
        rows: Sequence[R] = compiled.rows(await self._fetch(sql, values, replanned=query.replanned))
        return rows

    @override
    async def first[R](self, query: Query[R], /, **binds: object) -> R | None:
        compiled = query.compiled(self._dialect)
        sql, values = compiled.call(binds)
        records = await self._fetch(sql, values, replanned=query.replanned)
        row: R | None = compiled.row(records[0]) if records else None
        return row

    async def run[V: Mapping[str, object]](self, command: Command[V], values: V) -> None:
        """Not a read, but it needs as little; never asked again, since it may have been done."""
        sql, positional = command.compiled(self._dialect).call(values)
        if self._pool is None and not self._closed:
            await self.open()
        try:
            await self._once(sql, positional, replanned=False)
        except Exception as error:
            if not lost(error) and not is_transient(getattr(error, "sqlstate", None)):
                raise
            raise Unavailable(_UNAVAILABLE) from error

    async def _fetch(self, sql: str, values: list[object], *, replanned: bool) -> list[asyncpg.Record]:
        if self._pool is None and not self._closed:
            await self.open()
        try:
            return await self._once(sql, values, replanned=replanned)
        except Exception as error:
            if not lost(error):
                raise
            if isinstance(error, TimeoutError | asyncpg.QueryCanceledError):
                raise Unavailable(_UNAVAILABLE) from error
            if (pool := self._pool) is not None:
                # If one connection is lost, the others of the pool most likely are, too.
                await self._give_back(pool)
                await pool.expire_connections()
        # A read may simply be asked again.
        try:
            return await self._once(sql, values, replanned=replanned)
        except Exception as error:
            if not lost(error):
                raise
            raise Unavailable(_UNAVAILABLE) from error

    async def _once(self, sql: str, values: list[object], *, replanned: bool) -> list[asyncpg.Record]:
        pool = self._pool
        if pool is None:
            raise Unavailable("The service is shutting down.", headers={"Retry-After": "5"})
        async with self._semaphore:
            connection = await self._take(pool)
            try:
                # Without a name it is prepared anew, and kept nowhere: the server has no earlier plan to fall back on.
                records: list[asyncpg.Record] = (
                    await (await connection.prepare(sql, name="")).fetch(*values)
                    if replanned
                    else await connection.fetch(sql, *values)
                )
            except BaseException as error:
                if isinstance(error, Exception) and lost(error):
                    connection.terminate()
                # The pool knows what to do with a connection whose statement was left half way.
                await pool.release(connection)
                raise
            if pool is self._pool:
                self._at_hand.append((connection, monotonic()))
            else:
                await pool.release(connection)
        return records

    async def _take(self, pool: asyncpg.Pool) -> "Connection":
        while self._at_hand:
            connection, since = self._at_hand.pop()
            if monotonic() - since > _KEPT_SECONDS:
                connection.terminate()
            if not connection.is_closed():
                return connection
            await pool.release(connection)
        return await pool.acquire(timeout=self._timeout)

    async def _give_back(self, pool: asyncpg.Pool) -> None:
        while self._at_hand:
            connection, _ = self._at_hand.pop()
            await pool.release(connection)


class SqliteReader(Reader):
    """The same through SQLAlchemy: an embedded database is for development, where the difference does not count."""

    def __init__(self, engine: AsyncEngine, clock: Clock, *, pool_size: int, timeout: float) -> None:
        self.clock = clock
        self._engine = engine
        self._semaphore = FairSemaphore(pool_size, timeout, refusal=BUSY)

    @override
    async def all[R](self, query: Query[R], /, **binds: object) -> Sequence[R]:
        async with self._semaphore, self._engine.connect() as connection:
            return cast("Sequence[R]", (await connection.execute(query.statement, binds)).mappings().all())

    @override
    async def first[R](self, query: Query[R], /, **binds: object) -> R | None:
        async with self._semaphore, self._engine.connect() as connection:
            return cast("R | None", (await connection.execute(query.statement, binds)).mappings().first())


def is_transient(sqlstate: str | None) -> bool:
    """Whether the server gave up what might work in a moment."""
    return (sqlstate or "").startswith(_TRANSIENT_STATES)


def lost(error: Exception) -> bool:
    """Whether it was the connection or the server, and not what we asked (asyncpg's DataError is an InterfaceError)."""
    if isinstance(error, asyncpg.InterfaceError):
        return not isinstance(error, ValueError)
    return isinstance(error, _BUSY_ERRORS)


async def _leave_as_is(connection: asyncpg.Connection) -> None:
    """Reset nothing."""


async def _set_codecs(connection: asyncpg.Connection) -> None:
    """JSON goes in as the text that SQLAlchemy's bind processor made, and comes out as Python's values."""
    for name in ("json", "jsonb"):
        await connection.set_type_codec(name, schema="pg_catalog", encoder=str, decoder=from_json)
