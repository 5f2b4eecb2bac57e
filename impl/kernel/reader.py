"""Reads: Core statements, compiled once; on asyncpg itself for PostgreSQL, through SQLAlchemy for SQLite."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol, override

import asyncpg
from pydantic_core import from_json
from sqlalchemy import JSON, CompoundSelect, Float, Insert, Numeric, Select
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from impl.kernel.clock import Clock
from impl.kernel.errors import Unavailable
from impl.kernel.gate import Gate

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

type Statement = Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]
type Processor = Callable[[Any], Any]
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
# How many texts are kept of one statement that has a value written into it: LIMIT is at most 101.
_TEXTS_MAX = 128


class Row(Protocol):
    """One answer: values by the names of the statement's columns, of the same types on both engines."""

    def __getitem__(self, name: str, /) -> Any: ...  # noqa: ANN401 - the statement knows

    def keys(self) -> Iterable[Any]: ...


class Query:
    """A statement that is built once, at import, with `bindparam` for all that varies between its uses.

    `replanned` has PostgreSQL plan each use anew, for its own values. A word may be in one row or in most of them, and
    a plan that is kept for any word is a hundred times too slow for some.
    """

    __slots__ = ("_compiled", "replanned", "statement")

    def __init__(self, statement: Statement, *, replanned: bool = False) -> None:
        self.statement = statement
        self.replanned = replanned
        self._compiled: Compiled | None = None

    def compiled(self, dialect: Dialect) -> "Compiled":
        if self._compiled is None:
            self._compiled = Compiled(self.statement, dialect)
        return self._compiled


class Command:
    """An INSERT that is a transaction of its own, built once, at import, for values of these columns."""

    __slots__ = ("_compiled", "columns", "statement")

    def __init__(self, statement: Insert, columns: Iterable[str]) -> None:
        self.statement = statement
        self.columns = tuple(columns)
        self._compiled: Compiled | None = None

    def compiled(self, dialect: Dialect) -> "Compiled":
        if self._compiled is None:
            self._compiled = Compiled(self.statement, dialect, self.columns)
        return self._compiled


class Reader(Protocol):
    """Runs queries outside any transaction: each sees what is committed when it starts."""

    clock: Clock

    async def all(self, query: Query, /, **binds: object) -> Sequence[Row]: ...

    async def first(self, query: Query, /, **binds: object) -> Row | None: ...


