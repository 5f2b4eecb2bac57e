"""Audit events are written with their change and never changed, and their personal data is apart."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from uuid import uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from impl.kernel import audit
from impl.kernel.audit import AuditEvent, AuditPersonal
from impl.kernel.audit_signatures import AuditKeys, canonical, instant
from impl.kernel.caller import AnonymousClient, Caller
from impl.kernel.database import Database
from impl.kernel.errors import NotFound
from tests.harness.queries import Row, UntypedQuery

EVENTS = UntypedQuery(select(AuditEvent).order_by(AuditEvent.id))
PERSONAL = UntypedQuery(select(AuditPersonal))


async def the_event(database: Database) -> Row:
    (row,) = await database.reader.all(EVENTS)
    return row


async def test_an_event_says_who_when_and_what_under_pseudonyms_only(database: Database, caller: Caller) -> None:
    subject = uuid4()
    async with database.begin() as tx:
        id_ = await audit.record(tx, "role.granted", caller, subject=("user", subject), data={"role": "HOMEOWNER"})
    row = await the_event(database)
    assert (row["id"], row["event"], row["actor_id"]) == (id_, "role.granted", caller.user_id)
    assert (row["subject_type"], row["subject_id"], row["data"]) == ("user", subject, {"role": "HOMEOWNER"})
    assert abs((database.clock.now() - row["occurred_at"]).total_seconds()) < 60
    kept = " ".join(str(row[name]) for name in dict(row))
    assert caller.address not in kept
    assert caller.user_agent not in kept
    assert caller.email not in kept


async def test_what_is_personal_stands_apart_and_can_be_removed(database: Database, anonymous: AnonymousClient) -> None:
    async with database.begin() as tx:
        await audit.record(tx, "login.failed", anonymous, personal={"login": "someone@hestami.test"})
    (row,) = await database.reader.all(PERSONAL)
    assert (row["address"], row["user_agent"], row["data"]) == (
        anonymous.address,
        anonymous.user_agent,
        {"login": "someone@hestami.test"},
    )
    async with database.begin() as tx:
        assert await audit.erase_personal(tx, AuditPersonal.event_id == row["event_id"]) == 1
    assert list(await database.reader.all(PERSONAL)) == []
    kept, erasure = await database.reader.all(EVENTS)
    assert (kept["event"], erasure["event"], erasure["data"]) == ("login.failed", "audit.personal_erased", {"rows": 1})


async def test_nobody_from_nowhere_leaves_no_personal_row(database: Database) -> None:
    async with database.begin() as tx:
        await audit.record(tx, "access.denied.anonymous", AnonymousClient(address="", user_agent="", request_id=""))
    assert (await the_event(database))["actor_id"] is None
    assert list(await database.reader.all(PERSONAL)) == []


@pytest.mark.parametrize(
    ("address", "user_agent", "personal"),
    [("192.0.2.7", "", {}), ("", "a browser", {}), ("", "", {"login": "someone@hestami.test"})],
)
async def test_each_thing_that_is_personal_has_its_row(
    database: Database, address: str, user_agent: str, personal: dict[str, str]
) -> None:
    who = AnonymousClient(address=address, user_agent=user_agent, request_id="")
    async with database.begin() as tx:
        await audit.record(tx, "login.failed", who, personal=personal)
    (row,) = await database.reader.all(PERSONAL)
    assert (row["address"], row["user_agent"], row["data"]) == (address, user_agent, personal)


async def test_an_event_goes_with_the_change_that_it_tells_of(database: Database, caller: Caller) -> None:
    async def refuse() -> None:
        async with database.begin() as tx:
            await audit.record(tx, "role.granted", caller)
            raise NotFound

    with pytest.raises(NotFound):
        await refuse()
    assert list(await database.reader.all(EVENTS)) == []


# What somebody with the database's password might try.
ON_POSTGRESQL = (
    "UPDATE operations.audit_events SET event = 'other'",
    "UPDATE operations.audit_personal SET address = ''",
    "TRUNCATE operations.audit_personal",
    "DELETE FROM operations.audit_personal",
    """
    INSERT INTO operations.audit_events (id, occurred_at, event, request_id, data)
    SELECT gen_random_uuid(), occurred_at, event, request_id, data FROM operations.audit_events
    """,
    "DELETE FROM operations.audit_events",
    "TRUNCATE operations.audit_events CASCADE",
    """
    INSERT INTO operations.audit_events SELECT * FROM operations.audit_events
    ON CONFLICT (id) DO UPDATE SET event = 'other'
    """,
)
ON_SQLITE = (
    "UPDATE audit_events SET event = 'other'",
    "UPDATE audit_personal SET address = ''",
    "DELETE FROM audit_personal",
    """
    INSERT INTO audit_events (id, occurred_at, event, request_id, data)
    SELECT 'x', occurred_at, event, request_id, data FROM audit_events
    """,
    "INSERT OR REPLACE INTO audit_personal SELECT * FROM audit_personal",
    "DELETE FROM audit_events",
    "INSERT OR REPLACE INTO audit_events SELECT * FROM audit_events",
    """
    INSERT OR REPLACE INTO audit_events (rowid, id, occurred_at, event, request_id, data)
    SELECT rowid, 'x', occurred_at, event, request_id, data FROM audit_events
    """,
    "INSERT INTO audit_events SELECT * FROM audit_events WHERE true ON CONFLICT (id) DO UPDATE SET event = 'other'",
)


async def test_the_database_refuses_to_change_an_event(database: Database, caller: Caller) -> None:
    async with database.begin() as tx:
        await audit.record(tx, "role.granted", caller)
    before = dict(await the_event(database))

    async def attempt(statement: str) -> None:
        async with database.begin() as tx:
            await tx.execute(text(statement))

    for statement in ON_SQLITE if database.dialect == "sqlite" else ON_POSTGRESQL:
        with pytest.raises(DBAPIError, match="append-only"):
            await attempt(statement)
        assert dict(await the_event(database)) == before, statement


async def test_the_orm_is_refused_too(database: Database, caller: Caller) -> None:
    async with database.begin() as tx:
        await audit.record(tx, "role.granted", caller)

    async def attempt() -> None:
        async with database.begin() as tx:
            (await tx.scalars(select(AuditEvent))).one().event = "other"

    with pytest.raises(DBAPIError, match="append-only"):
        await attempt()


def test_what_is_signed_is_the_same_bytes_on_both_engines() -> None:
    assert canonical("x", {"b": [1, None], "a": "\u00fc"}) == b'["x",{"a":"\\u00fc","b":[1,null]}]'
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical(float("inf"))
    assert re.fullmatch("[0-9a-f]{16}", AuditKeys([b"k" * 32]).newest)
    east = datetime(2026, 3, 1, 17, 0, 0, 7, tzinfo=timezone(timedelta(hours=5)))
    assert instant(east) == "2026-03-01T12:00:00.000007+00:00"
    assert instant(east.replace(microsecond=0)) == "2026-03-01T12:00:00.000000+00:00"
