"""Database access: an engine for transactions, a reader, and the differences between PostgreSQL and SQLite."""

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, nullcontext
from functools import cache
from pathlib import Path
from typing import Any, Literal, Protocol, TypedDict, override
from uuid import uuid4

from sqlalchemy import BigInteger, Select, bindparam, event, func, select, text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from impl.kernel import sqlite_connections
from impl.kernel.audit_signatures import AuditKeys
from impl.kernel.clock import Clock, SystemClock
from impl.kernel.connection_checks import Openings, Patience, PoolChecks
from impl.kernel.database_errors import READ_ONLY
from impl.kernel.database_url import PostgresServers, database_url, postgres_servers
from impl.kernel.errors import Unavailable
from impl.kernel.executions import execute_watched
from impl.kernel.listeners import PostgresListener, SqliteListener
from impl.kernel.reader import PostgresReader, Reader, SqliteReader
from impl.kernel.semaphore import Load
from impl.kernel.signal import Signal
from impl.kernel.statement_watch import StatementWatch
from impl.kernel.statements import Command, Query
from impl.kernel.tables import SCHEMAS
from impl.kernel.transactions import Transactions
from impl.kernel.wakeups import Wakeups

_MIGRATION_CONNECT_SECONDS = 30.0
# Free space that a write needs: a smaller one may suffice for one change and not for the next.
_ROOM_BYTES = 1024 * 1024
_SNAPSHOT = {"isolation_level": "REPEATABLE READ"}


class _State(TypedDict):
    is_read_only: bool


# `on` for a standby as well, whatever its settings.
_IS_READ_ONLY = Query(select((func.current_setting("transaction_read_only") == "on").label("is_read_only")), _State)
# An update without effect on Alembic's table, which exists on both engines and has one row.
_WRITE_NOTHING_NEW = text("UPDATE alembic_version SET version_num = version_num")


class Database(Protocol):
    """Access to the database, as services receive it."""

    dialect: Literal["postgresql", "sqlite"]
    reader: Reader
    clock: Clock
    audit_keys: AuditKeys
    messages: Signal
    """Sent when a transaction of this process has put a message into the outbox."""
    wakeups: Wakeups
    """Wakes those who wait for news of an account, whichever process commits them."""

    def begin(self, *, snapshot: bool = False) -> AbstractAsyncContextManager[AsyncSession]:
        """Begin the only transaction of a service method; it commits at the end or rolls back when anything is raised.

        All that is read with `snapshot` is as of one moment; it may add rows, and is given up (503) when it changes one
        that has changed since. On SQLite every transaction is like that, and takes the write lock at once.

        Raises Unavailable (503) when the database cannot be reached or gives the transaction up for another's sake.
        `tx.info` has the database's clock and the keys that sign audit events.
        """
        ...

    async def run[V: Mapping[str, object]](self, command: Command[V], values: V) -> None:
        """Run one statement as a whole transaction, on PostgreSQL without a BEGIN and COMMIT around it.

        Raises what the driver raises when it refuses the values, and Unavailable (503) as `begin` does.
        """
        ...

    @property
    def loads(self) -> Mapping[str, Load]:
        """Load of the connections, by what they are for: `reading` or `writing`."""
        ...

    async def require_writable(self) -> None:
        """Raise Unavailable (503) when the database answers and takes no changes: a demoted primary, a full disk."""
        ...

    async def open(self) -> None: ...

    async def close(self) -> None: ...