class Compiled:
    """SQL with positions for asyncpg, and what turns values into what it takes and back."""

    __slots__ = ("_compiler", "_constants", "_inputs", "_literals", "_names", "_outputs", "_settled", "_sql")

    def __init__(self, statement: Statement | Insert, dialect: Dialect, columns: Sequence[str] | None = None) -> None:
        compiler = statement.compile(dialect=dialect, column_keys=columns)
        if not isinstance(compiler, SQLCompiler):
            raise TypeError("a query is a SELECT, a command an INSERT")
        selected = [] if isinstance(statement, Insert) else statement.selected_columns.items()
        self._compiler = compiler
        self._names = tuple(compiler.positiontup or ())
        self._constants = {name: value for name, value in compiler.params.items() if not compiler.binds[name].required}
        self._inputs = _processors(
            (name, bind.type.dialect_impl(dialect).bind_processor(dialect)) for name, bind in compiler.binds.items()
        )
        self._outputs = _processors((name, _result_processor(column.type, dialect)) for name, column in selected)
        self._sql: str | None = compiler.string
        # What SQLAlchemy writes into the text itself: a separator for example, or the size of a page.
        literals = {compiler.bind_names[bind] for bind in compiler.literal_execute_params}
        self._literals = tuple(sorted(literals - self._constants.keys()))
        self._settled: dict[tuple[object, ...], tuple[str, tuple[str, ...]]] = {}
        if any(bind.expanding for bind in compiler.binds.values()):
            # An expanding IN has as many positions as values: its text is settled at each use.
            self._sql = None
        elif literals and not self._literals:
            self._sql, self._names = self._settle(self._constants)

    def call(self, binds: Mapping[str, object]) -> tuple[str, list[object]]:
        values = {**self._constants, **binds}
        if self._sql is None:
            return self._expanded(values)
        inputs = self._inputs
        try:
            sql, names = self._text(values) if self._literals else (self._sql, self._names)
            if not inputs:
                return sql, [values[name] for name in names]
            return sql, [
                values[name] if (process := inputs.get(name)) is None else process(values[name]) for name in names
            ]
        except KeyError as error:
            raise TypeError(f"the query needs a value for {error}") from error

    def rows(self, records: Sequence[asyncpg.Record]) -> Sequence[Row]:
        return [self.row(record) for record in records] if self._outputs else records

    def row(self, record: asyncpg.Record) -> Row:
        if not self._outputs:
            return record
        row = dict(record.items())
        for name, process in self._outputs.items():
            row[name] = process(row[name])
        return row

    def _text(self, values: dict[str, object]) -> tuple[str, tuple[str, ...]]:
        literals = tuple([values[name] for name in self._literals])
        text = self._settled.get(literals)
        if text is None:
            if len(self._settled) >= _TEXTS_MAX:
                self._settled.clear()
            text = self._settled[literals] = self._settle(values)
        return text

    def _settle(self, values: Mapping[str, object]) -> tuple[str, tuple[str, ...]]:
        known = {**dict.fromkeys(self._compiler.params), **values}
        state = self._compiler.construct_expanded_state(known, escape_names=False)
        return state.statement, tuple(state.positiontup or ())

    def _expanded(self, values: dict[str, object]) -> tuple[str, list[object]]:
        state = self._compiler.construct_expanded_state(values, escape_names=False)
        sources = {part: name for name, parts in state.parameter_expansion.items() for part in parts}
        positions = state.positiontup or ()
        processors = [self._inputs.get(sources.get(name, name)) for name in positions]
        given = [state.parameters[name] for name in positions]
        return state.statement, [
            value if process is None else process(value) for process, value in zip(processors, given, strict=True)
        ]


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
        self._gate = Gate(pool_size, timeout, refusal=BUSY)
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
    async def all(self, query: Query, /, **binds: object) -> Sequence[Row]:
        compiled = query.compiled(self._dialect)
        sql, values = compiled.call(binds)
        return compiled.rows(await self._fetch(sql, values, replanned=query.replanned))

    @override
    async def first(self, query: Query, /, **binds: object) -> Row | None:
        compiled = query.compiled(self._dialect)
        sql, values = compiled.call(binds)
        records = await self._fetch(sql, values, replanned=query.replanned)
        return compiled.row(records[0]) if records else None

    async def run(self, command: Command, binds: Mapping[str, object]) -> None:
        """Not a read, but it needs as little; never asked again, since it may have been done."""
        sql, values = command.compiled(self._dialect).call(binds)
        if self._pool is None and not self._closed:
            await self.open()
        try:
            await self._once(sql, values, replanned=False)
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
        async with self._gate:
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
        self._gate = Gate(pool_size, timeout, refusal=BUSY)

    @override
    async def all(self, query: Query, /, **binds: object) -> Sequence[Row]:
        async with self._gate, self._engine.connect() as connection:
            return (await connection.execute(query.statement, binds)).mappings().all()

    @override
    async def first(self, query: Query, /, **binds: object) -> Row | None:
        async with self._gate, self._engine.connect() as connection:
            return (await connection.execute(query.statement, binds)).mappings().first()


def is_transient(sqlstate: str | None) -> bool:
    """Whether the server gave up what might work in a moment."""
    return (sqlstate or "").startswith(_TRANSIENT_STATES)


def lost(error: Exception) -> bool:
    """Whether it was the connection or the server, and not what we asked (asyncpg's DataError is an InterfaceError)."""
    if isinstance(error, asyncpg.InterfaceError):
        return not isinstance(error, ValueError)
    return isinstance(error, _BUSY_ERRORS)


def _processors(pairs: Iterable[tuple[str, Processor | None]]) -> dict[str, Processor]:
    return {name: process for name, process in pairs if process is not None}


def _result_processor(kind: TypeEngine[Any], dialect: Dialect) -> Processor | None:
    # asyncpg gives numbers as they are, and JSON by the codec of the pool.
    return (
        None if isinstance(kind, JSON | Numeric | Float) else kind.dialect_impl(dialect).result_processor(dialect, None)
    )


async def _leave_as_is(connection: asyncpg.Connection) -> None:
    """Reset nothing."""


async def _set_codecs(connection: asyncpg.Connection) -> None:
    """JSON goes in as the text that SQLAlchemy's bind processor made, and comes out as Python's values."""
    for name in ("json", "jsonb"):
        await connection.set_type_codec(name, schema="pg_catalog", encoder=str, decoder=from_json)
