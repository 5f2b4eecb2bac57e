"""The database: one engine for transactions, one reader, and the differences between PostgreSQL and SQLite."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Literal, Protocol, override
from uuid import uuid4

from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, NullPool, PoolProxiedConnection

from impl.kernel.clock import Clock, SystemClock
from impl.kernel.errors import Unavailable
from impl.kernel.reader import BUSY, Command, PostgresReader, Reader, SqliteReader, is_transient, lost
from impl.kernel.semaphore import FairSemaphore
from impl.kernel.tables import SCHEMAS

_SQLITE_BUSY_MILLISECONDS = 10_000
# A program that finds another one migrating waits until all its steps are done.
_SQLITE_MIGRATION_MILLISECONDS = 60_000
_SQLITE_BUSY, _SQLITE_LOCKED = 5, 6
_UNREACHABLE = "The database is busy or cannot be reached."
_SNAPSHOT = {"isolation_level": "REPEATABLE READ"}


class Database(Protocol):
    """What services are given."""

    dialect: Literal["postgresql", "sqlite"]
    reader: Reader
    clock: Clock

    def begin(self, *, snapshot: bool = False) -> AbstractAsyncContextManager[AsyncSession]:
        """The only transaction of a service method: commits at the end, rolls back when anything is raised.

        All that is read with `snapshot` is as of one moment; it may add rows, and is given up (503) when it changes one
        that has changed since. On SQLite every transaction is like that, and takes the write lock at once.

        Raises Unavailable (503) when the database cannot be reached or gives the transaction up for another's sake.
        `tx.info["clock"]` is the database's clock.
        """
        ...

    async def run[V: Mapping[str, object]](self, command: Command[V], values: V) -> None:
        """One statement that is a whole transaction: on PostgreSQL without what begins and ends a longer one.

        Raises what the driver raises when it refuses the values, and Unavailable (503) as `begin` does.
        """
        ...

    async def open(self) -> None: ...

    async def close(self) -> None: ...


class _Transactions:
    """Sessions of one engine, first come, first served."""

    def __init__(self, engine: AsyncEngine, clock: Clock, *, places: int, timeout: float) -> None:
        self.engine = engine
        self._clock = clock
        self._semaphore = FairSemaphore(places, timeout, refusal=BUSY)

    @asynccontextmanager
    async def begin(self, options: Mapping[str, Any] | None = None) -> AsyncIterator[AsyncSession]:
        session = AsyncSession(self.engine, expire_on_commit=False, info={"clock": self._clock})
        with _translated():
            async with self._semaphore, session:
                try:
                    _ = await session.connection(execution_options=options)
                except (OSError, PoolTimeoutError) as error:
                    raise Unavailable(_UNREACHABLE) from error
                yield session
                try:
                    await session.commit()
                except BaseException:
                    # SQLite keeps a transaction open whose COMMIT it refuses: with it, the next one could not begin.
                    await session.invalidate()
                    raise


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (ConnectionError, TimeoutError) as error:
        # What asyncpg lets through as it is: a connection that broke, a statement that took too long.
        raise Unavailable(_UNREACHABLE) from error
    except DBAPIError as error:
        if _is_transient(error):
            raise Unavailable(_UNREACHABLE) from error
        raise


def _is_transient(error: DBAPIError) -> bool:
    cause = error.orig.__cause__ if error.orig is not None else None
    if error.connection_invalidated or (isinstance(cause, Exception) and lost(cause)):
        return True
    code: int = getattr(error.orig, "sqlite_errorcode", None) or getattr(cause, "sqlite_errorcode", None) or 0
    # Extended result codes keep the primary one in their low byte.
    return is_transient(getattr(error.orig, "sqlstate", None)) or code & 0xFF in (_SQLITE_BUSY, _SQLITE_LOCKED)


class PostgresDatabase(Database):
    """asyncpg twice: through SQLAlchemy for transactions, in a pool of its own for the reader."""

    dialect: Literal["postgresql", "sqlite"] = "postgresql"

    def __init__(self, url: URL, *, pool_size: int, timeout: float, statement_cache_size: int, clock: Clock) -> None:
        # Parameters are hidden here and below: an error's text reaches logs, and they hold addresses and names.
        options: dict[str, Any] = {"statement_cache_size": statement_cache_size, "command_timeout": timeout}
        if not statement_cache_size:
            # Behind PgBouncer, statements of one client may run on many servers: none may be kept, no name used twice.
            options |= {"prepared_statement_cache_size": 0, "prepared_statement_name_func": _unique_name}
        self._engine = create_async_engine(
            url, pool_size=pool_size, max_overflow=0, pool_timeout=timeout, connect_args=options, hide_parameters=True
        )
        event.listen(self._engine.sync_engine.pool, "checkout", _refuse_closed)
        self.clock = clock
        self._transactions = _Transactions(self._engine, clock, places=pool_size, timeout=timeout)
        self._pool = PostgresReader(
            {**_connect_options(self._engine), "statement_cache_size": statement_cache_size},
            self._engine.dialect,
            clock,
            pool_size=pool_size,
            timeout=timeout,
        )
        self.reader: Reader = self._pool

    @override
    def begin(self, *, snapshot: bool = False) -> AbstractAsyncContextManager[AsyncSession]:
        return self._transactions.begin(_SNAPSHOT if snapshot else None)

    @override
    async def run[V: Mapping[str, object]](self, command: Command[V], values: V) -> None:
        await self._pool.run(command, values)

    @override
    async def open(self) -> None:
        await self._pool.open()

    @override
    async def close(self) -> None:
        await self._pool.close()
        await self._engine.dispose()


class SqliteDatabase(Database):
    """One writer at a time, readers beside it (WAL)."""

    dialect: Literal["postgresql", "sqlite"] = "sqlite"

    def __init__(self, url: URL, *, pool_size: int, timeout: float, clock: Clock) -> None:
        _make_folder(url)
        # One connection: a second writer would only wait for the lock of the file, and out of turn.
        self._writing = create_async_engine(url, pool_size=1, max_overflow=0, hide_parameters=True)
        event.listen(self._writing.sync_engine, "connect", _prepare_writing)
        event.listen(self._writing.sync_engine, "begin", _begin_immediate)
        self._reading = create_async_engine(
            url, pool_size=pool_size, max_overflow=0, isolation_level="AUTOCOMMIT", hide_parameters=True
        )
        event.listen(self._reading.sync_engine, "connect", _prepare_reading)
        for engine in (self._writing, self._reading):
            engine.update_execution_options(schema_translate_map=WITHOUT_SCHEMAS)
        self.clock = clock
        self._transactions = _Transactions(self._writing, clock, places=1, timeout=timeout)
        self.reader: Reader = SqliteReader(self._reading, clock, pool_size=pool_size, timeout=timeout)

    @override
    def begin(self, *, snapshot: bool = False) -> AbstractAsyncContextManager[AsyncSession]:
        return self._transactions.begin()

    @override
    async def run[V: Mapping[str, object]](self, command: Command[V], values: V) -> None:
        async with self.begin() as tx:
            await command.run(tx, values)

    @override
    async def open(self) -> None:
        """SQLite opens its file with the first statement."""

    @override
    async def close(self) -> None:
        await self._reading.dispose()
        await self._writing.dispose()


def migration_engine(url: str) -> AsyncEngine:
    """One connection to change the schema with; on SQLite in real transactions, foreign keys checked at the end."""
    parsed = database_url(url)
    engine = create_async_engine(parsed, poolclass=NullPool)
    if parsed.get_backend_name() == "sqlite":
        _make_folder(parsed)
        event.listen(engine.sync_engine, "connect", _prepare_migration)
        event.listen(engine.sync_engine, "begin", _begin_immediate)
        engine.update_execution_options(schema_translate_map=WITHOUT_SCHEMAS)
    return engine


WITHOUT_SCHEMAS: dict[str | None, str | None] = dict.fromkeys(SCHEMAS)


def database_url(url: str) -> URL:
    """The URL with the driver that the service uses; `postgres://`, `postgresql://` and `sqlite://` name none."""
    parsed = make_url(url)
    match parsed.drivername.partition("+")[0]:
        case "postgresql" | "postgres":
            return parsed.set(drivername="postgresql+asyncpg")
        case "sqlite":
            return parsed.set(drivername="sqlite+aiosqlite")
        case other:
            raise ValueError(f"the service runs on PostgreSQL and SQLite, not on {other}")


def connect(
    url: str,
    *,
    pool_size: int = 10,
    timeout: float = 30.0,
    statement_cache_size: int = 100,
    clock: Clock | None = None,
) -> Database:
    """Make the database of a URL; nothing is opened yet.

    PostgreSQL gets two pools of `pool_size` connections, one to write and one to read. `timeout` (seconds) bounds the
    wait for a connection and each statement. `statement_cache_size=0` is for PgBouncer in transaction mode.
    """
    parsed = database_url(url)
    now = clock or SystemClock()
    if parsed.get_backend_name() == "sqlite":
        return SqliteDatabase(parsed, pool_size=pool_size, timeout=timeout, clock=now)
    return PostgresDatabase(
        parsed, pool_size=pool_size, timeout=timeout, statement_cache_size=statement_cache_size, clock=now
    )


def clock_of(tx: AsyncSession) -> Clock:
    """The clock of the database that the transaction belongs to."""
    clock: Clock = tx.info["clock"]
    return clock


def _connect_options(engine: AsyncEngine) -> dict[str, Any]:
    _, options = engine.dialect.create_connect_args(engine.url)
    return {name: value for name, value in options.items() if not name.startswith("prepared_statement")}


def _unique_name() -> str:
    return f"__hestami_{uuid4()}__"


def _refuse_closed(connection: DBAPIConnection, _entry: ConnectionPoolEntry, _proxy: PoolProxiedConnection) -> None:
    # The driver notices a connection that the server has closed; asking it costs nothing, a ping costs a round trip.
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def _make_folder(url: URL) -> None:
    if url.database in {None, "", ":memory:"}:
        raise ValueError("a database in memory has one connection only: name a file (sqlite+aiosqlite:///path)")
    Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)


def _prepare_migration(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None
    _run(connection, f"PRAGMA busy_timeout = {_SQLITE_MIGRATION_MILLISECONDS}")


def _prepare_writing(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # Without this the driver opens transactions by itself, later than BEGIN IMMEDIATE would.
    connection.isolation_level = None
    _run(connection, _WAIT, "PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL", "PRAGMA foreign_keys = ON")


def _prepare_reading(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    _run(connection, _WAIT, "PRAGMA query_only = ON")


_WAIT = f"PRAGMA busy_timeout = {_SQLITE_BUSY_MILLISECONDS}"


def _run(connection: DBAPIConnection, *statements: str) -> None:
    cursor = connection.cursor()
    for statement in statements:
        cursor.execute(statement)
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
