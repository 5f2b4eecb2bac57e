"""Outsiders cannot make the trail grow without bound: what they cause is counted, and nobody is told apart by it."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from sqlalchemy import Engine, event, func, select, update

from generated.states import AccountState
from impl.identity.capabilities.password_verification.errors import InvalidCredentials
from impl.identity.capabilities.users.tables import User, name_keys
from impl.kernel import audit_intake
from impl.kernel.audit import AuditEvent, AuditPersonal
from impl.kernel.audit_intake import AuditIntake
from impl.kernel.caller import AnonymousClient
from impl.kernel.database import Database
from impl.kernel.engines.connecting import connect
from impl.kernel.engines.connection_options import ConnectionOptions
from impl.kernel.ids import new_id
from impl.operations.capabilities.audit_intake.service import FORGED, PERIOD, RECORDED_MAX, AuditIntakeService
from tests.harness.accounts import unique
from tests.harness.audit_intake import take_due
from tests.harness.clock import INSTANT, MovableClock
from tests.harness.patience import PATIENCE
from tests.harness.service import run_service

if TYPE_CHECKING:
    from tests.harness.accounts import Accounts
    from tests.harness.databases import Databases
    from tests.harness.databases import Engine as EngineName
    from tests.harness.service import Service

KEY = b"a key of the intake that no database holds"
STRANGER = AnonymousClient(address="203.0.113.77", user_agent="a stranger's browser", request_id="request-77")
RESET = "password.reset_requested"
WRONG = "Wrong-Kettle-58"


@pytest.fixture
async def live(databases: Databases, engine: EngineName, worker_id: str) -> AsyncIterator[Service]:
    async with run_service(databases, engine, f"intake_{worker_id}") as running:
        yield running


@pytest.fixture
def clock() -> Iterator[MovableClock]:
    """Return a clock that stands still at half past an hour, so that no hour ends while a test runs."""
    clock = MovableClock()
    with clock.stopped():
        now = clock.now()
        clock.advance((now.replace(minute=30, second=0, microsecond=0) - now) % timedelta(hours=1))
        yield clock


@pytest.fixture
async def database(fresh_database_url: str, clock: MovableClock) -> AsyncIterator[Database]:
    """Return a database that no worker looks after."""
    opened = connect(
        fresh_database_url, ConnectionOptions(wait=PATIENCE, statement=PATIENCE), audit_keys=[KEY], clock=clock
    )
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def intake(database: Database) -> AuditIntakeService:
    return AuditIntakeService(database, keys=[KEY])


async def _events(database: Database) -> list[AuditEvent]:
    async with database.begin() as tx:
        return list(await tx.scalars(select(AuditEvent).order_by(AuditEvent.occurred_at, AuditEvent.id)))


async def _waiting(database: Database) -> int:
    async with database.begin() as tx:
        return int(await tx.scalar(select(func.count()).select_from(AuditIntake)) or 0)


async def _defer(database: Database, account_id: UUID | None, *, times: int = 1) -> None:
    for _ in range(times):
        async with database.begin() as tx:
            await audit_intake.defer(tx, RESET, STRANGER, account_id=account_id)


async def _add_account(database: Database) -> UUID:
    user_id, now = new_id(), database.clock.now()
    user = User(
        id=user_id,
        email=f"{user_id}@example.test",
        email_key=f"{user_id}@example.test",
        email_verified_at=now,
        once_verified_at=now,
        full_name="Olga Owner",
        **name_keys("Olga Owner"),
        locale="en",
        state=AccountState.ACTIVE,
        credential_epoch=1,
        created_at=now,
        updated_at=now,
        version=1,
    )
    async with database.begin() as tx:
        tx.add(user)
    return user_id


async def test_an_hour_of_unknown_addresses_is_one_event_of_a_kind(live: Service) -> None:
    async with live.client() as client:
        for number in range(4):
            email = f"{unique()}@example.test"
            assert (await client.post("/auth/reset-password", json={"email": email})).status_code == 202
            if number < 3:
                answer = await client.post("/auth/login", json={"login": email, "password": WRONG})
                assert answer.status_code == 401
    await take_due(live.services)
    live.clock.advance(PERIOD)
    await take_due(live.services)
    found = await _events(live.services.database)
    counted: Counter[str] = Counter()
    for one in found:
        counted[one.event] += int(str(one.data.get("count", 1)))
    assert counted == {"password.reset_requested.unknown": 4, "session.refused.unknown": 3}
    # Two of a kind at the most, where an hour has ended meanwhile.
    assert len(found) <= 4
    assert {one.subject_id or one.personal_digest for one in found} == {None}


async def test_what_is_stored_at_once_is_as_much_for_any_address(service: Service, accounts: Accounts) -> None:
    """The same statements with values of the same lengths, and no event that only a known address would leave."""
    identity = service.services.identity

    async def login(name: str, client: AnonymousClient) -> None:
        with contextlib.suppress(InvalidCredentials):
            await identity.sign_ins.login(client, login=name, password=WRONG, device_token=None)

    async def reset(name: str, client: AnonymousClient) -> None:
        await identity.passwords.request_reset(client, name)

    names = (await accounts.homeowner()).email, (await accounts.register()).email, f"{unique()}@example.test"
    for ask in (login, reset):
        stored = [
            await _stored(partial(ask, name, replace(STRANGER, address=f"198.18.7.{number}")))
            for number, name in enumerate(names)
        ]
        assert stored[0] == stored[1] == stored[2]
        assert [table for table, _ in stored[0] if table.endswith("audit_intake")] != []
        assert [table for table, _ in stored[0] if table.endswith(("audit_events", "audit_personal"))] == []


async def _stored(act: Callable[[], Awaitable[object]]) -> list[tuple[str, list[int]]]:
    """Return the tables that rows were added to, with the lengths of what is stored as bytes."""
    here, found = threading.get_ident(), list[tuple[str, list[int]]]()

    def hear(_conn: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        if threading.get_ident() == here and statement.startswith("INSERT INTO "):
            values = parameters.values() if isinstance(parameters, dict) else parameters
            assert isinstance(values, tuple | list)
            lengths = [len(value) for value in values if isinstance(value, bytes)]
            found.append((statement.split()[2], lengths))

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        await act()
    finally:
        event.remove(Engine, "before_cursor_execute", hear)
    return found


async def test_an_account_has_its_first_events_one_by_one_and_a_count_of_more(
    database: Database, intake: AuditIntakeService, clock: MovableClock
) -> None:
    account = await _add_account(database)
    await _defer(database, account, times=RECORDED_MAX + 2)
    assert await _events(database) == []
    assert await intake.take() is False
    await _defer(database, account)
    await intake.take()
    singles = await _events(database)
    assert [(one.event, one.subject_id) for one in singles] == [(RESET, account)] * RECORDED_MAX
    async with database.begin() as tx:
        found = await tx.execute(select(AuditPersonal.address, AuditPersonal.user_agent))
        origins = {tuple(row) for row in found}
    assert origins == {(STRANGER.address, STRANGER.user_agent)}
    assert await _waiting(database) == 1, "a count of all three"
    # Until the hour is over, to the moment.
    clock.advance(PERIOD / 2 - INSTANT)
    await intake.take()
    assert await _waiting(database) == 1
    clock.advance(INSTANT)
    await intake.take()
    (*_, count) = await _events(database)
    assert (count.event, count.subject_id, count.data["count"]) == (RESET, account, 3)
    assert await _waiting(database) == 0


async def test_a_row_that_waits_can_be_neither_read_nor_made_nor_moved(
    database: Database, intake: AuditIntakeService, clock: MovableClock
) -> None:
    account = await _add_account(database)
    await _defer(database, account)
    async with database.begin() as tx:
        (row,) = (await tx.execute(select(AuditIntake.id, AuditIntake.content))).all()
        for told in (RESET, str(account), STRANGER.address, STRANGER.user_agent, STRANGER.request_id):
            assert told.encode() not in row.content
        moved = AuditIntake(id=new_id(), due_at=clock.now(), key_id=await tx.scalar(select(AuditIntake.key_id)))
        moved.content = row.content
        made = AuditIntake(id=new_id(), due_at=clock.now(), key_id=moved.key_id, content=b"x" * 300)
        tx.add_all([moved, made])
    await intake.take()
    clock.advance(PERIOD)
    await intake.take()
    found = [(one.event, one.subject_id, one.data.get("count")) for one in await _events(database)]
    assert found == [(RESET, account, None), (FORGED, None, 2)]


async def test_what_waits_while_an_account_is_erased_becomes_nobodys(
    database: Database, intake: AuditIntakeService, clock: MovableClock
) -> None:
    account = await _add_account(database)
    await _defer(database, account)
    async with database.begin() as tx:
        await tx.execute(update(User).values(state=AccountState.ERASED))
    await intake.take()
    clock.advance(PERIOD)
    await intake.take()
    assert [(one.event, one.subject_id) for one in await _events(database)] == [(f"{RESET}.unknown", None)]


async def test_a_row_by_another_key_waits_for_who_has_it(database: Database, intake: AuditIntakeService) -> None:
    await _defer(database, await _add_account(database))
    stranger = AuditIntakeService(database, keys=[b"another key that this process does not have"])
    assert await stranger.take() is False
    assert await _waiting(database) == 1
    await intake.take()
    assert [one.event for one in await _events(database)] == [RESET]
