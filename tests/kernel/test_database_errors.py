"""Errors of a database: the operator's to mend, the client's to try again, or ours, whatever wraps them."""

from __future__ import annotations

import sqlite3
import ssl
from typing import Final

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from impl.kernel import database_errors
from impl.kernel.errors import Unavailable

_SCHEMA = "has another schema than this release needs (python -m impl.cli migrate)"
_ROLE = "refuses its role what the service needs (to migrate it, CREATE on the database and on schema public)"
_RULES: Final = ("lost", "broken", "transient", "read_only", "given_up", "undone", "stale")


def sqlite(code: int, message: str = "x") -> sqlite3.Error:
    """Return an error as the driver raises it, with an extended result code."""
    error = sqlite3.OperationalError(message)
    error.sqlite_errorcode = code
    return error


# Each error, the rules that are true of it, and how it is explained to the operator.
ERRORS: Final[dict[str, tuple[BaseException, str, str | None]]] = {
    "serialisation": (
        asyncpg.SerializationError("x"),
        "transient given_up undone",
        "does not work at this moment: x",
    ),
    "deadlock": (asyncpg.DeadlockDetectedError("x"), "transient given_up undone", "does not work at this moment: x"),
    "restart": (asyncpg.AdminShutdownError("x"), "lost transient given_up", "does not work at this moment: x"),
    "crash": (asyncpg.CrashShutdownError("x"), "lost transient given_up", "does not work at this moment: x"),
    "starting": (asyncpg.CannotConnectNowError("x"), "lost transient", "does not work at this moment: x"),
    "slow statement": (asyncpg.QueryCanceledError("x"), "lost transient", "does not work at this moment: x"),
    "idle": (asyncpg.IdleInTransactionSessionTimeoutError("x"), "lost transient", "does not work at this moment: x"),
    "slow transaction": (asyncpg.TransactionTimeoutError("x"), "lost transient", "does not work at this moment: x"),
    "full of connections": (asyncpg.TooManyConnectionsError("x"), "lost transient", "does not work at this moment: x"),
    "full disk": (asyncpg.DiskFullError("x"), "transient", "does not work at this moment: x"),
    "lock": (asyncpg.LockNotAvailableError("x"), "transient", "does not work at this moment: x"),
    "broken disk": (asyncpg.PostgresIOError("x"), "transient", "does not work at this moment: x"),
    "demoted": (asyncpg.ReadOnlySQLTransactionError("x"), "transient read_only", "takes no changes: x"),
    "gone": (asyncpg.ConnectionDoesNotExistError("x"), "lost broken transient", "does not work at this moment: x"),
    "failed": (asyncpg.ConnectionFailureError("x"), "lost transient", "does not work at this moment: x"),
    "ended": (asyncpg.InternalClientError("x"), "lost transient", "does not work at this moment: x"),
    "closed": (asyncpg.InterfaceError("x"), "lost broken transient", "does not work at this moment: x"),
    "unsendable value": (asyncpg.DataError("x"), "", None),
    "reset": (ConnectionResetError("x"), "lost broken transient", "cannot be reached: x"),
    "refused": (ConnectionRefusedError("x"), "lost transient", "cannot be reached: x"),
    "silence": (TimeoutError("x"), "lost broken transient", "does not answer in time"),
    "certificate": (
        ssl.SSLCertVerificationError("x."),
        "lost transient",
        "is there, but its certificate or its TLS is refused: ('x.',)",
    ),
    "stale": (asyncpg.InvalidCachedStatementError("x"), "transient stale", "does not work at this moment: x"),
    "outdated": (asyncpg.OutdatedSchemaCacheError("x"), "lost transient stale", "does not work at this moment: x"),
    "password": (asyncpg.InvalidPasswordError("a\n b."), "", "refuses the connection: a b"),
    "no database": (asyncpg.InvalidCatalogNameError("x"), "", "refuses the connection: x"),
    "no schema": (asyncpg.InvalidSchemaNameError("x"), "", f"{_SCHEMA}: x"),
    "no table": (asyncpg.UndefinedTableError("x"), "", f"{_SCHEMA}: x"),
    "no column": (asyncpg.UndefinedColumnError("x"), "", f"{_SCHEMA}: x"),
    "no right": (asyncpg.InsufficientPrivilegeError("x"), "", f"{_ROLE}: x"),
    "twice": (asyncpg.UniqueViolationError("x"), "", None),
    "division": (asyncpg.DivisionByZeroError("x"), "", None),
    "SQLite is busy": (sqlite(5 | 2 << 8), "transient", "does not work at this moment: x"),
    "SQLite is locked": (sqlite(6), "transient", "does not work at this moment: x"),
    "SQLite is read-only": (sqlite(8 | 4 << 8), "transient read_only", "takes no changes: x"),
    "SQLite's disk is broken": (sqlite(10), "transient read_only", "takes no changes: x"),
    "SQLite's disk is full": (sqlite(13), "transient read_only", "takes no changes: x"),
    "SQLite has no file": (sqlite(14), "transient read_only", "takes no changes: x"),
    "SQLite has no table": (sqlite(1, "no such table: x"), "", f"{_SCHEMA}: no such table: x"),
    "SQLite has a fault": (sqlite(1), "", None),
    "SQLite refuses twice": (sqlite(19), "", None),
    "no file of SQLite": (sqlite(26), "", "is none: x"),
    "ours": (ZeroDivisionError("x"), "", None),
}


