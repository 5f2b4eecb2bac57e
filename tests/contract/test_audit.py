"""Operations with `x-audit` write their event once, in the transaction of the change and never without it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import cache
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Column, ColumnElement, func, literal, select, text

from impl.kernel.audit import AuditEvent
from impl.kernel.engines.connecting import migration_engine
from impl.kernel.outbox import OutboxMessage
from impl.kernel.tables import Table
from tests.contract.contract_operations import (
    MULTIPART,
    OPERATIONS,
    audit_event,
    bodies,
    errors_of,
    name_of,
    success_of,
)
from tests.contract.scenario import Stage
from tests.contract.success import Prepared, Successes
from tests.contract.successes import prepare
from tests.harness.audit_intake import take_due
from tests.harness.contract import Operation
from tests.harness.databases import Databases, Engine
from tests.harness.patience import PATIENCE
from tests.harness.queries import UntypedQuery
from tests.harness.service import run_service
from tests.identity.database_inspection import rows

_AUDITED = [operation for operation in OPERATIONS if audit_event(operation) is not None]
_numbers = count(1)

# Transactions with an event of a request of this name fail when they commit, and not before.
_UNWILLING = "unwilling-"
_BETWEEN = "\x1e"  # rows, a character that no text of the contract may have
_REFUSING = (
    "CREATE TABLE willing (id INTEGER PRIMARY KEY)",
    "CREATE TABLE unwilling (id INTEGER REFERENCES willing (id) DEFERRABLE INITIALLY DEFERRED)",
    """
    CREATE TRIGGER unwilling AFTER INSERT ON audit_events WHEN NEW.request_id LIKE 'unwilling-%'
    BEGIN INSERT INTO unwilling VALUES (1); END
    """,
    # Nobody can read in the intake which request wrote a row: whatever comes while this table has a row is refused.
    "CREATE TABLE refusing (id integer)",
    """
    CREATE TRIGGER unwilling_intake AFTER INSERT ON audit_intake WHEN EXISTS (SELECT 1 FROM refusing)
    BEGIN INSERT INTO unwilling VALUES (1); END
    """,
)
# What is written in transactions of its own: attempts count even if nothing comes of them, faults are logged, and the
# worker seals, looks whether the trail holds, adds up words of listings and changes of tables, counts usage, and notes
# when it did so.
_APART = {
    "login_throttles",
    "log_entries",
    "audit_unsealed",
    "audit_seals",
    "audit_verdicts",
    "known_words",
    "word_changes",
    "frequent_word_rows",
    "listing_text_changes",
    "filter_rows",
    "listing_filter_changes",
    "misspellings",
    "table_changes",
    "usage_days",
    "worker_tasks",
}

# A state is used up before the provider is asked, in a transaction of its own: another try must not ask it again.
_SPENT_BEFORE = {"finishSignIn": "identity.oauth_flows"}
_UNDELIVERED = UntypedQuery(select(OutboxMessage.id).limit(1))


@pytest.fixture(scope="module")
async def unwilling(databases: Databases, engine: Engine, worker_id: str) -> AsyncIterator[Stage]:
    """Return the stage of a service whose database can refuse to commit."""
    async with run_service(databases, engine, f"unwilling_{worker_id}") as running:
        changing = migration_engine(running.settings.database_url)
        async with changing.begin() as connection:
            for statement in _REFUSING:
                await connection.execute(text(statement))
        await changing.dispose()
        stage = Stage(running)
        yield stage
        await stage.close()


async def _events(stage: Stage, request_id: str) -> list[AuditEvent]:
    await take_due(stage.service.services)
    async with stage.service.services.database.begin() as tx:
        return list(await tx.scalars(select(AuditEvent).where(AuditEvent.request_id == request_id)))


@pytest.mark.parametrize("operation", _AUDITED, ids=name_of)
async def test_success_leaves_its_event_once(stage: Stage, successes: Successes, operation: Operation) -> None:
    success = await successes.of(operation)
    call, answer = success.call, success.answer
    assert answer.status_code in success_of(operation), answer.text
    events = await _events(stage, answer.headers["Request-Id"])
    recorded = [event.event for event in events]
    expected = str(audit_event(operation))
    assert recorded.count(expected) == 1, (
        f"{operation.id} records {recorded}: its service calls audit.record once for {expected}"
    )
    for event in events:
        assert event.actor_id or event.subject_id, f"{event.event} says neither who nor whom"
        shown = str(event.data)
        personal = [call.by.email, call.by.access_token] if call.by else []
        for secret in (*personal, *(str(value) for value in call.body.values() if isinstance(value, str))):
            assert secret not in shown, f"{event.event} keeps {secret!r} for ever"


@pytest.mark.parametrize("operation", [found for found in _AUDITED if bodies(found)], ids=name_of)
async def test_a_refused_request_leaves_no_event_of_success(
    stage: Stage, prepared: Prepared, operation: Operation
) -> None:
    call = await prepared.of(operation)
    media_type = MULTIPART if call.media_type == MULTIPART else "application/json"
    answer = await replace(call, body={**call.body, "unexpected": 1}, media_type=media_type).send(stage.client)
    assert answer.status_code == (400 if errors_of(operation) == "oauth" else 422), answer.text
    events = await _events(stage, answer.headers["Request-Id"])
    assert audit_event(operation) not in [event.event for event in events]


@pytest.mark.parametrize("operation", _AUDITED, ids=name_of)
async def test_a_commit_that_fails_leaves_neither_the_event_nor_the_change(
    unwilling: Stage, operation: Operation
) -> None:
    call = await prepare(unwilling, operation)
    before = await _all_rows(unwilling)
    assert before["identity.roles"].count(_BETWEEN) > 2, "the rows are read"
    request_id = f"{_UNWILLING}{next(_numbers)}"
    await rows(unwilling.service, "INSERT INTO operations.refusing VALUES (1)")
    answer = await replace(call, headers={**call.headers, "Request-Id": request_id}).send(unwilling.client)
    await rows(unwilling.service, "DELETE FROM operations.refusing")
    assert answer.status_code >= 500, f"it was done without its event: {answer.status_code} {answer.text}"
    assert await _events(unwilling, request_id) == []
    after = await _all_rows(unwilling)
    changed = {name: _rows_of(after[name]) - _rows_of(rows) for name, rows in before.items() if after[name] != rows}
    changed.pop(_SPENT_BEFORE.get(operation.id, ""), None)
    assert changed == {}


@cache
def _stored() -> UntypedQuery:
    """Return a query that reads each table as one text: to make Python's rows of them took most of the time."""
    tables = {name: table for name, table in Table.metadata.tables.items() if table.name not in _APART}
    return UntypedQuery(
        select(
            *(
                select(
                    func.group_concat(_whole([one for one in table.columns if one.name != "last_seen_at"]), _BETWEEN)
                )
                .scalar_subquery()
                .label(name)
                for name, table in tables.items()
            )
        )
    )


def _whole(columns: list[Column[Any]]) -> ColumnElement[str]:
    whole: ColumnElement[str] = literal("")
    for column in columns:
        whole = whole.concat(",").concat(func.quote(column))
    return whole


def _rows_of(table: str) -> Counter[str]:
    return Counter(table.split(_BETWEEN))


async def _all_rows(stage: Stage) -> dict[str, str]:
    """Return all that is stored, once the worker has delivered and recorded what the preparation has left to it."""
    reader = stage.service.services.database.reader  # a transaction would stop the worker on SQLite
    async with asyncio.timeout(PATIENCE):
        while await reader.first(_UNDELIVERED) is not None:
            continue
    await take_due(stage.service.services)
    stored = await reader.first(_stored())
    assert stored is not None
    return {name: rows or "" for name, rows in stored.items()}
