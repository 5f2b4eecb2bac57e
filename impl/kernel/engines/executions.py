"""Execution of SQLAlchemy's statements: traced, and on asyncpg watched and repeated when a table has changed."""

from collections.abc import Callable
from typing import Any

import asyncpg
from sqlalchemy import Engine, event
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.engine.interfaces import DBAPICursor

from impl.kernel import tracing
from impl.kernel.database_errors import is_stale
from impl.kernel.engines.statement_watch import StatementWatch


def execute_watched(engine: Engine, watch: StatementWatch) -> None:
    """Execute each statement of the engine under the watch, and prepare it again when its table has changed."""

    def execute(cursor: DBAPICursor, statement: str, values: Any, context: DefaultExecutionContext) -> bool:  # noqa: ANN401 - of whatever shape the driver takes
        with tracing.statement(statement, "postgresql"):
            return _prepared_again(lambda: cursor.execute(statement, values), context, watch)

    def execute_many(cursor: DBAPICursor, statement: str, values: Any, context: DefaultExecutionContext) -> bool:  # noqa: ANN401 - of whatever shape the driver takes
        with tracing.statement(statement, "postgresql"):
            return _prepared_again(lambda: cursor.executemany(statement, values), context, watch)

    event.listen(engine, "do_execute", execute)
    event.listen(engine, "do_executemany", execute_many)


def execute_traced(engine: Engine) -> None:
    """Execute each statement of an engine on SQLite, and record it where the running task is traced."""

    def execute(cursor: DBAPICursor, statement: str, values: Any, _: DefaultExecutionContext) -> bool:  # noqa: ANN401 - of whatever shape the driver takes
        with tracing.statement(statement, "sqlite"):
            cursor.execute(statement, values)
        return True

    def execute_many(cursor: DBAPICursor, statement: str, values: Any, _: DefaultExecutionContext) -> bool:  # noqa: ANN401 - of whatever shape the driver takes
        with tracing.statement(statement, "sqlite"):
            cursor.executemany(statement, values)
        return True

    event.listen(engine, "do_execute", execute)
    event.listen(engine, "do_executemany", execute_many)


def _prepared_again(execute: Callable[[], object], context: DefaultExecutionContext, watch: StatementWatch) -> bool:
    """Execute a statement once more whose table has changed since it was prepared, when nothing was done before it.

    The server refuses the old form and, with it, the transaction. If that had begun with this very statement, it can
    begin again; what SQLAlchemy keeps prepared, on all connections, counts as outdated from here on.
    """
    connection = context.root_connection.connection
    driver = connection.driver_connection
    if not isinstance(driver, asyncpg.Connection):
        return False
    is_first = not driver.is_in_transaction()
    with watch.over(driver):
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