class PostgresDatabase(Database):
    """Database on PostgreSQL: transactions through SQLAlchemy, reads through an asyncpg pool of their own."""

    dialect: Literal["postgresql", "sqlite"] = "postgresql"

    def __init__(
        self,
        servers: PostgresServers,
        *,
        pool_size: int,
        timeout: float,
        statement_cache_size: int,
        clock: Clock,
        audit_keys: AuditKeys,
        patience: Patience,
    ) -> None:
        # Parameters are hidden here and below, because errors are logged and parameters hold addresses and names.
        options: dict[str, Any] = {"statement_cache_size": statement_cache_size, "command_timeout": timeout}
        self._openings = Openings(servers.connect, servers.opening_seconds(patience.opening))
        adapted: dict[str, Any] = {"async_creator_fn": self._openings.connect}
        if not statement_cache_size:
            # Behind PgBouncer, statements of one client run on many servers: none is cached, and no name is used twice.
            adapted |= {"prepared_statement_cache_size": 0, "prepared_statement_name_func": _unique_name}
        self._engine = create_async_engine(
            "postgresql+asyncpg://",
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=timeout,
            # Last in, first out: connections in use stay in use and need no checks, the others are for bursts.
            pool_use_lifo=True,
            connect_args=options | adapted,
            hide_parameters=True,
        )
        self._checks = PoolChecks(self._engine.sync_engine.pool, self._openings, patience)
        self._watch = StatementWatch(servers.connect, patience)
        execute_watched(self._engine.sync_engine, self._watch)
        self.clock = clock
        self.audit_keys = audit_keys
        self._transactions = Transactions(
            self._engine,
            clock,
            audit_keys,
            places=pool_size,
            timeout=timeout,
            read_only=self._heard_read_only,
            watched=self._watched,
        )
        self.messages = self._transactions.messages
        self._pool = PostgresReader(
            options,
            self._openings,
            self._engine.dialect,
            clock,
            pool_size=pool_size,
            timeout=timeout,
            patience=patience,
            watch=self._watch,
        )
        self.reader: Reader = self._pool
        self.wakeups = Wakeups(
            PostgresListener(
                self._openings, {"statement_cache_size": 0, "command_timeout": timeout}, patience=patience.answer
            )
        )

    @override
    def begin(self, *, snapshot: bool = False) -> AbstractAsyncContextManager[AsyncSession]:
        return self._transactions.begin(_SNAPSHOT if snapshot else None)

    @override
    async def run[V: Mapping[str, object]](self, command: Command[V], values: V) -> None:
        await self._pool.run(command, values)

    @property
    @override
    def loads(self) -> Mapping[str, Load]:
        return {"reading": self._pool.load, "writing": self._transactions.load}

    @override
    async def require_writable(self) -> None:
        row = await self.reader.first(_IS_READ_ONLY)
        if row is None or row["is_read_only"]:
            self._heard_read_only(True)
            raise Unavailable(READ_ONLY)

    def _heard_read_only(self, found: bool) -> None:
        """Leave a server that takes no changes: its name may lead to another one by now."""
        if found:
            self._checks.expire()
            self._pool.expire()

    @override
    async def open(self) -> None:
        await self._pool.open()

    @override
    async def close(self) -> None:
        await self.wakeups.close()
        self._openings.close()
        await self._pool.close()
        await self._engine.dispose()
        await self._watch.close()

    def _watched(self, connection: AsyncConnection) -> AbstractContextManager[None]:
        synchronous = connection.sync_connection
        driver = None if synchronous is None else synchronous.connection.driver_connection
        return nullcontext() if driver is None else self._watch.over(driver)


class SqliteDatabase(Database):
    """Database on SQLite in WAL mode: one writer at a time, readers beside it."""

    dialect: Literal["postgresql", "sqlite"] = "sqlite"

    def __init__(self, url: URL, *, pool_size: int, timeout: float, clock: Clock, audit_keys: AuditKeys) -> None:
        self._folder = _make_folder(url)
        # One connection, because a second writer would wait for the file's lock, and out of turn.
        self._writing = create_async_engine(url, pool_size=1, max_overflow=0, hide_parameters=True)
        event.listen(self._writing.sync_engine, "do_connect", sqlite_connections.connect)
        event.listen(self._writing.sync_engine, "connect", sqlite_connections.prepare_writing)
        event.listen(self._writing.sync_engine, "begin", sqlite_connections.begin_immediate)
        self._reading = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            isolation_level="AUTOCOMMIT",
            skip_autocommit_rollback=True,  # there is nothing to roll back, and it is a turn of the thread
            hide_parameters=True,
        )
        event.listen(self._reading.sync_engine, "do_connect", sqlite_connections.connect)
        event.listen(self._reading.sync_engine, "connect", sqlite_connections.prepare_reading)
        for engine in (self._writing, self._reading):
            engine.update_execution_options(schema_translate_map=WITHOUT_SCHEMAS)
        self.clock = clock
        self.audit_keys = audit_keys
        self._is_read_only = False
        self._transactions = Transactions(
            self._writing,
            clock,
            audit_keys,
            places=1,
            timeout=timeout,
            read_only=self._heard_read_only,
            watched=lambda _: nullcontext(),
        )
        self.messages = self._transactions.messages
        self._reads = SqliteReader(self._reading, clock, pool_size=pool_size, timeout=timeout)
        self.reader: Reader = self._reads
        self.wakeups = Wakeups(SqliteListener(url, self._transactions.commits))

    @override
    def begin(self, *, snapshot: bool = False) -> AbstractAsyncContextManager[AsyncSession]:
        return self._transactions.begin()

    @override
    async def run[V: Mapping[str, object]](self, command: Command[V], values: V) -> None:
        async with self.begin() as tx:
            await command.run(tx, values)

    @property
    @override
    def loads(self) -> Mapping[str, Load]:
        return {"reading": self._reads.load, "writing": self._transactions.load}

    @override
    async def require_writable(self) -> None:
        """Look for room on the disk; write something, in turn with others, if the last who did so were refused."""
        if shutil.disk_usage(self._folder).free < _ROOM_BYTES:
            raise Unavailable(READ_ONLY)
        if self._is_read_only:
            async with self.begin() as tx:
                await tx.execute(_WRITE_NOTHING_NEW)

    def _heard_read_only(self, found: bool) -> None:
        self._is_read_only = found

    @override
    async def open(self) -> None:
        """Do nothing: SQLite opens its file with the first statement."""

    @override
    async def close(self) -> None:
        await self.wakeups.close()
        await self._reading.dispose()
        await self._writing.dispose()


