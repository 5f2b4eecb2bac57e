"""The worker delivers, retries and gives up, and loses nothing when it is killed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import override

import pytest
from sqlalchemy import select

from impl.kernel import outbox
from impl.kernel.database import Database
from impl.kernel.engines.connecting import connect
from impl.kernel.engines.connection_options import ConnectionOptions
from impl.kernel.outbox import LEASE, MAX_ATTEMPTS, AttemptFailed, Handler, Message, OutboxMessage, Undeliverable
from impl.worker import Worker
from tests.harness.clock import MovableClock
from tests.harness.patience import PATIENCE
from tests.harness.programs import running
from tests.harness.queries import Row, UntypedQuery

ROOT = Path(__file__).parents[2]
ALL = UntypedQuery(select(OutboxMessage).order_by(OutboxMessage.id))


class Inbox:
    """Handler that takes messages, and fails as often as it was told to."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.taken: list[Message] = []

    async def take(self, message: Message) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.taken.append(message)


def worker(database: Database, handlers: Mapping[str, Handler], poll_seconds: float = 0.5) -> Worker:
    return Worker(database, handlers=handlers, cleanup_jobs={}, concurrency=4, poll_seconds=poll_seconds)


async def put(database: Database, topic: str = "mail", number: int = 0) -> None:
    async with database.begin() as tx:
        await outbox.put(tx, topic, {"number": number})


async def rows(database: Database) -> list[Row]:
    return list(await database.reader.all(ALL))


async def test_everything_due_is_delivered_once(database: Database) -> None:
    inbox = Inbox()
    for number in range(11):
        await put(database, number=number)
    assert await worker(database, {"mail": inbox.take}).run_once() == 11
    assert sorted(int(str(message.payload["number"])) for message in inbox.taken) == list(range(11))
    assert await rows(database) == []
    assert await worker(database, {"mail": inbox.take}).run_once() == 0


async def test_what_is_slow_keeps_nothing_else_waiting(database: Database) -> None:
    """More of the slow ones are due than a worker delivers at once, and none of them comes to its end."""
    begun, mailed = asyncio.Event(), asyncio.Event()

    async def never(_: Message) -> None:
        begun.set()
        await asyncio.Event().wait()

    async def mail(_: Message) -> None:
        mailed.set()

    for number in range(6):
        await put(database, "picture", number)
    hand = Worker(
        database,
        handlers={"picture": never, "mail": mail},
        cleanup_jobs={},
        slow_topics={"picture"},
        concurrency=4,
        poll_seconds=0.01,
    )
    working = asyncio.create_task(hand.run())
    async with asyncio.timeout(PATIENCE):
        await begun.wait()
        await put(database)
        await mailed.wait()
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    assert [row["attempts"] for row in await rows(database) if row["topic"] == "picture"] == [1, 0, 0, 0, 0, 0]


async def test_a_mail_server_that_hangs_keeps_nothing_prompt_waiting(database: Database) -> None:
    begun, told = asyncio.Event(), asyncio.Event()

    async def never(_: Message) -> None:
        begun.set()
        await asyncio.Event().wait()

    async def tell(_: Message) -> None:
        told.set()

    for number in range(6):
        await put(database, "mail", number)
    hand = Worker(
        database,
        handlers={"mail": never, "happened": tell},
        cleanup_jobs={},
        prompt_topics={"happened"},
        concurrency=4,
        poll_seconds=0.01,
    )
    working = asyncio.create_task(hand.run())
    async with asyncio.timeout(PATIENCE):
        await begun.wait()
        await put(database, "happened")
        await told.wait()
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)


async def test_two_workers_deliver_nothing_twice(database: Database) -> None:
    inbox = Inbox()
    for number in range(25):
        await put(database, number=number)
    await asyncio.gather(*(worker(database, {"mail": inbox.take}).run_once() for _ in range(3)))
    assert len(inbox.taken) == len({message.id for message in inbox.taken}) == 25


async def test_a_failure_is_tried_again_later_and_told_without_its_text(
    database: Database, clock: MovableClock, caplog: pytest.LogCaptureFixture
) -> None:
    inbox = Inbox(ConnectionError("someone@hestami.test was refused"))
    await put(database)
    hand = worker(database, {"mail": inbox.take})
    assert await hand.run_once() == 1
    (row,) = await rows(database)
    assert (row["attempts"], row["last_error"], row["dead_at"]) == (1, "ConnectionError", None)
    assert all("someone" not in record.getMessage() for record in caplog.records)
    assert await hand.run_once() == 0
    clock.advance(timedelta(minutes=1))
    assert await hand.run_once() == 1
    assert [message.attempts for message in inbox.taken] == [2]


