"""Every committed event is in the hash chain once, and any later change is found."""

from __future__ import annotations

import asyncio
import hashlib
import json
from uuid import uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from impl.kernel import audit
from impl.kernel.caller import AnonymousClient
from impl.kernel.database import Database
from impl.kernel.personal_data import PersonalData
from impl.kernel.secrets import derive
from impl.operations.capabilities.audit_chain.service import BATCH, AuditChainService, Head, Unsealed, Verdict
from impl.operations.capabilities.audit_chain.tables import AuditSeal
from tests.harness.patience import PATIENCE
from tests.harness.queries import Row, UntypedQuery
from tests.operations.capabilities.audit_chain.conftest import KEY, SOMEBODY, Tamper, seal_all, write

_SEALS = UntypedQuery(select(AuditSeal.position, AuditSeal.event_id, AuditSeal.digest).order_by(AuditSeal.position))
_PERSONAL_DIGESTS = UntypedQuery(select(AuditSeal.personal_digest).order_by(AuditSeal.position))


async def _seals(database: Database) -> list[Row]:
    return list(await database.reader.all(_SEALS))


async def test_events_are_sealed_in_their_order_and_once(database: Database, chain: AuditChainService) -> None:
    written = await write(database, 5)
    assert (await chain.verify()).waiting == 5
    assert await chain.append_pending() is False
    assert await chain.append_pending() is False
    seals = await _seals(database)
    assert [(seal["position"], seal["event_id"]) for seal in seals] == list(enumerate(written, 1))
    verdict = await chain.verify()
    assert (verdict.is_whole, verdict.waiting, verdict.erased) == (True, 0, 0)
    assert verdict.head == Head(5, seals[-1]["digest"])


async def test_an_empty_trail_is_whole(chain: AuditChainService) -> None:
    assert await chain.append_pending() is False
    assert (await chain.verify()).is_whole


async def test_a_full_batch_asks_to_come_again(database: Database, chain: AuditChainService) -> None:
    async with database.begin() as tx:
        for _ in range(BATCH + 1):
            await audit.record(tx, "session.opened", SOMEBODY)
    assert await chain.append_pending() is True
    assert await chain.append_pending() is False
    verdict = await chain.verify()
    assert (verdict.is_whole, verdict.head.position) == (True, BATCH + 1)


async def test_who_commits_late_with_an_earlier_id_is_not_skipped(
    database: Database, chain: AuditChainService, engine: str
) -> None:
    if engine == "sqlite":
        await write(database, 2)  # one writer at a time: nobody there can commit late
        await seal_all(chain)
    else:
        async with database.begin() as slow:
            early = await audit.record(slow, "session.opened", SOMEBODY)
            (late,) = await write(database)
            assert early < late
            await seal_all(chain)
            assert [seal["event_id"] for seal in await _seals(database)] == [late]
        await seal_all(chain)
        assert [seal["event_id"] for seal in await _seals(database)] == [late, early]
    assert (await chain.verify()).is_whole


async def test_who_rolls_back_leaves_no_gap(database: Database, chain: AuditChainService) -> None:
    async def fail() -> None:
        async with database.begin() as tx:
            await audit.record(tx, "session.opened", SOMEBODY)
            raise LookupError

    await write(database)
    with pytest.raises(LookupError):
        await fail()
    await write(database)
    await seal_all(chain)
    verdict = await chain.verify()
    assert (verdict.is_whole, verdict.head.position, verdict.waiting) == (True, 2, 0)


async def test_many_sealers_beside_many_writers_make_one_chain(database: Database) -> None:
    sealers = [AuditChainService(database, keys=[KEY]) for _ in range(4)]
    writing = asyncio.gather(*(write(database, 10) for _ in range(12)))

    async def seal_meanwhile(sealer: AuditChainService) -> None:
        while not writing.done():
            await sealer.append_pending()
            await asyncio.sleep(0)

    await asyncio.gather(writing, *(seal_meanwhile(sealer) for sealer in sealers))
    await seal_all(sealers[0])
    seals = await _seals(database)
    assert [seal["position"] for seal in seals] == list(range(1, 121))
    assert len({seal["event_id"] for seal in seals}) == 120
    verdict = await sealers[0].verify()
    assert (verdict.is_whole, verdict.waiting) == (True, 0)


async def test_erasure_leaves_the_chain_whole(database: Database, chain: AuditChainService) -> None:
    somebody, staff = uuid4(), uuid4()
    await write(database, 3, actor_id=somebody)
    await write(database, 2, actor_id=staff)
    async with database.begin() as tx:
        await audit.record(tx, "account.suspended", SOMEBODY, actor_id=staff, subject=("user", somebody))
    await seal_all(chain)
    async with database.begin() as tx:
        await PersonalData(audit.PERSONAL_DATA_POLICIES).erase(tx, somebody)
    verdict = await chain.verify()
    assert (verdict.is_whole, verdict.erased, verdict.head.position) == (True, 4, 6)


