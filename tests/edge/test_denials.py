"""Denials in the audit trail: callers one by one, anonymous clients as counts, and a flood of either bounded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from generated import policies
from impl.edge.denials import DENIED, DENIED_STRANGERS, Denials
from impl.kernel.audit import AuditEvent, AuditPersonal
from impl.kernel.database import Database
from impl.kernel.engines.connecting import connect
from impl.kernel.errors import JsonValue
from openapi.runtime.wire import Operation
from tests.harness.accounts import Accounts
from tests.harness.clock import MovableClock
from tests.harness.log_lines import log_lines
from tests.harness.patience import PATIENCE
from tests.harness.service import Service
from tests.harness.settings import AUDIT_KEY

_OPERATION: Operation = policies.GET_ACCOUNT


async def _events(database: Database, event: str) -> Sequence[AuditEvent]:
    async with database.begin() as tx:
        found = await tx.scalars(select(AuditEvent).where(AuditEvent.event == event).order_by(AuditEvent.id))
        return found.all()


async def _recorded(database: Database, event: str) -> list[Mapping[str, JsonValue]]:
    return [found.data for found in await _events(database, event)]


@asynccontextmanager
async def _events_away(database: Database) -> AsyncIterator[None]:
    """Let no event be written meanwhile."""
    schema = "" if database.dialect == "sqlite" else "operations."

    async def rename(table: str, name: str) -> None:
        async with database.begin() as tx:
            await tx.execute(text(f"ALTER TABLE {schema}{table} RENAME TO {name}"))

    await rename("audit_events", "events_away")
    yield
    await rename("events_away", "audit_events")


async def test_a_caller_without_the_permission_leaves_one_event(service: Service, accounts: Accounts) -> None:
    provider = await accounts.make("SERVICE_PROVIDER")
    me = UUID((await provider.client.get("/users/me")).json()["id"])
    answer = await provider.client.get("/homeowners/properties", headers={"User-Agent": "a known browser"})
    assert answer.status_code == 403
    mine = [found for found in await _events(service.services.database, DENIED) if found.actor_id == me]
    assert len(mine) == 1
    assert mine[0].data == {"operation": "listProperties", "reason": "forbidden"}
    assert mine[0].request_id == answer.headers["request-id"]
    async with service.services.database.begin() as tx:
        personal = (await tx.scalars(select(AuditPersonal).where(AuditPersonal.event_id == mine[0].id))).one()
    assert personal.address == "127.0.0.1"
    assert personal.user_agent == "a known browser"


async def test_a_flood_of_denials_of_one_caller_is_counted_beyond_the_quota(
    proxied: Service,
) -> None:
    provider = await Accounts(proxied).make("SERVICE_PROVIDER")
    quota = policies.CREATE_PROPERTY.rate_limit.quota
    before = len(await _events(proxied.services.database, DENIED))
    statuses = {(await provider.client.post("/homeowners/properties", json={})).status_code for _ in range(quota + 20)}
    after = len(await _events(proxied.services.database, DENIED))
    assert statuses == {403}
    assert after - before <= quota
    await provider.client.aclose()


async def test_strangers_are_counted_and_written_as_one_event(fresh_database_url: str) -> None:
    clock = MovableClock()
    database = connect(fresh_database_url, clock=clock, audit_keys=[AUDIT_KEY.encode()])
    denials = Denials(database, clock)
    for number in range(50):
        denials.count(_OPERATION, "unauthenticated", f"198.51.100.{number % 5}")
    denials.count(_OPERATION, "invalid-token", "198.51.100.1")
    await denials.flush()
    await denials.flush()
    recorded = {str(data["reason"]): data for data in await _recorded(database, DENIED_STRANGERS)}
    assert recorded.keys() == {"unauthenticated", "invalid-token"}
    assert recorded["unauthenticated"]["count"] == 50
    assert recorded["unauthenticated"]["addresses"] == 5
    assert recorded["unauthenticated"]["operation"] == _OPERATION.id
    assert "198.51" not in str(recorded)
    await database.close()


async def test_counts_are_written_from_time_to_time_whatever_fails_and_at_the_end(fresh_database_url: str) -> None:
    clock = MovableClock()
    database = connect(fresh_database_url, clock=clock, audit_keys=[AUDIT_KEY.encode()])
    denials = Denials(database, clock)
    denials.count(_OPERATION, "unauthenticated", "198.51.100.1")
    async with _events_away(database):
        with log_lines() as lines:
            writing = asyncio.create_task(denials.run(every=0.1))
            await lines.up_to("denials could not be written")
    async with asyncio.timeout(PATIENCE):
        while not await _recorded(database, DENIED_STRANGERS):
            continue
    writing.cancel()
    first, last = clock.now(), clock.now() + timedelta(hours=1)
    denials.count(_OPERATION, "unauthenticated", "198.51.100.1")
    clock.advance(timedelta(hours=1))
    denials.count(_OPERATION, "unauthenticated", "198.51.100.1")
    with pytest.raises(asyncio.CancelledError):
        await writing
    _, second = await _recorded(database, DENIED_STRANGERS)
    assert second["count"] == 2
    assert datetime.fromisoformat(str(second["first_at"])) >= first
    assert datetime.fromisoformat(str(second["last_at"])) >= last
    await database.close()


async def test_what_could_not_be_written_is_counted_on(fresh_database_url: str) -> None:
    database = connect(fresh_database_url, audit_keys=[AUDIT_KEY.encode()])
    denials = Denials(database, database.clock)
    denials.count(_OPERATION, "unauthenticated", "198.51.100.1")
    async with _events_away(database):
        with pytest.raises(DBAPIError):
            await denials.flush()
    denials.count(_OPERATION, "unauthenticated", "198.51.100.2")

    await denials.flush()
    recorded = await _recorded(database, DENIED_STRANGERS)
    assert [(data["count"], data["addresses"]) for data in recorded] == [(2, 2)]
    await database.close()
