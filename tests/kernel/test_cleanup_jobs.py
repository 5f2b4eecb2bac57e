"""Cleanup jobs and periodic tasks run beside the mails, and neither wait for nor fail with one another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from datetime import timedelta

from sqlalchemy import func, insert, select, text

from impl.kernel import outbox
from impl.kernel.database import Database
from impl.kernel.ids import new_id
from impl.kernel.outbox import LEASE, Message, OutboxMessage
from impl.kernel.personal_data import Period
from impl.kernel.retention import BATCH, CleanupJob, Retention
from impl.worker import Worker
from tests.harness.clock import MovableClock
from tests.harness.patience import PATIENCE
from tests.harness.queries import UntypedQuery
from tests.kernel.test_worker import listening, put, rows


async def test_chores_are_done_hourly_and_one_that_fails_spares_the_others(
    database: Database, clock: MovableClock
) -> None:
    done: list[str] = []
    seen = asyncio.Condition()

    async def fail() -> AsyncGenerator[Mapping[str, int], None]:
        yield {"things": 1}
        raise ValueError

    async def count() -> AsyncGenerator[Mapping[str, int], None]:
        async with seen:
            done.append("x")
            seen.notify_all()
        yield {"things": 0}

    cleanup_jobs = {"fails": CleanupJob(fail), "counts": CleanupJob(count)}
    hand = Worker(database, handlers={}, cleanup_jobs=cleanup_jobs, poll_seconds=0.01)
    running = asyncio.create_task(hand.run())
    async with asyncio.timeout(PATIENCE), seen:
        await seen.wait_for(lambda: len(done) == 1)
        clock.advance(timedelta(hours=1, seconds=1))
        await seen.wait_for(lambda: len(done) == 2)
    hand.stop()
    await running


_OVERDUE = 3 * BATCH + 1
_DEAD = UntypedQuery(select(func.count().label("count")).where(OutboxMessage.dead_at.is_not(None)))


async def overdue(database: Database) -> CleanupJob:
    """Bury more than three steps can remove, long ago, and give the clean-up that is to remove them."""
    then = database.clock.now() - timedelta(days=31)
    row = {"topic": "mail", "payload": {}, "attempts": 1, "created_at": then, "next_attempt_at": then, "dead_at": then}
    async with database.begin() as tx:
        await tx.execute(insert(OutboxMessage), [{"id": new_id(), **row} for _ in range(_OVERDUE)])
    return Retention(database, outbox.PERSONAL_DATA_POLICIES, {Period.DEAD_LETTERS: timedelta(days=30)}).cleanup_jobs[
        "outbox"
    ]


async def left(database: Database) -> int:
    found = await database.reader.first(_DEAD)
    assert found is not None
    return int(found["count"])


async def test_a_mail_goes_out_while_a_clean_up_has_more_to_do(database: Database) -> None:
    """It is put after the first step, and the second one is not taken before it is delivered."""
    purge = await overdue(database)
    delivered = asyncio.Event()
    seen: list[int] = []

    async def take(_message: Message) -> None:
        seen.append(await left(database))
        delivered.set()

    async def in_turns() -> AsyncGenerator[Mapping[str, int], None]:
        async for removed in purge.steps():
            if not delivered.is_set():
                await put(database)
                await delivered.wait()
            yield removed
        hand.stop()

    hand = Worker(database, handlers={"mail": take}, cleanup_jobs={"outbox": CleanupJob(in_turns)}, poll_seconds=0.01)
    async with asyncio.timeout(PATIENCE):
        await hand.run()
    assert seen == [_OVERDUE - BATCH]
    assert await rows(database) == []


async def test_stopping_ends_a_clean_up_after_the_step_that_is_being_taken(database: Database) -> None:
    purge = await overdue(database)

    async def told_to_stop() -> AsyncGenerator[Mapping[str, int], None]:
        async for removed in purge.steps():
            hand.stop()
            yield removed

    another: list[str] = []

    async def never() -> AsyncGenerator[Mapping[str, int], None]:
        another.append("begun")
        yield {}

    cleanup_jobs = {"outbox": CleanupJob(told_to_stop), "another": CleanupJob(never)}
    hand = Worker(database, handlers={}, cleanup_jobs=cleanup_jobs, poll_seconds=0.01)
    async with asyncio.timeout(PATIENCE):
        await hand.run()
    assert await left(database) == _OVERDUE - BATCH
    assert another == []


async def test_what_keeps_mail_from_going_out_keeps_nothing_else_from_being_done(
    database: Database, clock: MovableClock
) -> None:
    """The outbox is taken away while a message is being delivered, and put back by a clean-up that went on."""
    schema = "" if database.dialect == "sqlite" else "operations."
    tried: list[int] = []

    async def run(statement: str) -> None:
        async with database.begin() as tx:
            await tx.execute(text(statement))

    async def take(message: Message) -> None:
        tried.append(message.attempts)
        if len(tried) == 1:
            await run(f"ALTER TABLE {schema}outbox RENAME TO mislaid")
        else:
            hand.stop()

    with listening("delivering failed") as failed:

        async def put_back() -> AsyncGenerator[Mapping[str, int], None]:
            await failed.wait()
            yield {"things": 1}
            await run(f"ALTER TABLE {schema}mislaid RENAME TO outbox")
            clock.advance(LEASE + timedelta(seconds=1))

        await put(database)
        hand = Worker(
            database, handlers={"mail": take}, cleanup_jobs={"puts back": CleanupJob(put_back)}, poll_seconds=0.01
        )
        async with asyncio.timeout(PATIENCE):
            await hand.run()
    assert tried == [1, 2]
    assert await rows(database) == []


async def test_a_share_is_done_again_while_more_waits_and_one_that_fails_stops_nobody(database: Database) -> None:
    left = [True, True, False]
    done: list[str] = []

    async def fail() -> bool:
        raise LookupError

    async def count() -> bool:
        done.append("share")
        if len(done) == 3:
            hand.stop()
        return left.pop(0)

    hand = Worker(
        database, handlers={}, cleanup_jobs={}, periodic_tasks={"fail": fail, "count": count}, poll_seconds=60
    )
    async with asyncio.timeout(PATIENCE):
        await hand.run()
    assert len(done) == 3
