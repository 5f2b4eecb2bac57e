"""Staff who read the trail are told whether it holds: at once of forgeries, and once a day of all else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from impl.kernel import audit
from impl.kernel.audit import AuditPersonal
from impl.kernel.database import Database
from impl.kernel.engines.connecting import connect
from impl.kernel.engines.connection_options import ConnectionOptions
from impl.operations.capabilities.audit_chain.repository import AuditChainRepository, VerdictRow
from impl.operations.capabilities.audit_chain.service import VERIFIED_EVERY, AuditChainService
from impl.operations.capabilities.audit_chain.tables import AuditIntegrityState
from tests.harness.accounts import Accounts
from tests.harness.clock import INSTANT, MovableClock
from tests.harness.patience import PATIENCE
from tests.harness.service import run_service
from tests.identity.database_inspection import rows
from tests.operations.capabilities.audit_chain.conftest import KEY, Tamper, seal_all, write

if TYPE_CHECKING:
    from uuid import UUID

    from tests.harness.databases import Databases, Engine
    from tests.harness.service import Service

_FORGE = """
    INSERT INTO operations.audit_events (id, occurred_at, event, request_id, data, personal_digest, key_id, mac)
    SELECT '00000000000070008000000000000001', occurred_at, 'role.granted', request_id, data, personal_digest, key_id,
        mac FROM operations.audit_events LIMIT 1