def wrapped(error: BaseException) -> DBAPIError:
    """Wrap an error as SQLAlchemy does: its dialect translates the driver's, and keeps it as the cause."""
    translated = DBAPIError("SELECT", {}, Exception("of the dialect"))
    translated.__cause__ = error
    return DBAPIError("SELECT", {}, translated)


def _meaning(error: BaseException) -> tuple[str, str | None]:
    true = [rule for rule in _RULES if getattr(database_errors, f"is_{rule}")(error)]
    return " ".join(true), database_errors.explain(error)


def test_an_error_means_the_same_as_the_driver_raises_it_and_wrapped() -> None:
    expected = {name: (true, explanation) for name, (_, true, explanation) in ERRORS.items()}
    assert {name: _meaning(error) for name, (error, _, _) in ERRORS.items()} == expected
    assert {name: _meaning(wrapped(error)) for name, (error, _, _) in ERRORS.items()} == expected


def test_a_refusal_is_explained_by_its_cause() -> None:
    refusal = Unavailable(database_errors.UNREACHABLE)
    assert database_errors.explain(refusal) is None
    told = database_errors.explain(Unavailable(database_errors.READ_ONLY))
    assert told == "takes no changes at this moment: its disk is full, or it is a standby"
    for error, _, explanation in ERRORS.values():
        refusal.__cause__ = error
        assert database_errors.explain(refusal) == explanation


def test_nothing_was_lost_or_given_up_without_an_error() -> None:
    assert not database_errors.is_lost(None)
    assert not database_errors.is_given_up(None)


def test_a_pool_without_a_place_and_an_invalidated_connection_may_succeed_in_a_moment() -> None:
    full, invalidated = PoolTimeoutError(), DBAPIError("SELECT", {}, Exception("x"), connection_invalidated=True)
    assert database_errors.is_transient(full)
    assert database_errors.explain(full) == "does not answer in time"
    assert database_errors.is_transient(invalidated)
    assert database_errors.explain(invalidated) == "does not work at this moment: x"


def _raised(error: BaseException) -> BaseException:
    try:
        with database_errors.translated():
            raise error
    except Exception as raised:  # noqa: BLE001 - whatever it is
        return raised


def test_only_what_may_succeed_is_translated_and_no_other_error_of_the_system() -> None:
    wrappings = [(wrapped(error), "transient" in true) for error, true, _ in ERRORS.values()]
    plain = [(one, True) for one in (PoolTimeoutError(), TimeoutError(), ConnectionResetError())]
    others = [(one, False) for one in (FileNotFoundError(), ZeroDivisionError())]
    for error, is_translated in (*wrappings, *plain, *others):
        raised = _raised(error)
        if is_translated:
            assert isinstance(raised, Unavailable)
            words = database_errors.READ_ONLY if database_errors.is_read_only(error) else database_errors.UNREACHABLE
            assert (raised.detail, raised.__cause__) == (words, error)
        else:
            assert raised is error
