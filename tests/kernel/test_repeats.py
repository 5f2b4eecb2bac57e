"""Repetition of what PostgreSQL gives up for another's sake, unless something of it was kept."""

from __future__ import annotations

import asyncio
from contextvars import Context
from uuid import UUID

import pytest
from sqlalchemy import select, text, update

from impl.kernel.database import Database
from impl.kernel.errors import Unavailable
from impl.kernel.outbox import OutboxMessage
from impl.kernel.repeats import repeated
from tests.kernel.test_database import ATTEMPTS, add_message

pytestmark = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)

_INCREMENT = update(OutboxMessage).values(attempts=OutboxMessage.attempts + 1)


async def _increments(database: Database) -> list[int]:
    return [row["attempts"] for row in await database.reader.all(ATTEMPTS)]


async def test_of_two_that_block_each_other_both_succeed(database: Database) -> None:
    first, second = await add_message(database), await add_message(database)
    met, done = asyncio.Barrier(2), asyncio.Event()

    async def change(one: UUID, other: UUID, begun: list[UUID]) -> None:
        begun.append(one)
        if len(begun) > 1:
            # Whose transaction was given up could else block the other once more.
            await done.wait()
        async with database.begin() as tx:
            await tx.execute(_INCREMENT.where(OutboxMessage.id == one))
            if len(begun) == 1:
                await met.wait()
            await tx.execute(_INCREMENT.where(OutboxMessage.id == other))
        done.set()

    begun: tuple[list[UUID], list[UUID]] = ([], [])
    await asyncio.gather(
        repeated(lambda: change(first, second, begun[0])), repeated(lambda: change(second, first, begun[1]))
    )
    assert await _increments(database) == [2, 2]
    assert sorted(map(len, begun)) == [1, 2]


async def _change_in_snapshot(database: Database, begun: list[int], *, met: int) -> None:
    """Change in a snapshot what somebody else has changed since, in the first `met` attempts."""
    async with database.begin(snapshot=True) as tx:
        await tx.scalar(select(OutboxMessage.attempts))
        begun.append(len(begun))
        if len(begun) <= met:
            # In a context of its own: what others commit is not ours.
            await asyncio.create_task(_change(database), context=Context())
        await tx.execute(_INCREMENT)


async def _change(database: Database) -> None:
    async with database.begin() as tx:
        await tx.execute(_INCREMENT)


async def test_a_snapshot_that_meets_a_change_is_taken_again(database: Database) -> None:
    await add_message(database)
    begun: list[int] = []
    await repeated(lambda: _change_in_snapshot(database, begun, met=2))
    assert (begun, await _increments(database)) == ([0, 1, 2], [3])


async def test_whoever_meets_others_each_time_is_unavailable(database: Database) -> None:
    await add_message(database)
    begun: list[int] = []
    with pytest.raises(Unavailable):
        await repeated(lambda: _change_in_snapshot(database, begun, met=100))
    assert (begun, await _increments(database)) == ([0, 1, 2, 3], [4])


async def test_nothing_is_done_again_after_a_commit(database: Database) -> None:
    await add_message(database)
    begun: list[int] = []

    async def change_twice() -> None:
        await _change(database)
        await _change_in_snapshot(database, begun, met=1)

    with pytest.raises(Unavailable):
        await repeated(change_twice)
    assert (begun, await _increments(database)) == ([0], [2])


_REFUSAL = """
CREATE FUNCTION operations.refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION USING ERRCODE = '{state}'; END $$
"""
_AT_COMMIT = """
CREATE CONSTRAINT TRIGGER refusal AFTER UPDATE ON operations.outbox DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION operations.refuse()
"""


@pytest.mark.parametrize(("state", "times"), [("40001", 4), ("57P01", 1)])
async def test_a_commit_that_fails_is_tried_again_only_if_it_has_done_nothing(
    database: Database, state: str, times: int
) -> None:
    await add_message(database)
    async with database.begin() as tx:
        await tx.execute(text(_REFUSAL.format(state=state)))
        await tx.execute(text(_AT_COMMIT))
    begun: list[int] = []

    async def change() -> None:
        begun.append(len(begun))
        await _change(database)

    with pytest.raises(Unavailable):
        await repeated(change)
    assert len(begun) == times