"""

# Not by pg_stat_activity, which a transaction sees as of its first look.
_BLOCKED = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND transactionid = pg_current_xact_id()::text::xid")


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
async def database(fresh_database_url: str, clock: MovableClock) -> AsyncIterator[Database]:
    opened = connect(
        fresh_database_url, ConnectionOptions(wait=PATIENCE, statement=PATIENCE), audit_keys=[KEY], clock=clock
    )
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def live(databases: Databases, engine: Engine, worker_id: str) -> AsyncIterator[Service]:
    async with run_service(databases, engine, f"integrity_{worker_id}") as running:
        yield running


async def _walk(chain: AuditChainService) -> None:
    """Do what the worker does every hour."""
    await chain.jobs["audit chain"]()


async def _integrity(chain: AuditChainService) -> tuple[str, int, int]:
    found = await chain.integrity()
    return found.state, found.rejected, found.breaks


async def _do(database: Database, statement: str) -> None:
    async with database.begin() as tx:
        await tx.execute(text(statement.replace("operations.", "") if database.dialect == "sqlite" else statement))


async def test_a_walk_is_good_for_two_days(database: Database, chain: AuditChainService, clock: MovableClock) -> None:
    await write(database, 3)
    await seal_all(chain)
    assert await _integrity(chain) == (AuditIntegrityState.UNVERIFIED, 0, 0)
    with clock.stopped():
        await _walk(chain)
        clock.advance(2 * VERIFIED_EVERY)
        assert await _integrity(chain) == (AuditIntegrityState.INTACT, 0, 0)
        clock.advance(INSTANT)
        assert await _integrity(chain) == (AuditIntegrityState.UNVERIFIED, 0, 0)
    await _walk(chain)
    assert await _integrity(chain) == (AuditIntegrityState.INTACT, 0, 0)


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)  # SQLite has one writer at a time
@pytest.mark.parametrize("is_first", [True, False])
async def test_of_two_workers_that_write_a_verdict_at_once_the_later_one_stands(
    database: Database, clock: MovableClock, *, is_first: bool
) -> None:
    chain = AuditChainRepository()

    async def put(position: int) -> None:
        async with database.begin() as tx:
            await chain.replace_verdict(tx, _verdict(clock, position))

    if not is_first:
        await put(1)
    async with database.begin() as tx:
        await chain.replace_verdict(tx, _verdict(clock, 2))
        later = asyncio.create_task(put(3))
        async with asyncio.timeout(PATIENCE):
            while not await tx.scalar(_BLOCKED):
                assert not later.done()
    await later
    found = await chain.find_verdict(database.reader)
    assert found is not None
    assert found["position"] == 3


def _verdict(clock: MovableClock, position: int) -> VerdictRow:
    return {"verified_at": clock.now(), "position": position, "breaks": 0, "key_id": "0" * 16, "mac": bytes(32)}


async def test_a_forgery_shows_at_once(database: Database, chain: AuditChainService) -> None:
    await write(database)
    await seal_all(chain)
    await _walk(chain)
    await _do(database, _FORGE)
    await seal_all(chain)
    assert await _integrity(chain) == (AuditIntegrityState.BROKEN, 1, 0)


async def test_what_is_missing_shows_with_the_next_walk_and_nobody_else_takes_it_back(
    database: Database, chain: AuditChainService, clock: MovableClock, tamper: Tamper
) -> None:
    _, missing, _ = await write(database, 3)
    await seal_all(chain)
    of = missing.hex if database.dialect == "sqlite" else str(missing)
    with clock.stopped():
        await _walk(chain)
        await tamper(
            f"DELETE FROM operations.audit_personal WHERE event_id = '{of}'",  # noqa: S608 - our own id
            f"DELETE FROM operations.audit_events WHERE id = '{of}'",  # noqa: S608 - our own id
        )
        clock.advance(VERIFIED_EVERY - INSTANT)
        await _walk(chain)
        assert await _integrity(chain) == (AuditIntegrityState.INTACT, 0, 0), "it walks once a day"
        clock.advance(INSTANT)
        await _walk(chain)
    assert await _integrity(chain) == (AuditIntegrityState.BROKEN, 0, 1)
    await _do(database, "UPDATE operations.audit_verdicts SET breaks = 0")
    assert await _integrity(chain) == (AuditIntegrityState.UNVERIFIED, 0, 0)
    await _walk(chain)
    assert await _integrity(chain) == (AuditIntegrityState.BROKEN, 0, 1)


async def test_of_unsigned_events_too_a_personal_row_that_goes_later_is_missed(
    database: Database, chain: AuditChainService, tamper: Tamper
) -> None:
    """Erasures left no record before there were signatures; the first walk marks what they had taken until then."""
    events = await write(database, 3)
    await tamper("UPDATE operations.audit_events SET mac = NULL, key_id = NULL, personal_digest = NULL")
    await seal_all(chain)
    erased_before, lost_later, erased_later = (_Row(database, event_id) for event_id in events)
    await tamper(erased_before.deletion)
    assert (await chain.verify()).breaks == []
    await _walk(chain)
    if database.dialect == "sqlite":  # its trigger has gone with the others
        await _do(
            database,
            """
            INSERT INTO audit_unsealed (event_id) SELECT id FROM audit_events
            WHERE id NOT IN (SELECT event_id FROM audit_seals)
            """,
        )
    await seal_all(chain)
    assert (await chain.verify()).breaks == []
    async with database.begin() as tx:
        await audit.erase_personal(tx, AuditPersonal.event_id == erased_later.event_id)
    assert [told for told in (await chain.verify()).breaks if "unsigned" in told] == []
    await tamper(lost_later.deletion)
    (told,) = [told for told in (await chain.verify()).breaks if "unsigned" in told]
    assert told.startswith("2 personal rows of unsigned events are gone without a record")


class _Row:
    """Personal row of an event, and the statement that deletes it."""

    def __init__(self, database: Database, event_id: UUID) -> None:
        self.event_id = event_id
        of = event_id.hex if database.dialect == "sqlite" else str(event_id)
        self.deletion = f"DELETE FROM operations.audit_personal WHERE event_id = '{of}'"  # noqa: S608 - our own id


async def test_the_trail_says_beside_its_events_whether_it_holds_and_the_service_stays_ready(live: Service) -> None:
    people = Accounts(live)
    staff = await people.staff()
    page = (await staff.client.get("/admin/audit-events")).json()
    assert page["integrity"]["state"] in {"INTACT", "UNVERIFIED"}
    await rows(live, _FORGE)
    chain = live.services.operations.audit_chain
    while not (await chain.integrity()).rejected:
        await chain.append_pending()
    page = (await staff.client.get("/admin/audit-events")).json()
    assert (page["integrity"]["state"], page["integrity"]["rejected"]) == ("BROKEN", 1)
    assert (await staff.client.get("/health/ready")).status_code == 200
    assert {item["position"] for item in page["items"] if item["event"] == "role.granted"} == {None}
    await people.close()
