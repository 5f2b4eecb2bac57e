"""A primary that is killed under steady requests: its synchronous standby has all that was answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Final

import asyncpg
import pytest

from tests.edge.test_restarted_server import Traffic
from tests.harness.accounts import Account, Accounts
from tests.harness.clock import MovableClock
from tests.harness.clusters import Cluster, ClusterServer, cluster
from tests.harness.inbox import Inbox
from tests.harness.service import run_instance
from tests.marketplace.payloads import house

if TYPE_CHECKING:
    from tests.harness.databases import Databases

_WRITERS: Final = 3
_BEFORE, _AFTERWARDS = 10, 10


@pytest.fixture
async def servers(databases: Databases, worker_id: str) -> AsyncIterator[tuple[Cluster, ClusterServer]]:
    """Return a cluster whose commits wait for its standby."""
    with cluster(databases, f"failover_{worker_id}") as made:
        standby = await asyncio.to_thread(made.standby, "standby")
        await asyncio.to_thread(made.primary.restart, synchronous_standby_names="standby")
        yield made, standby


async def _add_homes(owner: Account, traffic: Traffic, made: set[str]) -> None:
    while not traffic.is_over:
        answer = await owner.client.post("/homeowners/properties", json=house())
        if answer.status_code == 201:
            made.add(answer.json()["id"])
        await traffic.count("POST", 200 if answer.status_code == 201 else answer.status_code)


async def test_a_standby_takes_the_place_of_its_primary_and_has_all_that_was_answered(
    servers: tuple[Cluster, ClusterServer],
) -> None:
    made, standby = servers
    url = made.url(made.primary.host, standby.host, target_session_attrs="primary")
    settings = {"database_outage_seconds": 60.0}
    async with run_instance("postgresql", url, MovableClock(), Inbox(), **settings) as service:
        accounts = Accounts(service)
        traffic, answered = Traffic(), set[str]()
        owners = [await accounts.make() for _ in range(_WRITERS)]
        async with asyncio.TaskGroup() as tasks:
            for owner in owners:
                tasks.create_task(_add_homes(owner, traffic, answered))
                tasks.create_task(traffic.read(owner))
            await traffic.more("POST", _BEFORE)
            await asyncio.to_thread(made.primary.stop)
            await asyncio.to_thread(standby.promote)
            await traffic.more("POST", _AFTERWARDS)
            traffic.is_over = True
        await accounts.close()
    connection = await asyncpg.connect(standby.url)
    stored = {str(row["id"]) for row in await connection.fetch("SELECT id FROM marketplace.properties")}
    await connection.close()
    assert len(answered) >= _BEFORE + _AFTERWARDS
    assert answered <= stored, f"{len(answered - stored)} of {len(answered)} are lost"
    assert traffic.failures("GET") == 0, traffic.statuses
    # Each writer had one under way at most, of which nobody knows whether it was committed.
    assert traffic.failures("POST") <= _WRITERS, traffic.statuses
