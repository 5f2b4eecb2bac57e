"""Statements on SQLite take one turn of the connection's thread each, and leave no transaction open."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing

import aiosqlite
import pytest
from sqlalchemy import literal, select, text

from impl.kernel.database import Database
from tests.harness.patience import PATIENCE
from tests.harness.queries import UntypedQuery

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Return what the threads of connections are asked to do meanwhile."""
    asked: list[object] = []
    execute = aiosqlite.Connection._execute  # noqa: SLF001 - the library has no other place that each turn passes

    async def noting(
        connection: aiosqlite.Connection, work: Callable[..., object], *given: object, **named: object
    ) -> object:
        asked.append(work)
        result: object = await execute(connection, work, *given, **named)  # type: ignore[no-untyped-call]  # aiosqlite's own
        return result

    monkeypatch.setattr(aiosqlite.Connection, "_execute", noting)
    return asked


async def test_a_read_takes_one(database: Database, turns: list[object]) -> None:
    query = UntypedQuery(select(literal(1).label("n")))
    await database.reader.first(query)
    turns.clear()
    row = await database.reader.first(query)
    assert row is not None
    assert row["n"] == 1
    assert len(turns) == 1


async def test_a_transaction_takes_one_for_each_statement_and_for_its_ends(
    database: Database, turns: list[object]
) -> None:
    async with database.begin() as tx:
        await tx.execute(text("CREATE TABLE things (n INTEGER UNIQUE)"))
    turns.clear()
    async with database.begin() as tx:
        await tx.execute(text("INSERT INTO things VALUES (:n)"), [{"n": 1}, {"n": 2}])
        deleted = await tx.execute(text("DELETE FROM things WHERE n = 1 RETURNING n"))
        assert deleted.scalars().all() == [1]
    # The beginning, two statements, and the commit.
    assert len(turns) == 4


async def test_a_transaction_that_is_cancelled_while_it_waits_leaves_none_open(
    database: Database, fresh_database_url: str, turns: list[object]
) -> None:
    async def write() -> None:
        async with database.begin() as tx:
            await tx.execute(text("UPDATE outbox SET attempts = attempts"))

    await write()
    async with asyncio.timeout(PATIENCE):
        with closing(sqlite3.connect(fresh_database_url.partition("///")[2])) as other:
            other.execute("BEGIN IMMEDIATE")
            turns.clear()
            waiting = asyncio.create_task(write())
            await asyncio.sleep(0)  # one turn of the loop, in which it asks for the lock
            assert turns, "it does not wait for the lock"
            waiting.cancel()
        await asyncio.wait([waiting])
        await write()
    assert waiting.cancelled()
