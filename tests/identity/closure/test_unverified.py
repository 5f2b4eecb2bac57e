"""Accounts that were never verified are erased, unless their owner can still verify them."""

from __future__ import annotations

from contextlib import aclosing, asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

import pytest
from sqlalchemy import select

from generated.states import AccountState
from impl import cli
from impl.assembly import Services, assemble
from impl.identity.capabilities.one_time_tokens.service import OneTimeTokensService
from impl.identity.capabilities.one_time_tokens.tables import Purpose
from impl.identity.capabilities.users.tables import User
from impl.identity.registration.service import NewAccount
from impl.kernel.caller import AnonymousClient
from impl.kernel.ids import new_id
from impl.worker import worker_of
from tests.gateways.smtp_server import Server, serving
from tests.harness.accounts import unique
from tests.harness.clock import MovableClock
from tests.harness.inbox import mails_in
from tests.harness.settings import make_settings
from tests.identity.database_inspection import account_row, rows

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    import httpx
    from sqlalchemy.ext.asyncio import AsyncSession

    from tests.harness.accounts import Accounts
    from tests.harness.inbox import Inbox
    from tests.harness.service import Service

PERIOD: Final = timedelta(days=30)
MOMENT: Final = timedelta(minutes=1)
SOMEBODY: Final = AnonymousClient(address="203.0.113.9", user_agent="a browser", request_id="request-1")


async def test_who_never_verifies_is_erased_and_the_address_begins_anew(
    client: httpx.AsyncClient, accounts: Accounts, service: Service, inbox: Inbox
) -> None:
    person = await accounts.register()
    await inbox.wait_for(person.email)
    before = await account_row(service, person.email)
    service.clock.advance(PERIOD + MOMENT)
    await service.services.cleanup_jobs["unverified accounts"]()

    (row,) = await rows(service, "SELECT * FROM identity.users WHERE id = :id", id=before["id"])
    assert (row["state"], row["password_hash"], row["username"]) == ("ERASED", None, None)
    assert person.email not in str(row)
    sql = "SELECT event FROM operations.audit_events WHERE subject_id = :id ORDER BY id"
    events = [one["event"] for one in await rows(service, sql, id=before["id"])]
    assert (events[0], events[-1]) == ("account.registered", "account.erased")

    again = {"email": person.email, "full_name": "Some Body", "password": person.password, "username": person.username}
    assert (await client.post("/auth/register", json=again)).status_code == 202
    assert "Verify" in (await inbox.wait_for(person.email, after=1)).subject
    assert (await account_row(service, person.email))["id"] != before["id"], "an id is never used again"


@asynccontextmanager
async def _running(url: str, clock: MovableClock, port: int = 1, **changes: object) -> AsyncIterator[Services]:
    services = assemble(make_settings(url, web_port=1, smtp_port=port, **changes), clock=clock)
    await services.open()
    try:
        yield services
    finally:
        await services.close()


async def _registered(services: Services) -> UUID:
    email = f"{unique()}@example.test"
    await services.identity.registration.register(SOMEBODY, NewAccount(email, "Ann"), password="Copper-Kettle-58")
    async with services.database.begin() as tx:
        user = await services.identity.users.find_by_email(tx, email)
        assert user is not None
        return user.id


async def _was_changed(_tx: AsyncSession, user: User, services: Services) -> None:
    user.updated_at = services.clock.now() + MOMENT - PERIOD


def _one_time_tokens(services: Services) -> OneTimeTokensService:
    return OneTimeTokensService(database=services.database, clock=services.clock, secret_key=b"of no link that is read")


async def _was_mailed_a_link(tx: AsyncSession, user: User, services: Services) -> None:
    """Invite somebody weeks ago, who has just asked for another link."""
    link = await _one_time_tokens(services).issue(tx, new_id(), user, Purpose.RESET_PASSWORD, email_key=user.email_key)
    assert link is not None


async def _had_a_link(tx: AsyncSession, user: User, services: Services) -> None:
    await _was_mailed_a_link(tx, user, services)
    await _one_time_tokens(services).void(tx, user.id)


async def _verified(tx: AsyncSession, user: User, services: Services) -> None:
    assert await services.identity.users.verify(tx, user)
    user.updated_at = services.clock.now() - timedelta(days=90)


