"""Reader on aiosqlite connections, for SQLite."""

import sqlite3
from collections import deque
from collections.abc import Sequence
from typing import Any, NamedTuple, cast, override

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from impl.kernel import tracing
from impl.kernel.clock import Clock
from impl.kernel.database_errors import BUSY, translated
from impl.kernel.engines.sqlite_connections import Driver
from impl.kernel.reader import Reader
from impl.kernel.semaphore import FairSemaphore, Load
from impl.kernel.statements import Query


class _Taken(NamedTuple):
    """Connection that the engine has opened, and what the driver knows it by."""

    connection: AsyncConnection
    driver: Driver


class SqliteReader(Reader):
    """Reader on aiosqlite connections: a statement is one turn of a connection's thread, and little else.

    The engine opens and closes them. Between two reads they are kept here: what SQLAlchemy does around a statement
    takes several times as long as most statements.
    """

    def __init__(self, engine: AsyncEngine, clock: Clock, *, places: int, timeout: float) -> None:
        self.clock = clock
        self._engine = engine
        self._semaphore = FairSemaphore(places, timeout, refusal=BUSY)
        self._idle: deque[_Taken] = deque()

    @property
    def load(self) -> Load:
        return self._semaphore.load

    async def close(self) -> None:
        while self._idle:
            await self._idle.pop().connection.close()

    @override
    async def all[R](self, query: Query[R], /, **binds: object) -> Sequence[R]:
        compiled = query.compiled(self._engine.dialect)
        sql, values = compiled.call(binds)
        rows: Sequence[R] = compiled.rows(await self._fetch(sql, values))
        return rows

    @override
    async def first[R](self, query: Query[R], /, **binds: object) -> R | None:
        compiled = query.compiled(self._engine.dialect)
        sql, values = compiled.call(binds)
        records = await self._fetch(sql, values)
        row: R | None = compiled.row(records[0]) if records else None
        return row

    async def _fetch(self, sql: str, values: list[object]) -> list[dict[str, Any]]:
        with translated():
            async with self._semaphore:
                taken = self._idle.popleft() if self._idle else await self._open()
                try:
                    with tracing.statement(sql, "sqlite"):
                        return await taken.driver.fetch(sql, values)
                except sqlite3.Error as error:
                    raise DBAPIError.instance(sql, None, error, sqlite3.Error, hide_parameters=True) from error
                finally:
                    # As the last one to be used again: a statement that nobody waits for any more still runs on it.
                    self._idle.append(taken)

    async def _open(self) -> _Taken:
        connection = await self._engine.connect()
        return _Taken(connection, cast("Driver", (await connection.get_raw_connection()).driver_connection))
