"""Preparation of SQLite's connections: to migrate, write and read a file that several processes share."""

from sqlite3 import SQLITE_BUSY, OperationalError
from time import monotonic, sleep

from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

# Time for which a program waits while another one migrates.
_MIGRATION_SECONDS = 60
_RETRY_SECONDS = 0.02
_WAIT = "PRAGMA busy_timeout = 10000"
_WAL = "PRAGMA journal_mode = WAL"


def prepare_migration(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Wait long for other migrations, and put the file into WAL mode before anybody serves from it."""
    connection.isolation_level = None
    _run(connection, f"PRAGMA busy_timeout = {_MIGRATION_SECONDS * 1000}")
    _use_write_ahead_log(connection)


def prepare_writing(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Make the connection of a process's one writer, which begins its transactions by itself."""
    # Keeps the driver from opening transactions by itself, later than BEGIN IMMEDIATE would.
    connection.isolation_level = None
    _run(connection, _WAIT, _WAL, "PRAGMA synchronous = NORMAL", "PRAGMA foreign_keys = ON")


def prepare_reading(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Make a connection that can change nothing."""
    _run(connection, _WAIT, "PRAGMA query_only = ON")


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


def _run(connection: DBAPIConnection, *statements: str) -> None:
    cursor = connection.cursor()
    for statement in statements:
        cursor.execute(statement)
    cursor.close()