async def _verified_and_moved(tx: AsyncSession, user: User, services: Services) -> None:
    assert await services.identity.users.verify(tx, user)
    for _ in range(2):
        assert await services.identity.users.move(tx, user, f"{unique('moved')}@example.test") is not None
    assert (user.state, user.email_verified_at) == (AccountState.PENDING, None)
    user.updated_at = services.clock.now() - timedelta(days=90)


async def _closed(_tx: AsyncSession, user: User, services: Services) -> None:
    """Close an account, which may be restored until it is erased."""
    user.closed_at = services.clock.now() - timedelta(days=13)


async def _moved(tx: AsyncSession, user: User, services: Services) -> None:
    assert await services.identity.users.move(tx, user, f"{unique('moved')}@example.test") is not None
    user.updated_at = services.clock.now() - PERIOD - MOMENT


async def _nothing(_tx: AsyncSession, _user: User, _hestami: Services) -> None: ...


type Life = Callable[[AsyncSession, User, Services], Awaitable[None]]
_KEPT: Final[list[Life]] = [
    *(
        _was_changed,
        _was_mailed_a_link,
        _verified,
        _verified_and_moved,
        _closed,
    )
]
_ERASED: Final[list[Life]] = [_nothing, _had_a_link, _moved]


@pytest.mark.both_engines
async def test_only_who_was_never_verified_and_is_not_heard_of_is_erased(fresh_database_url: str) -> None:
    clock = MovableClock()
    async with _running(fresh_database_url, clock) as services:
        people = {life: await _registered(services) for life in (*_KEPT, *_ERASED)}
        clock.advance(PERIOD + MOMENT)
        younger = await _registered(services)
        async with services.database.begin() as tx:
            for life, user_id in people.items():
                await life(tx, await services.identity.users.get_locked(tx, user_id), services)
        gone = {people[life] for life in _ERASED}

        async with _running(fresh_database_url, clock, retention_unverified_accounts_days=31) as patient:
            assert (await cli.count_overdue(patient))["users"] == (await cli.purge(patient))["users"] == 0
        assert (await cli.count_overdue(services))["users"] == len(gone)
        assert await _erased(services) == set()
        assert (await cli.purge(services))["users"] == len(gone)
        assert await _erased(services) == gone
        assert (await cli.purge(services))["users"] == 0

        clock.advance(PERIOD - 2 * MOMENT)
        assert younger not in await _erased(services)
        clock.advance(2 * MOMENT)
        await cli.purge(services)
        assert younger in await _erased(services)
        assert not {people[_verified], people[_verified_and_moved]} & await _erased(services)


async def _erased(services: Services) -> set[UUID]:
    async with services.database.begin() as tx:
        return set(await tx.scalars(select(User.id).where(User.state == AccountState.ERASED)))


async def test_who_verifies_at_the_last_moment_is_not_erased(fresh_database_url: str) -> None:
    """Both were found; when the second one's turn comes, it is asked again."""
    clock = MovableClock()
    async with _running(fresh_database_url, clock) as services:
        both = {await _registered(services) for _ in range(2)}
        clock.advance(PERIOD + MOMENT)
        async with aclosing(services.identity.closure.erase_unverified.steps()) as steps:
            assert (await anext(steps))["users"] == 1
            first = await _erased(services)
            async with services.database.begin() as tx:
                (second,) = both - first
                assert await services.identity.users.verify(tx, await services.identity.users.get_locked(tx, second))
            assert [step async for step in steps] == []
        assert await _erased(services) == first


async def test_a_mail_under_way_to_who_was_erased_is_not_sent(fresh_database_url: str) -> None:
    clock = MovableClock()
    async with serving(Server()) as server, _running(fresh_database_url, clock, server.port) as services:
        await _registered(services)
        clock.advance(PERIOD + MOMENT)
        assert (await cli.purge(services))["outbox"] == 1
        kept = await _registered(services)
        assert await worker_of(services).run_once() == 1
        async with services.database.begin() as tx:
            user = await services.identity.users.get_locked(tx, kept)
        assert [mail.recipient for envelope in server.received for mail in mails_in(envelope)] == [user.email]