async def test_a_new_key_seals_and_the_old_one_still_verifies(database: Database, chain: AuditChainService) -> None:
    await write(database)
    await seal_all(chain)
    renewed = AuditChainService(database, keys=[b"the newest key of the chain", KEY])
    await write(database)
    await seal_all(renewed)
    assert (await renewed.verify()).is_whole
    assert (await chain.verify()).breaks == ["position 2: signed with a key that is not in AUDIT_KEYS"]


EVENT = "(SELECT event_id FROM operations.audit_seals WHERE position = 3)"
TAMPERINGS = {
    "edit": (["UPDATE operations.audit_events SET actor_id = id WHERE id = {event}"], "position 3: event"),
    "edited-data": (
        ["""UPDATE operations.audit_events SET data = '{{"n": 7}}' WHERE id = {event}"""],
        "position 3: event",
    ),
    "edited-seal": (["UPDATE operations.audit_seals SET sealed_at = '2020-01-01' WHERE position = 3"], "position 3:"),
    "deletion": (["DELETE FROM operations.audit_events WHERE id = {event}"], "position 3: event"),
    "deletion-with-seal": (
        [
            "DELETE FROM operations.audit_events WHERE id = {event}",
            "DELETE FROM operations.audit_seals WHERE position = 3",
        ],
        "position 3: missing",
    ),
    "closed-gap": (
        [
            "DELETE FROM operations.audit_events WHERE id = {event}",
            "DELETE FROM operations.audit_seals WHERE position = 3",
            "UPDATE operations.audit_seals SET position = 3 WHERE position = 4",
            "UPDATE operations.audit_seals SET position = 4 WHERE position = 5",
        ],
        "position 3: event",
    ),
    "reorder": (
        [
            "UPDATE operations.audit_seals SET position = 99 WHERE position = 3",
            "UPDATE operations.audit_seals SET position = 3 WHERE position = 4",
            "UPDATE operations.audit_seals SET position = 4 WHERE position = 99",
        ],
        "position 3: event",
    ),
    "changed-personal-row": (
        ["UPDATE operations.audit_personal SET address = '198.51.100.1' WHERE event_id = {event}"],
        "position 3: the personal row",
    ),
    "emptied-personal-row": (
        ["UPDATE operations.audit_personal SET address = '' WHERE event_id = {event}"],
        "position 3: the personal row",
    ),
    "moved-personal-row": (
        [
            "DELETE FROM operations.audit_personal WHERE event_id = {event}",
            """
            UPDATE operations.audit_personal SET event_id = {event}
            WHERE event_id = (SELECT event_id FROM operations.audit_seals WHERE position = 4)
            """,
        ],
        "position 3: the personal row",
    ),
    "insertion": (
        [
            """
            INSERT INTO operations.audit_events (id, occurred_at, event, request_id, data)
            SELECT '00000000000070008000000000000001', occurred_at, event, request_id, data
            FROM operations.audit_events WHERE id = {event}
            """,
        ],
        "neither in the chain nor waiting",
    ),
    "insertion-with-seal": (
        [
            """
            INSERT INTO operations.audit_events (id, occurred_at, event, request_id, data)
            SELECT '00000000000070008000000000000001', occurred_at, event, request_id, data
            FROM operations.audit_events WHERE id = {event}
            """,
            """
            INSERT INTO operations.audit_seals (position, event_id, key_id, sealed_at, digest)
            SELECT 6, '00000000000070008000000000000001', key_id, sealed_at, digest
            FROM operations.audit_seals WHERE position = 5
            """,
        ],
        "position 6: event",
    ),
}


@pytest.mark.parametrize("name", TAMPERINGS)
async def test_tampering_is_found_and_its_place_told(
    database: Database, chain: AuditChainService, tamper: Tamper, name: str
) -> None:
    statements, told = TAMPERINGS[name]
    await write(database, 5)
    await seal_all(chain)
    assert (await chain.verify()).is_whole
    (event_id,) = [seal["event_id"] for seal in await _seals(database) if seal["position"] == 3]
    literal = f"'{event_id.hex}'" if database.dialect == "sqlite" else f"'{event_id}'"
    await tamper(*(statement.format(event=literal) for statement in statements))
    verdict = await chain.verify()
    assert not verdict.is_whole
    assert told in verdict.breaks[0]


def test_a_verdict_tells_the_first_twenty_places_and_no_more() -> None:
    verdict = Verdict()
    for place in range(25):
        verdict.report(f"position {place}")
    assert verdict.breaks == [f"position {place}" for place in range(20)]


