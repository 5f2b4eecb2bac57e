"""A PostgreSQL server that restarts under steady requests: they wait for it, and what was answered is there."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import asyncpg
import pytest

from tests.harness.accounts import Account, Accounts
from tests.harness.clock import MovableClock
from tests.harness.clusters import Cluster, cluster
from tests.harness.inbox import Inbox
from tests.harness.patience import PATIENCE
from tests.harness.service import Service, run_instance

if TYPE_CHECKING:
    from tests.harness.databases import Databases

_WRITERS = 3
# Requests of each kind after the first.
_MORE = 5
_AFTERWARDS = 5
# So long may each opening and each statement take that no answer of a test comes of it.
_NEVER = 300.0
_AT_LOCKS = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'identity.users'::regclass"


@dataclass
class Traffic:
    """Steady requests of several people, and their answers."""

    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    answered: asyncio.Condition = field(default_factory=asyncio.Condition)
    is_over: bool = False

    async def rename(self, account: Account) -> None:
        """Change a name again and again; the name is what the last answer says."""
        number, name, given = 0, "", ""
        while not self.is_over:
            number += 1
            given = f"Name {number}"
            answer = await account.client.patch("/users/me", json={"full_name": given})
            name = given if answer.status_code == 200 else name
            await self.count("PATCH", answer.status_code)
        answer = await account.client.get("/users/me")
        assert answer.json()["full_name"] in {name, given}, "what was answered is lost"

    async def read(self, account: Account) -> None:
        """Read again and again."""
        while not self.is_over:
            answer = await account.client.get("/users/me")
            await self.count("GET", answer.status_code)

    async def count(self, method: str, status: int) -> None:
        """Count an answer."""
        async with self.answered:
            self.statuses[method, status] += 1
            self.answered.notify_all()

    async def more(self, method: str, count: int) -> None:
        """Wait until so many more requests have succeeded."""
        goal = self.statuses[method, 200] + count
        async with asyncio.timeout(PATIENCE), self.answered:
            await self.answered.wait_for(lambda: self.statuses[method, 200] >= goal)

    def failures(self, method: str) -> int:
        return sum(count for (one, status), count in self.statuses.items() if one == method and status != 200)


@pytest.fixture
def servers(databases: Databases, worker_id: str) -> Iterator[Cluster]:
    with cluster(databases, f"restarted_{worker_id}") as made:
        yield made


@pytest.fixture
async def live(servers: Cluster) -> AsyncIterator[Service]:
    waiting = {"database_outage_seconds": 60.0}
    async with run_instance("postgresql", servers.primary.url, MovableClock(), Inbox(), **waiting) as service:
        yield service


async def test_requests_wait_for_a_server_that_restarts(servers: Cluster, live: Service) -> None:
    accounts = Accounts(live)
    people = [await accounts.make() for _ in range(_WRITERS)]
    traffic = Traffic()
    async with asyncio.TaskGroup() as tasks:
        for person in people:
            tasks.create_task(traffic.rename(person))
            tasks.create_task(traffic.read(person))
        await traffic.more("PATCH", _AFTERWARDS)
        await asyncio.to_thread(servers.primary.restart)
        await traffic.more("PATCH", _AFTERWARDS * _WRITERS)
        await traffic.more("GET", _AFTERWARDS * _WRITERS)
        traffic.is_over = True
    assert traffic.failures("GET") == 0, traffic.statuses
    # Each writer had one under way at most, which may be given up when its commit was.
    assert traffic.failures("PATCH") <= _WRITERS, traffic.statuses
    await accounts.close()


async def test_a_server_that_hangs_is_found_out_by_one_question_and_lets_all_go(servers: Cluster) -> None:
    """Neither the end of a statement nor that of an opening is waited for, and no more than one question each."""
    times = {
        "database_timeout_seconds": _NEVER,
        "database_lock_seconds": _NEVER,
        "database_connect_seconds": _NEVER,
        "database_answer_seconds": 0.5,
        "database_idle_seconds": _NEVER,
    }
    async with run_instance("postgresql", servers.primary.url, MovableClock(), Inbox(), **times) as service:
        accounts = Accounts(service)
        owners = [await accounts.make() for _ in range(_WRITERS)]
        # More connections to read are open than are in use when the server hangs.
        await asyncio.gather(*(owner.client.get("/users/me") for owner in owners for _ in range(_MORE)))
        other = await asyncpg.connect(servers.primary.url)
        try:
            transaction = other.transaction()
            await transaction.start()
            await other.execute("LOCK TABLE identity.users IN ACCESS EXCLUSIVE MODE")
            under_way = [asyncio.create_task(owner.client.get("/users/me")) for owner in owners]
            under_way += [
                asyncio.create_task(owner.client.patch("/users/me", json={"full_name": "After"})) for owner in owners
            ]
            while await other.fetchval(_AT_LOCKS) < len(under_way):
                pass
            servers.primary.freeze()
            try:
                async with asyncio.timeout(PATIENCE):
                    answers = await asyncio.gather(*under_way)
            finally:
                servers.primary.thaw()
        finally:
            other.terminate()
        assert {answer.status_code for answer in answers} == {503}
        assert all(int(answer.headers["Retry-After"]) > 0 for answer in answers)
        async with asyncio.timeout(PATIENCE):
            while (await owners[0].client.get("/users/me")).status_code != 200:
                pass
        await accounts.close()


async def test_a_server_that_hangs_is_waited_for_once_and_found_again(servers: Cluster) -> None:
    times = {
        "database_connect_seconds": _NEVER,
        "database_answer_seconds": 0.5,
        # Whoever is served asks first.
        "database_idle_seconds": 0.0,
    }
    async with run_instance("postgresql", servers.primary.url, MovableClock(), Inbox(), **times) as service:
        accounts = Accounts(service)
        owner = await accounts.make()

        async def ask() -> set[int]:
            read = owner.client.get("/users/me")
            change = owner.client.patch("/users/me", json={"full_name": "After"})
            return {answer.status_code for answer in await asyncio.gather(read, change)}

        assert await ask() == {200}
        servers.primary.freeze()
        try:
            async with asyncio.timeout(PATIENCE):
                for _ in range(_MORE):
                    assert await ask() == {503}
        finally:
            servers.primary.thaw()
        async with asyncio.timeout(PATIENCE):
            while await ask() != {200}:
                pass
        await accounts.close()
