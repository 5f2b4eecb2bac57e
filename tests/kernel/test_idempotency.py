"""Each idempotency key makes one change, and repetitions get the same answer."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from impl.kernel import idempotency, outbox
from impl.kernel.caller import Caller
from impl.kernel.database import Database
from impl.kernel.errors import NotFound
from impl.kernel.idempotency import IdempotencyKey, IdempotencyKeyInFlight, IdempotencyKeyReused, IdempotencyRecord
from impl.kernel.outbox import OutboxMessage
from impl.kernel.statements import Query
from openapi.runtime.wire import Reply
from tests.harness.clock import MovableClock
from tests.harness.queries import UntypedQuery
from tests.kernel.conftest import caller_with

CHANGES = UntypedQuery(select(func.count(OutboxMessage.id).label("n")))
KEYS = UntypedQuery(select(func.count(IdempotencyKey.key).label("n")))


def a_reply(body: bytes = b'{"name":"\xc3\xbc"}') -> Reply:
    """Return what a handler renders."""
    return Reply(201, {"Location": "/things/1", "ETag": '"1"'}, body)


def a_record() -> IdempotencyRecord:
    return IdempotencyRecord(key="a key", operation="createThing", caller_id=uuid4(), fingerprint=b"f" * 32)


async def create(database: Database, caller: Caller, answer: Reply | None = None) -> None:
    async with database.begin() as tx:
        await outbox.put(tx, "created", {})
        await idempotency.store_reply(tx, caller, answer or a_reply())


async def counted(database: Database, query: Query[Any]) -> int:
    row = await database.reader.first(query)
    assert row is not None
    return int(row["n"])


async def test_the_answer_is_kept_as_it_was(database: Database) -> None:
    record = a_record()
    assert await idempotency.find_reply(database.reader, record) is None
    await create(database, caller_with(record))
    kept = await idempotency.find_reply(database.reader, record)
    assert kept is not None
    assert (kept.status, kept.headers, kept.body) == (201, a_reply().headers, a_reply().body)


async def test_without_a_key_nothing_is_kept(database: Database, caller: Caller) -> None:
    await create(database, caller)
    assert await counted(database, KEYS) == 0


async def test_another_request_with_the_key_is_refused(database: Database) -> None:
    record = a_record()
    await create(database, caller_with(record))
    with pytest.raises(IdempotencyKeyReused):
        await idempotency.find_reply(database.reader, replace(record, fingerprint=b"g" * 32))


@pytest.mark.parametrize("other", [{"key": "another"}, {"operation": "createOther"}, {"caller_id": uuid4()}])
async def test_a_key_belongs_to_one_caller_and_one_operation(database: Database, other: dict[str, str]) -> None:
    record = a_record()
    await create(database, caller_with(record))
    assert await idempotency.find_reply(database.reader, replace(record, **other)) is None  # type: ignore[arg-type]  # texts only


async def test_of_many_at_once_one_changes_anything(database: Database) -> None:
    caller = caller_with(a_record())
    outcomes = await asyncio.gather(*(create(database, caller) for _ in range(12)), return_exceptions=True)
    assert sum(outcome is None for outcome in outcomes) == 1
    assert all(isinstance(outcome, IdempotencyKeyInFlight) for outcome in outcomes if outcome is not None)
    assert await counted(database, CHANGES) == 1


async def test_what_was_refused_leaves_its_key_free(database: Database) -> None:
    record = a_record()

    async def refuse() -> None:
        async with database.begin() as tx:
            await idempotency.store_reply(tx, caller_with(record), a_reply())
            raise NotFound

    with pytest.raises(NotFound):
        await refuse()
    assert await idempotency.find_reply(database.reader, record) is None
    await create(database, caller_with(record))


async def test_after_a_day_the_key_is_free_again(database: Database, clock: MovableClock) -> None:
    record = a_record()
    await create(database, caller_with(record))
    clock.advance(timedelta(hours=23, minutes=59))
    assert await idempotency.find_reply(database.reader, record) is not None
    clock.advance(timedelta(minutes=2))
    assert await idempotency.find_reply(database.reader, record) is None
    await create(database, caller_with(record), a_reply(b"new"))
    kept = await idempotency.find_reply(database.reader, record)
    assert kept is not None
    assert kept.body == b"new"
