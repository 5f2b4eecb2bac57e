"""Barrier that makes transactions race for certain: each has a connection and waits in the database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from impl.kernel.database import take_turns
from tests.harness.patience import PATIENCE

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Executable, TextClause
    from sqlalchemy.ext.asyncio import AsyncSession

    from tests.harness.service import Service

_UNDER_WAY = text("SELECT count(*) FROM operations.outbox WHERE dead_at IS NULL")
_AT_TABLE = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = CAST(:name AS regclass)")
_LOOK_AGAIN = text("SELECT pg_stat_clear_snapshot()")
_ANYWHERE = text(
    "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND datname = current_database()"
)


class Meeting:
    """Transactions that wait at the barrier; `waiting` counts them."""

    def __init__(self, tx: AsyncSession | None, place: str, waiting: TextClause, places: int) -> None:
        self._tx = tx
        self._place = place
        self._waiting = waiting
        self._places = places
        self.tasks: list[asyncio.Task[Any]] = []

    async def begin(self, *acts: Coroutine[Any, Any, Any]) -> None:
        """Start these and wait until the server says that they stand at the place, behind those before them."""
        self.tasks += map(asyncio.create_task, acts)
        if self._tx is None:
            return
        expected = min(len(self.tasks), self._places)
        async with asyncio.timeout(PATIENCE):
            while (await self._tx.scalars(self._waiting)).one() < expected:
                # A transaction sees who is connected as of its first look otherwise.
                await self._tx.execute(_LOOK_AGAIN)
                early = [task.result() for task in self.tasks if task.done()]
                assert not early, f"over before it came to {self._place}: {early}"


@asynccontextmanager
async def meeting(service: Service, table: str) -> AsyncIterator[Meeting]:
    """Hold back whoever would change or lock rows of the table until the block ends; reading passes.

    On SQLite, which has one writer at a time and nobody who waits, they merely start together.
    """
    waiting = _AT_TABLE.bindparams(name=table)
    if service.engine == "sqlite":
        yield Meeting(None, table, waiting, 0)
        return
    async with service.services.database.begin() as tx:
        # The worker must not stand at the table in the place of one of those who are counted.
        async with asyncio.timeout(PATIENCE):
            while (await tx.scalars(_UNDER_WAY)).one():
                continue
        await tx.execute(text(f"LOCK TABLE {table} IN EXCLUSIVE MODE"))
        yield Meeting(tx, table, waiting, service.settings.connection_options.places)


@asynccontextmanager
async def in_turn(service: Service, user_id: UUID) -> AsyncIterator[Meeting]:
    """Hold an account back until the block ends; then those who want it have it in the order in which they came.

    On SQLite they merely start together.
    """
    if service.engine == "sqlite":
        yield Meeting(None, "the account", _ANYWHERE, 0)
        return
    async with service.services.database.begin() as tx:
        await tx.execute(text("SELECT id FROM identity.users WHERE id = :id FOR UPDATE"), {"id": user_id})
        yield Meeting(tx, "the account", _ANYWHERE, service.settings.connection_options.places)


@asynccontextmanager
async def behind(service: Service, lock: Executable) -> AsyncIterator[tuple[AsyncSession, Meeting]]:
    """Hold back whoever wants the rows that a statement locks until the block ends, and write what they find then.

    On SQLite they wait for the one writer.
    """
    async with service.services.database.begin() as tx:
        await tx.execute(lock)
        where = None if service.engine == "sqlite" else tx
        yield tx, Meeting(where, "the rows", _ANYWHERE, service.settings.connection_options.places)


@asynccontextmanager
async def at_turn(service: Service, name: bytes) -> AsyncIterator[Meeting]:
    """Hold back whoever takes the turn of this name until the block ends.

    On SQLite they merely start together.
    """
    if service.engine == "sqlite":
        yield Meeting(None, "the turn", _ANYWHERE, 0)
        return
    async with service.services.database.begin() as tx:
        await take_turns(tx, name)
        yield Meeting(tx, "the turn", _ANYWHERE, service.settings.connection_options.places)


async def at_once[T](service: Service, table: str, *acts: Coroutine[Any, Any, T]) -> list[T]:
    """Do these at once, the table being the first that each changes or locks rows of; what they came to."""
    async with meeting(service, table) as met:
        await met.begin(*acts)
    results: list[T] = await asyncio.gather(*met.tasks)
    return results
