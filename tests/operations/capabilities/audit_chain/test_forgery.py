"""Tests that the chain takes no event that the service has not signed, and that untraced erasures are found."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from impl.kernel import audit
from impl.kernel.audit import AuditEvent, AuditPersonal
from impl.kernel.caller import AnonymousClient
from impl.kernel.database import Database
from impl.kernel.engines.connecting import connect
from impl.kernel.engines.connection_options import ConnectionOptions
from impl.kernel.personal_data import PersonalData
from impl.operations.capabilities.audit_chain.service import AuditChainService
from impl.operations.capabilities.audit_chain.tables import AuditSeal
from tests.harness.patience import PATIENCE
from tests.harness.queries import UntypedQuery
from tests.operations.capabilities.audit_chain.conftest import KEY, Tamper, seal_all, write

NOBODY = AnonymousClient(address="", user_agent="", request_id="")
FORGED = "00000000-0000-7000-8000-000000000001"
_SEALED = UntypedQuery(select(AuditSeal.event_id).order_by(AuditSeal.position))
_COPY = """
    INSERT INTO operations.audit_events (id, occurred_at, event, request_id, data, personal_digest, key_id, mac)
    SELECT '{id}', occurred_at, 'role.granted', request_id, data, personal_digest, {key_id}, {mac}
    FROM operations.audit_events
"""


async def _do(database: Database, *statements: str) -> None:
    """Run statements as whoever has the service's own rights in the database, its triggers in place."""
    async with database.begin() as tx:
        for statement in statements:
            await tx.execute(text(_here(database, statement)))


def _here(database: Database, statement: str) -> str:
    return statement.replace("operations.", "").replace("-", "") if database.dialect == "sqlite" else statement


async def _sealed(database: Database) -> list[UUID]:
    return [row["event_id"] for row in await database.reader.all(_SEALED)]


async def _breaks(chain: AuditChainService) -> Sequence[str]:
    return (await chain.verify()).breaks


async def test_a_forged_event_is_never_chained_and_is_reported(
    database: Database, chain: AuditChainService, caplog: pytest.LogCaptureFixture
) -> None:
    """Its signature is another event's, as whoever can write there may copy one."""
    (genuine,) = await write(database)
    await _do(database, _COPY.format(id=FORGED, key_id="key_id", mac="mac"))
    with caplog.at_level(logging.ERROR, "hestami.audit"):
        await seal_all(chain)
    assert await _sealed(database) == [genuine]
    assert await _breaks(chain) == [f"event {FORGED}: not signed by the service"]
    assert [record.message for record in caplog.records] == [
        f"audit event {FORGED} is not appended to the chain: not signed by the service"
    ]
    (later,) = await write(database)
    await seal_all(chain)
    assert await _sealed(database) == [genuine, later]
    assert len(await _breaks(chain)) == 1


async def test_an_event_by_an_unknown_key_waits_and_holds_nobody_up(
    database: Database, chain: AuditChainService
) -> None:
    """It is a forgery, or another process has a newer key."""
    (first,) = await write(database)
    await _do(database, _COPY.format(id=FORGED, key_id="'0123456789abcdef'", mac="mac"))
    (second,) = await write(database)
    await seal_all(chain)
    assert await _sealed(database) == [first, second]
    assert await _breaks(chain) == [f"event {FORGED}: waits, signed with a key that is not in AUDIT_KEYS"]


async def test_an_unsigned_event_is_refused_by_the_database(database: Database) -> None:
    await write(database)
    with pytest.raises(DBAPIError, match="append-only"):
        await _do(database, _COPY.format(id=FORGED, key_id="NULL", mac="NULL"))


async def test_a_personal_row_put_beside_an_event_is_reported(database: Database, chain: AuditChainService) -> None:
    async with database.begin() as tx:
        event_id = await audit.record(tx, "outbox.retried", NOBODY)
    await _do(
        database,
        """
        INSERT INTO operations.audit_personal (event_id, address, user_agent, data)
        SELECT id, '192.0.2.1', '', '{}' FROM operations.audit_events
        """,
    )
    await seal_all(chain)
    assert await _sealed(database) == []
    assert await _breaks(chain) == [f"event {event_id}: its personal row is not the one that was signed"]


async def test_a_plain_deletion_is_refused(database: Database, chain: AuditChainService) -> None:
    await write(database, 2)
    for _ in range(2):
        with pytest.raises(DBAPIError, match="append-only"):
            await _do(database, "DELETE FROM operations.audit_personal")
        await seal_all(chain)
    assert await _breaks(chain) == []


