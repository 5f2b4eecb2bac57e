"""A real PgBouncer in transaction mode, on fewer connections to the server than there are clients."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TypedDict

import asyncpg
import pytest
from sqlalchemy import select, text, update

from impl.kernel.database import Database, take_turns
from impl.kernel.engines.connecting import connect
from impl.kernel.engines.connection_options import ConnectionOptions
from impl.kernel.errors import Unavailable
from impl.kernel.ids import new_id
from impl.kernel.outbox import OutboxMessage
from impl.kernel.statements import Query
from tests.harness.accounts import Accounts
from tests.harness.clock import MovableClock
from tests.harness.inbox import Inbox
from tests.harness.patience import PATIENCE
from tests.harness.pgbouncer import pgbouncer
from tests.harness.queries import UntypedQuery
from tests.harness.service import run_instance
from tests.kernel.test_database import ATTEMPTS, add_message

pytestmark = [pytest.mark.pgbouncer, pytest.mark.parametrize("engine", ["postgresql"], indirect=True)]

_SERVER_CONNECTIONS = 3
_CLIENTS = 20
_OPTIONS = ConnectionOptions(size=_CLIENTS, statement_cache_size=0, is_pooled=True, wait=PATIENCE, statement=PATIENCE)
_DOCUMENT = Path(__file__).parents[2] / "docs/postgresql.md"


class _Attempts(TypedDict):
    attempts: int


_REPLANNED = Query(select(OutboxMessage.attempts), _Attempts, replanned=True)


@pytest.fixture
def pooled_url(fresh_database_url: str) -> Iterator[str]:
    with pgbouncer(fresh_database_url, size=_SERVER_CONNECTIONS) as url:
        yield url


@pytest.fixture
async def pooled(pooled_url: str, fresh_database_url: str) -> AsyncIterator[Database]:
    opened = connect(pooled_url, _OPTIONS, session_url=fresh_database_url)
    await opened.open()
    yield opened
    await opened.close()


async def test_many_share_few_connections_and_nothing_is_kept_on_them(pooled: Database) -> None:
    await add_message(pooled)

    async def count_up() -> None:
        async with pooled.begin() as tx:
            await take_turns(tx, b"count")
            attempts = await tx.scalar(select(OutboxMessage.attempts))
            await tx.execute(update(OutboxMessage).values(attempts=(attempts or 0) + 1))

    async def read() -> None:
        assert len(await pooled.reader.all(ATTEMPTS)) == len(await pooled.reader.all(_REPLANNED)) == 1

    await asyncio.gather(*(act() for _ in range(5 * _CLIENTS) for act in (count_up, read)))
    assert [row["attempts"] for row in await pooled.reader.all(ATTEMPTS)] == [5 * _CLIENTS]
    kept = UntypedQuery(select(text("count(*) AS n")).select_from(text("pg_prepared_statements")))
    for _ in range(_SERVER_CONNECTIONS):
        assert [row["n"] for row in await pooled.reader.all(kept)] == [0]


async def test_news_pass_by_the_pooler(pooled: Database, fresh_database_url: str) -> None:
    account = new_id()
    subscription = pooled.wakeups.subscribe(account)
    subscription.renew()
    waiting = asyncio.create_task(subscription.wait(PATIENCE))
    other = await asyncpg.connect(fresh_database_url.replace("+asyncpg", ""))
    async with asyncio.timeout(PATIENCE):
        while not waiting.done():
            await other.execute(f"NOTIFY hestami_accounts, '{account}'")
            await asyncio.wait([waiting], timeout=0.01)
    await other.close()
    assert await waiting
    subscription.end()


async def test_the_role_brings_the_limits_that_a_pooler_refuses(pooled_url: str, fresh_database_url: str) -> None:
    """Run the statements of the documentation, and meet their limits through the pooler."""
    statements = [line for line in _DOCUMENT.read_text().splitlines() if line.startswith("ALTER ROLE hestami SET")]
    assert len(statements) == 5
    other = await asyncpg.connect(fresh_database_url.replace("+asyncpg", ""))
    name = fresh_database_url.rpartition("/")[2]
    for statement in statements:
        # Of this database only: other tests use the role too.
        await other.execute(statement.replace("hestami", f'postgres IN DATABASE "{name}"', 1))
    await other.execute(f"ALTER ROLE postgres IN DATABASE \"{name}\" SET lock_timeout = '100ms'")
    opened = connect(pooled_url, _OPTIONS, session_url=fresh_database_url)
    async with other.transaction():
        await other.execute("LOCK TABLE operations.outbox IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(Unavailable):
            await add_message(opened)
    shown = UntypedQuery(select(text("current_setting('statement_timeout') AS limit")))
    assert [row["limit"] for row in await opened.reader.all(shown)] == ["15s"]
    await opened.close()
    await other.close()


async def test_a_service_behind_it_signs_people_up_and_in(pooled_url: str, fresh_database_url: str) -> None:
    settings = {"database_pooler": "transaction", "database_direct_url": fresh_database_url}
    async with run_instance("postgresql", pooled_url, MovableClock(), Inbox(), **settings) as service:
        accounts = Accounts(service)
        people = await asyncio.gather(*(accounts.make() for _ in range(4)))
        answers = await asyncio.gather(
            *(one.client.patch("/users/me", json={"full_name": "After"}) for one in people for _ in range(5))
        )
        assert {answer.status_code for answer in answers} == {200}
        await accounts.close()
