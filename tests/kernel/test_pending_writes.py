"""Writes wait for what reads them or for the end of their transaction, and are one statement on PostgreSQL."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TypedDict
from uuid import UUID

import pytest
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel import outbox
from impl.kernel.database import Database, clock_of
from impl.kernel.errors import JsonValue, NotFound
from impl.kernel.ids import new_id
from impl.kernel.outbox import OutboxMessage
from impl.kernel.pending_writes import change_soon, insert_soon, savepoint
from impl.kernel.statements import Command, NewRows, Query, Write
from impl.kernel.tables import core_table
from tests.identity.database_inspection import statements

TABLE = core_table(OutboxMessage)


class New(TypedDict):
    id: UUID
    topic: str
    payload: dict[str, JsonValue]
    created_at: datetime
    attempts: int
    next_attempt_at: datetime


class Topic(TypedDict):
    topic: str


INSERT = Command(insert(TABLE), New)
RENAME = Command(update(TABLE).where(TABLE.c.id == bindparam("message_id")), Topic)
TOPICS = Query(select(OutboxMessage.topic).order_by(OutboxMessage.topic), Topic)


def rows(tx: AsyncSession, *topics: str) -> NewRows[New]:
    now = clock_of(tx).now()
    new: list[New] = [
        {"id": new_id(), "topic": one, "payload": {}, "created_at": now, "attempts": 0, "next_attempt_at": now}
        for one in topics
    ]
    return NewRows(INSERT, new)


async def read(tx: AsyncSession) -> list[str]:
    return [row["topic"] for row in await TOPICS.fetch_all(tx)]


async def stored(database: Database) -> list[str]:
    return [row["topic"] for row in await database.reader.all(TOPICS)]


async def test_a_change_is_there_for_whoever_reads_next_and_a_message_for_whoever_comes_after(
    database: Database,
) -> None:
    async with database.begin() as tx:
        new = rows(tx, "a", "b")
        await insert_soon(tx, new)
        assert await read(tx) == ["a", "b"]
        await outbox.put(tx, "told", {})
        assert await read(tx) == ["a", "b"]
        await change_soon(tx, RENAME, Topic(topic="c"), message_id=new.rows[0]["id"])
        assert await read(tx) == ["b", "c", "told"], "all that waits is sent with a change"
        await outbox.put(tx, "told", {})
    assert await stored(database) == ["b", "c", "told", "told"]


async def test_what_follows_each_other_is_one_statement(database: Database) -> None:
    async with database.begin() as tx:
        new = rows(tx, "a", "b")
        await insert_soon(tx, new)

    async def act() -> None:
        async with database.begin() as tx:
            for row in new.rows:
                await change_soon(tx, RENAME, Topic(topic=row["topic"] * 2), message_id=row["id"])
            await outbox.put(tx, "told", {})
            await read(tx)

    said = [one for one in await statements(act) if "outbox" in one]
    assert len(said) == (2 if database.dialect == "postgresql" else 4)
    assert await stored(database) == ["aa", "bb", "told"]


async def test_of_two_changes_of_a_row_the_later_one_stays(database: Database) -> None:
    async with database.begin() as tx:
        new = rows(tx, "first")
        await insert_soon(tx, new)
        for topic in ("second", "third"):
            await change_soon(tx, RENAME, Topic(topic=topic), message_id=new.rows[0]["id"])
    assert await stored(database) == ["third"]


async def test_many_are_sent_by_the_way(database: Database) -> None:
    async with database.begin() as tx:
        for number in range(60):
            await outbox.put(tx, f"{number:02}", {})
        assert 0 < len(await read(tx)) < 60
    assert len(await stored(database)) == 60


@pytest.mark.parametrize("end", [NotFound, asyncio.CancelledError])
async def test_nothing_stays_of_what_is_given_up(database: Database, end: type[BaseException]) -> None:
    async def give_up() -> None:
        async with database.begin() as tx:
            await insert_soon(tx, rows(tx, "a"))
            await outbox.put(tx, "told", {})
            raise end

    with pytest.raises(end):
        await give_up()
    assert await stored(database) == []


async def test_a_savepoint_takes_with_it_what_waits_since_then(database: Database) -> None:
    async def give_up(tx: AsyncSession) -> None:
        async with savepoint(tx):
            await outbox.put(tx, "within", {})
            await insert_soon(tx, rows(tx, "a"))
            raise NotFound

    async with database.begin() as tx:
        await outbox.put(tx, "before", {})
        with pytest.raises(NotFound):
            await give_up(tx)
        async with savepoint(tx):
            await outbox.put(tx, "kept", {})
        await outbox.put(tx, "after", {})
    assert await stored(database) == ["after", "before", "kept"]


def test_changes_may_be_together_that_cannot_meet_in_one_row() -> None:
    one, other = new_id(), new_id()
    rename = Write(RENAME, {"topic": "a"}, {"message_id": one})
    assert rename.is_apart_from(Write(RENAME, {"topic": "b"}, {"message_id": other}))
    assert not rename.is_apart_from(Write(RENAME, {"topic": "a"}, {"message_id": UUID(bytes=one.bytes)}))
    assert not rename.is_apart_from(Write(RENAME, {"topic": "b"}, {"topic_was": "a"}))
    insertion = Write(INSERT, {"id": one}, {})
    assert insertion.is_apart_from(rename)
    assert not rename.is_apart_from(insertion)