def migration_engine(url: str) -> AsyncEngine:
    """Make an engine of one connection for migrations; on SQLite in real transactions, keys checked at the end."""
    parsed = database_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = create_async_engine(parsed, poolclass=NullPool)
        _make_folder(parsed)
        event.listen(engine.sync_engine, "connect", sqlite_connections.prepare_migration)
        event.listen(engine.sync_engine, "begin", sqlite_connections.begin_immediate)
        engine.update_execution_options(schema_translate_map=WITHOUT_SCHEMAS)
        return engine
    options = {"async_creator_fn": postgres_servers(url).connect, "timeout": _MIGRATION_CONNECT_SECONDS}
    return create_async_engine("postgresql+asyncpg://", poolclass=NullPool, connect_args=options)


WITHOUT_SCHEMAS: dict[str | None, str | None] = dict.fromkeys(SCHEMAS)


def connect(
    url: str,
    *,
    pool_size: int = 10,
    timeout: float = 30.0,
    statement_cache_size: int = 100,
    clock: Clock | None = None,
    audit_keys: Sequence[bytes] = (),
    patience: Patience | None = None,
) -> Database:
    """Make the database of a URL; nothing is opened yet.

    PostgreSQL gets two pools of `pool_size` connections, one to write and one to read. `timeout` (seconds) bounds the
    wait for a connection and each statement. `statement_cache_size=0` is for PgBouncer in transaction mode. `patience`
    is for connections that are being opened, were idle, or do not answer. Whoever records audit events needs
    `audit_keys`, of which the first one signs.
    """
    parsed = database_url(url)
    now, keys = clock or SystemClock(), AuditKeys(audit_keys)
    if parsed.get_backend_name() == "sqlite":
        return SqliteDatabase(parsed, pool_size=pool_size, timeout=timeout, clock=now, audit_keys=keys)
    return PostgresDatabase(
        postgres_servers(url),
        pool_size=pool_size,
        timeout=timeout,
        statement_cache_size=statement_cache_size,
        clock=now,
        audit_keys=keys,
        patience=patience or Patience(),
    )


def clock_of(tx: AsyncSession) -> Clock:
    """Return the clock of the database that the transaction belongs to."""
    clock: Clock = tx.info["clock"]
    return clock


def audit_keys_of(tx: AsyncSession) -> AuditKeys:
    """Return the keys that sign the audit events of the transaction."""
    keys: AuditKeys = tx.info["audit_keys"]
    return keys


def messages_of(tx: AsyncSession) -> Signal:
    """Return the signal that the transaction has put a message into the outbox."""
    signal: Signal = tx.info["messages"]
    return signal


async def take_turns(tx: AsyncSession, *names: bytes) -> None:
    """Let transactions that name the same take turns, from here to the end of each.

    For what no row's lock can guard, as the number of rows. Two names with one number only wait for each other; SQLite
    has one writer at a time anyway.
    """
    if tx.get_bind().dialect.name == "postgresql":
        numbers = [int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), signed=True) for name in names]
        await tx.execute(
            _turns(len(numbers)), {f"turn_{place}": number for place, number in enumerate(sorted(numbers))}
        )


@cache
def _turns(count: int) -> Select[Any]:
    # The columns of a row are computed in their order, so that two who name the same never wait for each other.
    return select(
        *(func.pg_advisory_xact_lock(bindparam(f"turn_{place}", type_=BigInteger())) for place in range(count))
    )


def _unique_name() -> str:
    return f"__hestami_{uuid4()}__"


def _make_folder(url: URL) -> Path:
    if url.database in {None, "", ":memory:"}:
        raise ValueError("a database in memory has one connection only: name a file (sqlite+aiosqlite:///path)")
    folder = Path(str(url.database)).parent
    folder.mkdir(parents=True, exist_ok=True)
    return folder
