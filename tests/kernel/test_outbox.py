"""The outbox loses no committed message, delivers each in one worker at a time, and delays failed ones ever longer."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from impl.kernel import outbox
from impl.kernel.database import Database
from impl.kernel.errors import JsonValue, NotFound
from impl.kernel.outbox import DELIVERY, LEASE, MAX_ATTEMPTS, Message, OutboxMessage, backoff
from tests.harness.clock import INSTANT, MovableClock
from tests.harness.queries import Row, UntypedQuery

ALL = UntypedQuery(select(OutboxMessage).order_by(OutboxMessage.id))
TOPICS = ["mail"]


async def put(database: Database, **payload: str) -> None:
    async with database.begin() as tx:
        await outbox.put(tx, "mail", payload)


async def claim_one(database: Database) -> Message:
    (message,) = await outbox.claim(database, TOPICS, limit=10)
    return message


async def the_row(database: Database) -> Row:
    (row,) = await database.reader.all(ALL)
    return row


async def test_a_message_is_committed_with_its_change_or_not_at_all(database: Database) -> None:
    async def refuse() -> None:
        async with database.begin() as tx:
            await outbox.put(tx, "mail", {"to": "x"})
            raise NotFound

    with pytest.raises(NotFound):
        await refuse()
    assert not await outbox.has_due(database, TOPICS)
    await put(database, user="1")
    assert await outbox.has_due(database, TOPICS)
    message = await claim_one(database)
    assert (message.topic, message.payload, message.attempts) == ("mail", {"user": "1"}, 1)


async def test_what_is_claimed_is_nobody_elses_until_the_lease_ends(database: Database, clock: MovableClock) -> None:
    await put(database)
    first = await claim_one(database)
    assert await outbox.claim(database, TOPICS, limit=10) == []
    clock.advance(LEASE + timedelta(seconds=1))
    second = await claim_one(database)
    assert (second.id, second.attempts) == (first.id, 2)
    # The first worker comes back late: it must not end what the second one is doing.
    await outbox.complete(database, first)
    await outbox.move_to_dead_letters(database, first, "late")
    assert (await the_row(database))["dead_at"] is None
    await outbox.complete(database, second)
    assert list(await database.reader.all(ALL)) == []


async def test_many_workers_share_the_messages(database: Database) -> None:
    for number in range(30):
        await put(database, number=str(number))
    batches = await asyncio.gather(*(outbox.claim(database, TOPICS, limit=5) for _ in range(8)))
    claimed = [message.id for batch in batches for message in batch]
    while more := await outbox.claim(database, TOPICS, limit=5):
        claimed += [message.id for message in more]
    assert len(claimed) == len(set(claimed)) == 30


async def test_the_oldest_goes_first(database: Database) -> None:
    for number in range(5):
        await put(database, number=str(number))
    messages = await outbox.claim(database, TOPICS, limit=3)
    assert [message.payload["number"] for message in messages] == ["0", "1", "2"]


async def test_a_topic_that_nobody_here_knows_stays(database: Database) -> None:
    await put(database)
    assert await outbox.claim(database, ["another"], limit=10) == []
    assert await outbox.claim(database, [], limit=10) == []
    assert (await the_row(database))["attempts"] == 0


async def test_failures_wait_longer_each_time_and_end_as_a_dead_letter(database: Database, clock: MovableClock) -> None:
    await put(database)
    for attempt in range(1, MAX_ATTEMPTS):
        message = await claim_one(database)
        again = await outbox.retry(database, message, "ConnectionRefusedError")
        assert again is not None
        assert backoff(attempt) >= timedelta(0)
        assert await outbox.claim(database, TOPICS, limit=10) == []
        clock.advance(again - clock.now() + timedelta(seconds=1))
    message = await claim_one(database)
    assert await outbox.retry(database, message, "ConnectionRefusedError") is None
    row = await the_row(database)
    assert row["dead_at"] is not None
    assert (row["attempts"], row["last_error"]) == (MAX_ATTEMPTS, "ConnectionRefusedError")
    assert MAX_ATTEMPTS == 100
    clock.advance(timedelta(days=10))
    assert not await outbox.has_due(database, TOPICS)


async def test_a_reason_is_cut_to_its_column(database: Database) -> None:
    await put(database)
    message = await claim_one(database)
    await outbox.retry(database, message, "x" * 500)
    assert (await the_row(database))["last_error"] == "x" * 120
    await outbox.move_to_dead_letters(database, message, "y" * 500)
    assert (await the_row(database))["last_error"] == "y" * 120


def test_a_delivery_ends_well_within_its_lease() -> None:
    assert (timedelta(seconds=90), timedelta(minutes=2)) == (DELIVERY, LEASE)


def test_the_back_off_doubles_up_to_an_hour_with_some_chance() -> None:
    for attempts in range(1, 40):
        least = min(timedelta(hours=1), timedelta(seconds=2) * 2 ** (attempts - 1))
        assert least <= backoff(attempts) <= least * 1.25
    assert len({backoff(5) for _ in range(20)}) > 1


async def test_a_key_makes_one_message_of_many_while_it_waits(database: Database, clock: MovableClock) -> None:
    async with database.begin() as tx:
        first = await outbox.put(tx, "mail", {"n": 1}, key="user-1")
        assert await outbox.put(tx, "mail", {"n": 2}, key="user-1") is None
        assert await outbox.put(tx, "mail", {"n": 3}, key="user-2") is not None
        assert await outbox.put(tx, "mail", {"n": 4}) is not None
    assert first is not None
    message, *_ = await outbox.claim(database, TOPICS, limit=1)
    assert message.id == first
    await outbox.move_to_dead_letters(database, message, "no such address")
    async with database.begin() as tx:
        assert await outbox.put(tx, "mail", {"n": 5}, key="user-1") is not None


async def test_a_message_may_be_for_later(database: Database, clock: MovableClock) -> None:
    async with database.begin() as tx:
        await outbox.put(tx, "mail", {}, after=timedelta(days=14))
    assert not await outbox.has_due(database, TOPICS)
    clock.advance(timedelta(days=15))
    message = await claim_one(database)
    assert message.attempts == 1
    # Deferred as if it had not been tried.
    until = clock.now() + timedelta(hours=1)
    await outbox.defer(database, message, until)
    row = await the_row(database)
    assert (row["attempts"], row["next_attempt_at"]) == (0, until)


async def test_a_message_is_due_and_a_lease_over_to_the_moment(database: Database, clock: MovableClock) -> None:
    claimed: list[Message] = []
    with clock.stopped():
        async with database.begin() as tx:
            await outbox.put(tx, "mail", {}, after=timedelta(days=1))
        for wait in (timedelta(days=1), LEASE):
            clock.advance(wait - INSTANT)
            assert await outbox.claim(database, TOPICS, limit=10) == []
            clock.advance(INSTANT)
            claimed.append(await claim_one(database))
        assert [message.attempts for message in claimed] == [1, 2]
        await outbox.move_to_dead_letters(database, claimed[-1], "no such address")
        (dead,) = await outbox.find_dead(database, until=clock.now(), limit=10)
        assert await outbox.find_dead(database, until=clock.now() - INSTANT, limit=10) == []
        assert await outbox.find_dead(database, until=clock.now(), after=(dead.dead_at, dead.id), limit=10) == []


async def test_payloads_come_back_as_they_were(database: Database) -> None:
    payload: dict[str, JsonValue] = {"a": [1, None, True], "b": {"ü": "\U0001f3e0"}}
    async with database.begin() as tx:
        await outbox.put(tx, "mail", payload)
    assert json.dumps(dict((await claim_one(database)).payload)) == json.dumps(payload)
