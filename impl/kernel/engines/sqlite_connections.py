"""Preparation of SQLite's connections: to migrate, write and read a file that several processes share."""

import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from sqlite3 import SQLITE_BUSY, OperationalError
from time import monotonic, sleep
from typing import Any, cast, override

import aiosqlite
from sqlalchemy.dialects.sqlite.aiosqlite import AsyncAdapt_aiosqlite_connection, AsyncAdapt_aiosqlite_cursor
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.util.concurrency import await_

# Time for which a program waits while another one migrates.
_MIGRATION_SECONDS = 60
_RETRY_SECONDS = 0.02
# The largest number that the busy timeout takes: 24 days.
_NO_LIMIT = 2**31 - 1
_WAL = "PRAGMA journal_mode = WAL"


class Driver(aiosqlite.Connection):
    """Connection of aiosqlite that does several things in one turn of its thread."""

    async def do(self, work: Callable[[sqlite3.Connection], sqlite3.Cursor]) -> sqlite3.Cursor:
        """Run a function in the thread of the connection."""
        done: sqlite3.Cursor = await self._execute(work, self._conn)  # type: ignore[no-untyped-call]  # aiosqlite's own
        return done

    async def fetch(self, sql: str, values: Sequence[object]) -> list[dict[str, Any]]:
        """Return the rows of a statement by the names of their columns."""
        done: list[dict[str, Any]] = await self._execute(_rows, self._conn, sql, values)  # type: ignore[no-untyped-call]  # aiosqlite's own
        return done


def _rows(connection: sqlite3.Connection, sql: str, values: Sequence[object]) -> list[dict[str, Any]]:
    cursor = connection.execute(sql, values)
    try:
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    finally:
        cursor.close()


class _Cursor(AsyncAdapt_aiosqlite_cursor):
    """Cursor that opens, executes, fetches and closes in one turn of the connection's thread.

    SQLAlchemy's own takes four turns, and to wait for another thread costs more than most statements.
    """

    __slots__ = ()

    @override
    def _make_new_cursor(self, connection: Any) -> Any:
        return None

    @override
    def _aenter_cursor(self, cursor: Any) -> Any:
        return None

    @override
    async def _execute_async(self, operation: Any, parameters: Any) -> None:
        await self._do(lambda cursor: cursor.execute(operation, parameters or ()))

    @override
    async def _executemany_async(self, operation: Any, seq_of_parameters: Any) -> None:
        await self._do(lambda cursor: cursor.executemany(operation, seq_of_parameters))

    @override
    async def _async_soft_close(self) -> None:
        """Do nothing: the driver's cursor is closed, and what it says of the statement stays with it."""

    @override
    def close(self) -> None:
        self._rows.clear()

    async def _do(self, execute: Callable[[sqlite3.Cursor], object]) -> None:
        fetched: deque[Any] = deque()

        def work(connection: sqlite3.Connection) -> sqlite3.Cursor:
            cursor = connection.cursor()
            try:
                execute(cursor)
                if cursor.description:
                    fetched.extend(cursor.fetchall())
            finally:
                cursor.close()
            return cursor

        async with self._adapt_connection._execute_mutex:  # noqa: SLF001 - SQLAlchemy's, for its subclasses
            self._cursor = await self._connection.do(work)
        self._rows = fetched


class _Adapted(AsyncAdapt_aiosqlite_connection):
    """Connection with cursors that do all in one turn."""

    __slots__ = ()

    _cursor_cls: type[AsyncAdapt_aiosqlite_cursor] = _Cursor

    @override
    def rollback(self) -> None:
        """Roll back the transaction, if there is one: the pool asks for it after each that was committed."""
        if self._connection.in_transaction:
            super().rollback()


def connect(dialect: Dialect, _entry: ConnectionPoolEntry, arguments: list[str], options: dict[str, Any]) -> _Adapted:
    """Open a connection whose statements take one turn of its thread each."""
    driver = Driver(partial(sqlite3.connect, *arguments, **options), iter_chunk_size=1)
    driver._thread.daemon = True  # noqa: SLF001 - as SQLAlchemy does it
    return _Adapted(dialect.dbapi, cast("Any", await_(driver)))


def prepare_migration(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Wait long for other migrations, and put the file into WAL mode before anybody serves from it."""
    connection.isolation_level = None
    _run(connection, _waiting(_MIGRATION_SECONDS))
    _use_write_ahead_log(connection)


def prepare_writing(connection: DBAPIConnection, _entry: ConnectionPoolEntry, *, lock: float) -> None:
    """Make the connection of a process's one writer, which begins its transactions by itself.

    It waits for another process's lock for so many seconds, without a limit for 0.
    """
    # Keeps the driver from opening transactions by itself, later than BEGIN IMMEDIATE would.
    connection.isolation_level = None
    _run(connection, _waiting(lock), _WAL, "PRAGMA synchronous = NORMAL", "PRAGMA foreign_keys = ON")


def prepare_reading(connection: DBAPIConnection, _entry: ConnectionPoolEntry, *, lock: float) -> None:
    """Make a connection that can change nothing."""
    _run(connection, _waiting(lock), "PRAGMA query_only = ON")


def begin_immediate(connection: Connection) -> None:
    """Take the write lock when a transaction begins, and not with its first change."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _use_write_ahead_log(connection: DBAPIConnection) -> None:
    """Put the file into WAL mode, which it keeps.

    SQLite refuses this change at once while another connection is in the file, whatever the busy timeout.
    """
    deadline = monotonic() + _MIGRATION_SECONDS
    while True:
        try:
            return _run(connection, _WAL)
        except OperationalError as error:
            if error.sqlite_errorcode != SQLITE_BUSY or monotonic() > deadline:
                raise
            sleep(_RETRY_SECONDS)


def _waiting(seconds: float) -> str:
    return f"PRAGMA busy_timeout = {round(seconds * 1000) or _NO_LIMIT}"


def _run(connection: DBAPIConnection, *statements: str) -> None:
    cursor = connection.cursor()
    for statement in statements:
        cursor.execute(statement)
    cursor.close()
