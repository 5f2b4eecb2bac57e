"""Reader through SQLAlchemy, for SQLite."""

from collections.abc import Sequence
from typing import cast, override

from sqlalchemy.ext.asyncio import AsyncEngine

from impl.kernel.clock import Clock
from impl.kernel.database_errors import BUSY, translated
from impl.kernel.reader import Reader
from impl.kernel.semaphore import FairSemaphore, Load
from impl.kernel.statements import Query


class SqliteReader(Reader):
    """Reader through SQLAlchemy; SQLite is for development, where the overhead does not matter."""

    def __init__(self, engine: AsyncEngine, clock: Clock, *, places: int, timeout: float) -> None:
        self.clock = clock
        self._engine = engine
        self._semaphore = FairSemaphore(places, timeout, refusal=BUSY)

    @property
    def load(self) -> Load:
        return self._semaphore.load

    @override
    async def all[R](self, query: Query[R], /, **binds: object) -> Sequence[R]:
        with translated():
            async with self._semaphore, self._engine.connect() as connection:
                return cast("Sequence[R]", (await connection.execute(query.statement, binds)).mappings().all())

    @override
    async def first[R](self, query: Query[R], /, **binds: object) -> R | None:
        with translated():
            async with self._semaphore, self._engine.connect() as connection:
                return cast("R | None", (await connection.execute(query.statement, binds)).mappings().first())