async def test_an_end_that_was_cut_off_is_found_by_a_head_that_was_written_down(
    database: Database, chain: AuditChainService, tamper: Tamper
) -> None:
    await write(database, 5)
    await seal_all(chain)
    known = (await chain.verify()).head
    await tamper(
        """
        DELETE FROM operations.audit_events
        WHERE id IN (SELECT event_id FROM operations.audit_seals WHERE position > 3)
        """,
        "DELETE FROM operations.audit_seals WHERE position > 3",
    )
    assert (await chain.verify()).is_whole
    assert (await chain.verify(known)).breaks == ["position 5: the chain was cut off, it ends at 3"]
    await write(database, 2)
    await _queue_what_is_not(database)
    await seal_all(chain)
    assert (await chain.verify()).is_whole
    assert (await chain.verify(known)).breaks == ["position 5: not the digest that was written down"]


async def _queue_what_is_not(database: Database) -> None:
    """Queue an event that does not exist; on SQLite that removes the triggers for good."""
    statement = """
        INSERT INTO operations.audit_unsealed (event_id) SELECT id FROM operations.audit_events
        WHERE id NOT IN (SELECT event_id FROM operations.audit_seals)
        ON CONFLICT (event_id) DO NOTHING
    """
    async with database.begin() as tx:
        await tx.execute(text(_here(statement, database)))


ON_POSTGRESQL = (
    "UPDATE operations.audit_seals SET position = 9",
    "DELETE FROM operations.audit_seals",
    "TRUNCATE operations.audit_seals",
)
ON_SQLITE = (
    "UPDATE audit_seals SET position = 9",
    "DELETE FROM audit_seals",
    "INSERT OR REPLACE INTO audit_seals SELECT * FROM audit_seals",
)


async def test_the_database_refuses_to_change_a_seal(database: Database, chain: AuditChainService) -> None:
    await write(database)
    await seal_all(chain)
    before = [dict(seal) for seal in await _seals(database)]

    async def attempt(statement: str) -> None:
        async with database.begin() as tx:
            await tx.execute(text(statement))

    for statement in ON_SQLITE if database.dialect == "sqlite" else ON_POSTGRESQL:
        with pytest.raises(DBAPIError, match="append-only"):
            await attempt(statement)
        assert [dict(seal) for seal in await _seals(database)] == before, statement


async def test_what_is_personal_cannot_be_put_beside_a_sealed_event(
    database: Database, chain: AuditChainService
) -> None:
    async with database.begin() as tx:
        await audit.record(tx, "session.opened", AnonymousClient(address="", user_agent="", request_id="bare"))
    await seal_all(chain)
    statement = """
        INSERT INTO operations.audit_personal (event_id, address, user_agent, data)
        SELECT id, '192.0.2.1', '', '{}' FROM operations.audit_events
    """

    async def attempt() -> None:
        async with database.begin() as tx:
            await tx.execute(text(_here(statement, database)))

    with pytest.raises(DBAPIError, match="append-only"):
        await attempt()


async def test_who_has_the_database_and_not_the_key_makes_no_other_chain(
    database: Database, chain: AuditChainService, tamper: Tamper
) -> None:
    await write(database, 3)
    await seal_all(chain)
    await tamper(
        "UPDATE operations.audit_events SET event = 'session.ended', mac = NULL, key_id = NULL, personal_digest = NULL",
        "DELETE FROM operations.audit_seals",
    )
    await _queue_what_is_not(database)
    await seal_all(AuditChainService(database, keys=[b"a key that was guessed"]))
    key_id = derive(KEY, "audit.key-id").hex()[:16]
    await tamper(f"UPDATE operations.audit_seals SET key_id = '{key_id}'")  # noqa: S608 - of our own making
    assert [broken[:11] for broken in (await chain.verify()).breaks] == ["position 1:", "position 2:", "position 3:"]


async def test_a_seal_gives_no_address_back(database: Database, chain: AuditChainService) -> None:
    """Whoever reads the chain may try every address there is: without the key, none of them fits."""
    await write(database)
    async with database.begin() as tx:
        await audit.record(tx, "session.opened", SOMEBODY)
    await seal_all(chain)
    first, second = [row["personal_digest"] for row in await database.reader.all(_PERSONAL_DIGESTS)]
    assert first != second
    guess = json.dumps([SOMEBODY.address, SOMEBODY.user_agent, {}], separators=(",", ":"))
    assert second not in {hashlib.sha256(known.encode()).digest() for known in (guess, SOMEBODY.address)}


def _here(statement: str, database: Database) -> str:
    return statement.replace("operations.", "") if database.dialect == "sqlite" else statement


async def test_what_waits_is_counted_with_the_age_of_the_oldest(database: Database, chain: AuditChainService) -> None:
    assert await chain.unsealed() == Unsealed(0, 0.0)
    await write(database, 3)
    waiting = await chain.unsealed()
    assert waiting.events == 3
    assert 0 <= waiting.seconds < PATIENCE
    await seal_all(chain)
    assert await chain.unsealed() == Unsealed(0, 0.0)
