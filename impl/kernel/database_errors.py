"""Classification of database errors: those that mean an unavailable database, and messages for operators."""

import sqlite3
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from impl.kernel.errors import Unavailable

BUSY: Final = "The database is busy."
UNREACHABLE: Final = "The database is busy or cannot be reached."
READ_ONLY: Final = "The database takes no changes at this moment."
_UNWRITABLE: Final = "takes no changes at this moment: its disk is full, or it is a standby"

# Errors that asyncpg raises about a server, a connection or itself.
DRIVER_ERRORS: Final = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
# Errors of a server that restarts, is full, or stops a slow statement.
_CONNECTION_ERRORS: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.QueryCanceledError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.TransactionTimeoutError,
    # Raised for a connection whose end has just been announced by the server.
    asyncpg.InternalClientError,
    OSError,
)
# Errors of a statement that was prepared before its table changed.
STALE_STATEMENT: Final = (asyncpg.InvalidCachedStatementError, asyncpg.OutdatedSchemaCacheError)
# State of a server that has become a standby, or was made read-only.
_READ_ONLY_STATE: Final = "25006"
# 08: the connection; 25P: time-outs of transactions; 40: serialisation, deadlocks; 53: full; 55P03, 57: locks,
# time-outs, shutdown; 58: its disk.
_TRANSIENT_STATES: Final = ("08", "25P03", "25P04", _READ_ONLY_STATE, "40", "53", "55P03", "57", "58")
# Serialisation failure, deadlock; and the end of a server.
_UNDONE_STATES: Final = {"40001", "40P01"}
_GIVEN_UP_STATES: Final = {*_UNDONE_STATES, "57P01", "57P02"}
# SQLite's primary result codes.
_SQLITE_UNWRITABLE: Final = {
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}
_SQLITE_TRANSIENT: Final = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, *_SQLITE_UNWRITABLE}
# Messages by SQLSTATE, or by its first two characters, which are its class.
_REFUSALS: Final[Mapping[str, str]] = {
    "28": "refuses the connection",
    "3D": "refuses the connection",
    "3F": "has another schema than this release needs (python -m impl.cli migrate)",
    "42P01": "has another schema than this release needs (python -m impl.cli migrate)",
    "42703": "has another schema than this release needs (python -m impl.cli migrate)",
    "42501": "refuses its role what the service needs (to migrate it, CREATE on the database and on schema public)",
}


@contextmanager
def translated() -> Iterator[None]:
    """Raise Unavailable (503) for what may succeed in a moment.

    Of what is no error of SQLAlchemy's only what the driver lets through as it is: a connection that broke, a statement
    that took too long. Other errors of the system are not the database's.
    """
    try:
        yield
    except (DBAPIError, PoolTimeoutError, ConnectionError, TimeoutError) as error:
        if not is_transient(error):
            raise
        raise unavailable(error) from error


def unavailable(error: BaseException) -> Unavailable:
    """Return the problem of a database that refuses a statement or does not respond."""
    return Unavailable(READ_ONLY if is_read_only(error) else UNREACHABLE)


def is_lost(error: BaseException | None) -> bool:
    """Return whether the connection or the server failed, not the statement.

    asyncpg's DataError, about a value that it cannot send, is an InterfaceError too.
    """
    error = _of_driver(error)
    if isinstance(error, asyncpg.InterfaceError):
        return not isinstance(error, ValueError)
    return isinstance(error, _CONNECTION_ERRORS)


def is_broken(error: BaseException) -> bool:
    """Return whether a connection ended or gave no answer, rather than that a server refused it."""
    driver = _of_driver(error)
    ended = (asyncpg.InterfaceError, TimeoutError, ConnectionResetError, asyncpg.ConnectionDoesNotExistError)
    return is_lost(driver) and isinstance(driver, ended)


def is_transient(error: BaseException) -> bool:
    """Return whether the same may succeed in a moment, so that the answer is 503 and not 500."""
    if isinstance(error, PoolTimeoutError) or (isinstance(error, DBAPIError) and error.connection_invalidated):
        return True
    driver = _of_driver(error)
    return (
        is_lost(driver)
        or isinstance(driver, STALE_STATEMENT)
        or _state(driver).startswith(_TRANSIENT_STATES)
        or _sqlite_code(driver) in _SQLITE_TRANSIENT
    )


def is_read_only(error: BaseException) -> bool:
    """Return whether the database still answers and takes no changes: a demoted primary, a full disk."""
    driver = _of_driver(error)
    return _state(driver) == _READ_ONLY_STATE or _sqlite_code(driver) in _SQLITE_UNWRITABLE


def is_given_up(error: BaseException | None) -> bool:
    """Return whether the server has undone a transaction for another's sake, or as it shuts down."""
    return error is not None and _state(_of_driver(error)) in _GIVEN_UP_STATES


def is_undone(error: BaseException) -> bool:
    """Return whether a COMMIT that failed is known to have done nothing."""
    return _state(_of_driver(error)) in _UNDONE_STATES


def is_stale(error: BaseException) -> bool:
    """Return whether the statement only has to be prepared again."""
    return isinstance(_of_driver(error), STALE_STATEMENT)


def explain(error: BaseException) -> str | None:
    """Return in words for the operator why the database refuses to work, or None if it is no such refusal.

    They follow the name of the database. A server's own words come along where they name a role, a database or a table;
    they hold no values.
    """
    if isinstance(error, Unavailable):
        if error.__cause__ is None:
            return _UNWRITABLE if error.detail == READ_ONLY else None
        error = error.__cause__
    driver = _of_driver(error)
    state, code = _state(driver), _sqlite_code(driver)
    words = " ".join(str(driver).split()).rstrip(".")
    if isinstance(driver, TimeoutError | PoolTimeoutError):
        return "does not answer in time"
    if isinstance(driver, ssl.SSLError):
        return f"is there, but its certificate or its TLS is refused: {words}"
    if isinstance(driver, OSError):
        return f"cannot be reached: {words}"
    if refusal := _REFUSALS.get(state) or _REFUSALS.get(state[:2]):
        return f"{refusal}: {words}"
    if code == sqlite3.SQLITE_ERROR and "no such" in words:
        return f"{_REFUSALS['42P01']}: {words}"
    if code == sqlite3.SQLITE_NOTADB or is_read_only(error):
        return f"{'takes no changes' if is_read_only(error) else 'is none'}: {words}"
    return f"does not work at this moment: {words}" if is_transient(error) else None


def _of_driver(error: BaseException | None) -> BaseException | None:
    """Return the driver's exception, which SQLAlchemy wraps twice."""
    if isinstance(error, DBAPIError):
        error = error.orig
    cause = getattr(error, "__cause__", None)
    # SQLAlchemy's dialect translates errors and keeps the driver's own as the cause.
    return cause if cause is not None and type(error).__module__.startswith("sqlalchemy.") else error


def _state(error: BaseException | None) -> str:
    return str(getattr(error, "sqlstate", None) or "")


def _sqlite_code(error: BaseException | None) -> int | None:
    code = getattr(error, "sqlite_errorcode", None)
    # Extended result codes keep the primary one in their low byte.
    return code & 0xFF if isinstance(code, int) else None