@pytest.mark.parametrize("is_sealed", [True, False], ids=["chained", "waiting"])
async def test_a_deletion_with_a_forged_record_of_erasure_is_reported(
    database: Database, chain: AuditChainService, is_sealed: bool
) -> None:
    (event_id,) = await write(database)
    if is_sealed:
        await seal_all(chain)
    await _do(
        database,
        """
        INSERT INTO operations.audit_erasures (event_id, erased_by, key_id, mac)
        SELECT id, id, key_id, mac FROM operations.audit_events
        """,
        "DELETE FROM operations.audit_personal",
    )
    await seal_all(chain)
    (told,) = await _breaks(chain)
    assert str(event_id) in told
    assert told.endswith("was removed, and not by the service")


async def test_a_deletion_past_the_triggers_is_reported(
    database: Database, chain: AuditChainService, tamper: Tamper
) -> None:
    await write(database, 2)
    await seal_all(chain)
    await tamper("DELETE FROM operations.audit_personal")
    assert [told.endswith("not by the service") for told in await _breaks(chain)] == [True, True]


@pytest.mark.parametrize("is_sealed", [True, False], ids=["chained", "waiting"])
async def test_an_erasure_by_the_service_is_an_event_and_leaves_the_chain_whole(
    database: Database, chain: AuditChainService, is_sealed: bool
) -> None:
    somebody = UUID(int=7)
    await write(database, 3, actor_id=somebody)
    if is_sealed:
        await seal_all(chain)
    async with database.begin() as tx:
        erased = await PersonalData(audit.PERSONAL_DATA_POLICIES).erase(tx, somebody)
    async with database.begin() as tx:
        left = (await tx.scalars(select(AuditPersonal.event_id))).all()
        told = (await tx.scalars(select(AuditEvent.data).where(AuditEvent.event == "audit.personal_erased"))).all()
    assert (erased["audit_personal"], left, told) == (3, [], [{"rows": 3}])
    await seal_all(chain)
    verdict = await chain.verify()
    assert (verdict.breaks, verdict.erased, verdict.head.position) == ([], 3, 4)


async def test_events_are_signed_by_the_newest_key_and_all_of_them_verify(
    database: Database, fresh_database_url: str, chain: AuditChainService
) -> None:
    await write(database)
    newest = b"the newest key that signs the events"
    renewed = connect(
        fresh_database_url, ConnectionOptions(wait=PATIENCE, statement=PATIENCE), audit_keys=[newest, KEY]
    )
    await renewed.open()
    (later,) = await write(renewed)
    both = AuditChainService(renewed, keys=[newest, KEY])
    await seal_all(both)
    async with renewed.begin() as tx:
        await audit.erase_personal(tx, AuditPersonal.event_id == later)
    verdict = await both.verify()
    await renewed.close()
    assert (verdict.breaks, verdict.head.position, verdict.erased) == ([], 2, 1)
    assert len(await _breaks(chain)) == 3, "the old key alone knows nothing of the new one"


async def test_events_from_before_there_were_signatures_are_taken_until_the_first_signed_one(
    database: Database, chain: AuditChainService, tamper: Tamper
) -> None:
    earlier = await write(database, 2)
    unsign = "UPDATE operations.audit_events SET mac = NULL, key_id = NULL, personal_digest = NULL WHERE id = '{id}'"
    await tamper(*(_here(database, unsign.format(id=event_id)) for event_id in earlier))
    (signed,) = await write(database)
    await _queue(database)
    await seal_all(chain)
    assert await _sealed(database) == [*earlier, signed]
    assert await _breaks(chain) == []

    (late,) = await write(database)
    await tamper(_here(database, unsign.format(id=late)))
    await _queue(database)
    await seal_all(chain)
    assert await _sealed(database) == [*earlier, signed]
    assert await _breaks(chain) == [f"event {late}: not signed"]


async def _queue(database: Database) -> None:
    """Queue what is not in the chain, as the trigger does that is gone on SQLite once triggers were in the way."""
    await _do(
        database,
        """
        INSERT INTO operations.audit_unsealed (event_id) SELECT id FROM operations.audit_events
        WHERE id NOT IN (SELECT event_id FROM operations.audit_seals)
        ON CONFLICT (event_id) DO NOTHING
        """,
    )
