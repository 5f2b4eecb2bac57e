"""Statements whose table has changed since they were prepared on a connection of PostgreSQL."""

from collections.abc import Callable
from typing import Any

import asyncpg
from sqlalchemy import Engine, event
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.engine.interfaces import DBAPICursor

from impl.kernel.database_errors import is_stale


def prepare_again_when_stale(engine: Engine) -> None:
    """Have the engine execute a statement once more that is outdated, where nothing was done before it."""
    event.listen(engine, "do_execute", _execute)
    event.listen(engine, "do_executemany", _execute_many)


def _execute(cursor: DBAPICursor, statement: str, parameters: Any, context: DefaultExecutionContext) -> bool:  # noqa: ANN401 - of whatever shape the driver takes
    return _prepared_again(lambda: cursor.execute(statement, parameters), context)


def _execute_many(cursor: DBAPICursor, statement: str, parameters: Any, context: DefaultExecutionContext) -> bool:  # noqa: ANN401 - as above
    return _prepared_again(lambda: cursor.executemany(statement, parameters), context)


def _prepared_again(execute: Callable[[], object], context: DefaultExecutionContext) -> bool:
    """Execute a statement once more whose table has changed since it was prepared, when nothing was done before it.

    The server refuses the old form and, with it, the transaction. If that had begun with this very statement, it can
    begin again; what SQLAlchemy keeps prepared, on all connections, counts as outdated from here on.
    """
    connection = context.root_connection.connection
    driver = connection.driver_connection
    is_first = isinstance(driver, asyncpg.Connection) and not driver.is_in_transaction()
    try:
        execute()
    except Exception as error:
        if not is_first or not is_stale(error):
            raise
        context.handle_dbapi_exception(error)  # type: ignore[no-untyped-call]  # SQLAlchemy's own
        connection.rollback()
        context.pre_exec()  # type: ignore[no-untyped-call]  # SQLAlchemy's own
        execute()
    # True: SQLAlchemy must not execute the statement again.
    return True