async def test_what_a_handler_puts_into_words_is_told(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    inbox = Inbox(AttemptFailed("the mail server refuses our user name and password (535)"))
    await put(database)
    await worker(database, {"mail": inbox.take}).run_once()
    (row,) = await rows(database)
    told = "the mail server refuses our user name and password (535)"
    assert (row["attempts"], row["last_error"], row["dead_at"]) == (1, told, None)
    (line,) = [record.getMessage() for record in caplog.records if record.name == "hestami.worker"]
    assert line.startswith(f"outbox message {row['id']} (mail) failed, again at ")
    assert line.endswith(told)


async def test_what_can_never_be_delivered_is_a_dead_letter_at_once(database: Database) -> None:
    inbox = Inbox(Undeliverable("no such thing"))
    await put(database)
    await worker(database, {"mail": inbox.take}).run_once()
    (row,) = await rows(database)
    assert row["dead_at"] is not None
    assert row["last_error"] == "Undeliverable: no such thing"


async def test_one_that_fails_holds_up_nobody(database: Database) -> None:
    good, bad = Inbox(), Inbox(*(ValueError() for _ in range(10)))
    for number in range(3):
        await put(database, "bad", number)
        await put(database, "mail", number)
    await worker(database, {"mail": good.take, "bad": bad.take}).run_once()
    assert len(good.taken) == 3
    assert len(await rows(database)) == 3


async def test_a_message_that_kills_its_worker_is_given_up_in_the_end(database: Database, clock: MovableClock) -> None:
    await put(database)
    for _ in range(MAX_ATTEMPTS):
        assert await outbox.claim(database, ["mail"], limit=1)
        clock.advance(LEASE + timedelta(seconds=1))
    inbox = Inbox()
    await worker(database, {"mail": inbox.take}).run_once()
    (row,) = await rows(database)
    assert inbox.taken == []
    assert row["dead_at"] is not None


async def test_the_loop_delivers_what_comes_and_stops_when_told(database: Database) -> None:
    delivered = asyncio.Event()

    async def take(_message: Message) -> None:
        delivered.set()

    hand = worker(database, {"mail": take}, poll_seconds=0.01)
    running = asyncio.create_task(hand.run())
    await put(database)
    async with asyncio.timeout(PATIENCE):
        await delivered.wait()
        hand.stop()
        await running
    assert await rows(database) == []


async def test_what_its_own_process_puts_is_delivered_at_once(database: Database) -> None:
    inbox = Inbox()
    arrived = asyncio.Queue[Message]()

    async def take(message: Message) -> None:
        await inbox.take(message)
        arrived.put_nowait(message)

    hand = worker(database, {"mail": take}, poll_seconds=PATIENCE * 60)
    running = asyncio.create_task(hand.run())
    async with asyncio.timeout(PATIENCE):
        for number in range(3):
            await put(database, number=number)
            await arrived.get()
        hand.stop()
        await running
    assert await rows(database) == []


async def test_stopping_lets_a_delivery_end(database: Database) -> None:
    began, may_end = asyncio.Event(), asyncio.Event()

    async def take(_message: Message) -> None:
        began.set()
        await may_end.wait()

    await put(database)
    hand = worker(database, {"mail": take}, poll_seconds=0.01)
    running = asyncio.create_task(hand.run())
    async with asyncio.timeout(PATIENCE):
        await began.wait()
        hand.stop()
        may_end.set()
        await running
    assert await rows(database) == []


class Listener(logging.Handler):
    """Log handler that reports when a certain line is logged."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.heard = asyncio.Event()
        self._words = words

    @override
    def emit(self, record: logging.LogRecord) -> None:
        if self._words in record.getMessage():
            self.heard.set()


@contextmanager
def listening(words: str) -> Iterator[asyncio.Event]:
    """Give what is set when the worker says this."""
    listener = Listener(words)
    logging.getLogger("hestami.worker").addHandler(listener)
    try:
        yield listener.heard
    finally:
        logging.getLogger("hestami.worker").removeHandler(listener)


async def test_a_database_that_is_away_makes_it_wait_and_not_end() -> None:
    database = connect("postgresql://nobody:nothing@127.0.0.1:1/none", ConnectionOptions(wait=2, statement=2))
    hand = worker(database, {"mail": Inbox().take}, poll_seconds=0.01)
    with listening("delivering waits for the database") as heard:
        running = asyncio.create_task(hand.run())
        async with asyncio.timeout(PATIENCE):
            await heard.wait()
            hand.stop()
            await running
    await database.close()


async def test_a_message_whose_worker_was_killed_is_delivered_by_the_next(
    database: Database, clock: MovableClock, fresh_database_url: str, tmp_path: Path
) -> None:
    await put(database)
    async with running("tests.kernel.hanging_worker", fresh_database_url, folder=tmp_path, settings={}) as hanging:
        await hanging.wait_for_line("delivering")
        await hanging.kill()
    inbox = Inbox()
    hand = worker(database, {"mail": inbox.take})
    assert await hand.run_once() == 0
    clock.advance(LEASE + timedelta(seconds=1))
    assert await hand.run_once() == 1
    assert [message.attempts for message in inbox.taken] == [2]
    assert await rows(database) == []


async def test_the_program_works_until_it_is_asked_to_end(fresh_database_url: str, tmp_path: Path) -> None:
    settings = {"DATABASE_URL": fresh_database_url, "ENVIRONMENT": "development", "LOG_FORMAT": "json"}
    async with running("impl.worker", folder=tmp_path, settings=settings) as program:
        await program.wait_for_line("has started")
        await program.stop()
        await program.wait_for_line("has stopped")


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_cancelled_worker_ends_though_what_it_does_loses_the_cancellation(fresh_database_url: str) -> None:
    """Else the process of `make run`, in which the worker is cancelled at the end, would stay for ever."""
    database = connect(fresh_database_url)
    begun = asyncio.Event()

    async def deaf() -> bool:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return True
        return False

    working = asyncio.create_task(Worker(database, handlers={}, cleanup_jobs={}, periodic_tasks={"deaf": deaf}).run())
    async with asyncio.timeout(PATIENCE):
        await begun.wait()
    working.cancel()
    _, left = await asyncio.wait([working], timeout=PATIENCE)
    assert not left
    await database.close()
