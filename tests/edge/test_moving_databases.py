"""The service over HTTP while its database moves: connections lost in silence, demoted primaries, changed columns.

Statements may take longer than any test waits, so that no answer comes of their time-out.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg
import httpx
import pytest

from tests.harness.accounts import Account, Accounts
from tests.harness.clock import MovableClock
from tests.harness.databases import Databases
from tests.harness.inbox import Inbox
from tests.harness.service import Service, run_instance
from tests.harness.tcp_proxy import TcpProxy, proxied
from tests.marketplace.payloads import house

pytestmark = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)

_NEVER = 300.0
_SOON = 0.5
# A connection may be lost while the worker opens it; another one is opened then.
_OPENING_SECONDS = 20.0
_ASKED_FIRST = {"database_idle_seconds": 0.0}
_NOT_ASKED = {"database_idle_seconds": _NEVER, "database_answer_seconds": _SOON}


@dataclass(frozen=True, slots=True)
class _Moving:
    """A service behind whose back its database can be lost, and somebody who uses it."""

    service: Service
    proxy: TcpProxy
    owner: Account
    accounts: Accounts

    async def rename(self, name: str) -> httpx.Response:
        return await self.owner.client.patch("/users/me", json={"full_name": name})

    async def name(self) -> str:
        answer = await self.owner.client.get("/users/me")
        assert answer.status_code == 200, answer.text
        name: str = answer.json()["full_name"]
        return name

    async def readiness(self) -> int:
        return (await self.owner.client.get("/health/ready")).status_code


@asynccontextmanager
async def _moving(databases: Databases, url: str, **patience: float) -> AsyncIterator[_Moving]:
    async with proxied(databases.server.port) as proxy:
        settings = {"database_timeout_seconds": _NEVER, "database_connect_seconds": _OPENING_SECONDS, **patience}
        settings["database_pool_size"] = 2
        behind = proxy.url(url)
        async with run_instance("postgresql", behind, MovableClock(), Inbox(), **settings) as service:
            accounts = Accounts(service)
            owner = await accounts.make()
            moving = _Moving(service, proxy, owner, accounts)
            assert (await moving.rename("Before")).status_code == 200
            yield moving
            await accounts.close()


@pytest.fixture
async def asked_first(databases: Databases, fresh_database_url: str) -> AsyncIterator[_Moving]:
    """Return a service that asks each connection for a sign before it is used."""
    async with _moving(databases, fresh_database_url, **_ASKED_FIRST) as moving:
        yield moving


@pytest.fixture
async def not_asked(databases: Databases, fresh_database_url: str) -> AsyncIterator[_Moving]:
    """Return a service that trusts its connections, so that one is lost while a statement runs."""
    async with _moving(databases, fresh_database_url, **_NOT_ASKED) as moving:
        yield moving


def _is_unavailable(answer: httpx.Response) -> bool:
    return answer.status_code == 503 and int(answer.headers["Retry-After"]) > 0


async def _sign_up(moving: _Moving) -> None:
    """Register somebody, whom the worker mails, and follow the link; all of it on connections that are gone."""
    moving.proxy.swallow()
    account = await moving.accounts.register()
    moving.proxy.swallow()
    await moving.accounts.verify(account)


async def test_reads_and_changes_after_connections_were_dropped_in_silence(asked_first: _Moving) -> None:
    asked_first.proxy.swallow()
    assert await asked_first.name() == "Before"
    asked_first.proxy.swallow()
    assert (await asked_first.rename("After")).status_code == 200
    asked_first.proxy.swallow()
    assert await asked_first.readiness() == 200
    assert await asked_first.name() == "After"


async def test_login_refresh_and_the_worker_after_connections_were_dropped_in_silence(asked_first: _Moving) -> None:
    moving = asked_first
    moving.proxy.swallow()
    await moving.accounts.login(moving.owner)
    moving.proxy.swallow()
    answer = await moving.owner.client.post("/auth/refresh", json={"refresh_token": moving.owner.refresh_token})
    assert answer.status_code == 200, answer.text
    await _sign_up(moving)


async def test_a_read_whose_connection_is_lost_meanwhile_is_made_once_more(not_asked: _Moving) -> None:
    dead = not_asked.proxy.swallow()
    assert await not_asked.name() == "Before"
    assert any(link.swallowed for link in dead), "nothing was sent on a dead connection"


async def test_a_change_whose_connection_is_lost_meanwhile_is_done_or_unavailable_and_can_be_made_again(
    not_asked: _Moving,
) -> None:
    assert await not_asked.name() == "Before"
    not_asked.proxy.swallow()
    answer = await not_asked.rename("After")
    # The worker may have met the lost connection first, and then this was done on another one.
    assert answer.status_code == 200 or _is_unavailable(answer)
    assert await not_asked.name() == ("After" if answer.status_code == 200 else "Before")
    assert (await not_asked.rename("Later")).status_code == 200


async def test_a_change_whose_answer_is_lost_is_unavailable_and_not_made_twice(not_asked: _Moving) -> None:
    """Nobody can tell whether it was done; with its key, the client asks again and gets the answer of the first."""
    key = {"Idempotency-Key": "0b2f7f8e-3d53-4b6b-8a55-4d8a2c0e5e11"}
    not_asked.proxy.deafen()
    first = await not_asked.owner.client.post("/homeowners/properties", json=house(), headers=key)
    assert first.status_code in {201, 503}, first.text
    second = await not_asked.owner.client.post("/homeowners/properties", json=house(), headers=key)
    assert second.status_code == 201, second.text
    listed = await not_asked.owner.client.get("/homeowners/properties")
    assert [one["id"] for one in listed.json()["items"]] == [second.json()["id"]]


async def test_the_worker_goes_on_when_its_connection_is_lost_meanwhile(not_asked: _Moving) -> None:
    account = await not_asked.accounts.register()
    not_asked.proxy.swallow()
    await not_asked.service.inbox.wait_for(account.email)


async def _tell(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def test_a_demoted_primary_is_unavailable_for_changes_and_not_ready_and_then_recovers(
    databases: Databases, asked_first: _Moving, fresh_database_url: str
) -> None:
    moving, name = asked_first, fresh_database_url.rpartition("/")[2]
    await moving.accounts.login(moving.owner)
    refresh = {"refresh_token": moving.owner.refresh_token}
    server = databases.server.url("postgres")
    await _tell(server, f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    moving.proxy.reset()
    assert _is_unavailable(await moving.rename("After"))
    assert await moving.readiness() == 503
    assert _is_unavailable(await moving.owner.client.post("/auth/refresh", json=refresh))
    assert await moving.name() == "Before"
    await _tell(server, f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
    # What is refused leaves the connections that there are, those of readers too.
    assert await moving.readiness() in {200, 503}
    assert await moving.readiness() == 200
    assert (await moving.rename("After")).status_code == 200
    assert (await moving.owner.client.post("/auth/refresh", json=refresh)).status_code == 200


async def test_a_column_whose_type_changes_is_no_server_error(asked_first: _Moving, fresh_database_url: str) -> None:
    moving = asked_first
    await moving.accounts.login(moving.owner)
    changes = "ALTER full_name TYPE varchar(300), ALTER locale TYPE varchar(99)"
    await _tell(fresh_database_url, f"ALTER TABLE identity.users {changes}")
    await _tell(fresh_database_url, "ALTER TABLE identity.sessions ALTER user_agent TYPE varchar(999)")
    assert await moving.name() == "Before"
    answers = [await moving.rename(f"After {number}") for number in range(4)]
    # A transaction that had done something already is given up once; it is never a fault.
    assert {answer.status_code for answer in answers} <= {200, 503}
    assert all(_is_unavailable(answer) for answer in answers if answer.status_code == 503)
    assert answers[-1].status_code == 200
    await moving.accounts.login(moving.owner)
