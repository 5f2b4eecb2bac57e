"""The service over HTTP while its database is busy: a full pool, rows that somebody else has locked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import httpx
import pytest

from tests.harness.accounts import Account, Accounts
from tests.harness.clock import MovableClock
from tests.harness.inbox import Inbox
from tests.harness.patience import PATIENCE
from tests.harness.service import run_instance

pytestmark = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)

_SOON = 1.0
_LOCK = "SELECT 1 FROM identity.users WHERE email = $1 FOR UPDATE"
_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@asynccontextmanager
async def _owner(url: str, **settings: float) -> AsyncIterator[Account]:
    async with run_instance("postgresql", url, MovableClock(), Inbox(), **settings) as service:
        accounts = Accounts(service)
        yield await accounts.make()
        await accounts.close()


@asynccontextmanager
async def _locked(url: str, email: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    async with connection.transaction():
        await connection.execute(_LOCK, email)
        yield connection
    await connection.close()


async def _rename(owner: Account) -> httpx.Response:
    return await owner.client.patch("/users/me", json={"full_name": "After"})


def _is_unavailable(answer: httpx.Response) -> bool:
    problem = answer.json()["type"].rpartition("/")[2]
    return answer.status_code == 503 and int(answer.headers["Retry-After"]) > 0 and problem == "unavailable"


async def test_requests_without_a_connection_get_retry_after_and_others_continue(
    fresh_database_url: str,
) -> None:
    settings = {"database_pool_size": 2, "database_max_overflow": 2, "database_wait_seconds": _SOON}
    async with _owner(fresh_database_url, **settings) as owner:
        async with _locked(fresh_database_url, owner.email) as connection:
            waiting = [asyncio.create_task(_rename(owner)) for _ in range(2)]
            async with asyncio.timeout(PATIENCE):
                while await connection.fetchval(_WAITING) < len(waiting):
                    # A transaction sees it as of its first look otherwise.
                    await connection.execute("SELECT pg_stat_clear_snapshot()")
            assert _is_unavailable(await _rename(owner))
            # Reading has connections of its own.
            assert (await owner.client.get("/users/me")).status_code == 200
        assert [answer.status_code for answer in await asyncio.gather(*waiting)] == [200, 200]


@pytest.mark.parametrize("limit", ["database_lock_seconds", "database_timeout_seconds"])
async def test_a_lock_time_out_is_503_with_retry_after(fresh_database_url: str, limit: str) -> None:
    async with _owner(fresh_database_url, **{limit: _SOON}) as owner:
        async with _locked(fresh_database_url, owner.email):
            assert _is_unavailable(await _rename(owner))
        assert (await _rename(owner)).status_code == 200


_REFUSE = """
    CREATE SEQUENCE refusals;
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF nextval('refusals') <= TG_ARGV[0]::int THEN RAISE EXCEPTION 'met' USING ERRCODE = '40001'; END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER refusing BEFORE UPDATE ON identity.users FOR EACH ROW WHEN (NEW.full_name = 'After')
        EXECUTE FUNCTION refuse({times})
"""


@pytest.mark.parametrize(("times", "status", "attempts"), [(2, 200, 3), (100, 503, 4)])
async def test_a_change_that_postgresql_gives_up_for_anothers_sake_is_made_again(
    fresh_database_url: str, times: int, status: int, attempts: int
) -> None:
    """A sequence counts on though its transaction is undone."""
    async with _owner(fresh_database_url) as owner:
        connection = await asyncpg.connect(fresh_database_url.replace("+asyncpg", ""))
        await connection.execute(_REFUSE.format(times=times))
        before = await connection.fetchval(_EVENTS)
        answer = await _rename(owner)
        assert answer.status_code == status, answer.text
        assert await connection.fetchval("SELECT last_value FROM refusals") == attempts
        assert await connection.fetchval(_EVENTS) - before == (1 if status == 200 else 0)
        await connection.close()


_EVENTS = "SELECT count(*) FROM operations.audit_events"
