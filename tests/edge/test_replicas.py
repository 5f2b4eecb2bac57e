"""A real hot standby: it is read where a read may lag, and left when it falls behind, hangs or is gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from math import inf
from typing import TYPE_CHECKING

import asyncpg
import pytest
from sqlalchemy import select, text

from impl.kernel.engines.connecting import connect
from impl.kernel.engines.connection_options import ConnectionOptions
from impl.kernel.engines.replicas import lagging_reads
from tests.harness.clock import MovableClock
from tests.harness.clusters import Cluster, ClusterServer, cluster
from tests.harness.inbox import Inbox
from tests.harness.patience import PATIENCE
from tests.harness.queries import UntypedQuery
from tests.harness.service import run_instance

if TYPE_CHECKING:
    from impl.kernel.database import Database
    from tests.harness.databases import Databases

_LAG = 1.0
_NOWHERE = "postgresql://a:b@127.0.0.1:9/c"
_WHERE = UntypedQuery(select(text("pg_is_in_recovery() AS standby")))
_READ = "SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query LIKE '%marketplace.%'"


@pytest.fixture
async def servers(databases: Databases, worker_id: str) -> AsyncIterator[tuple[Cluster, ClusterServer]]:
    with cluster(databases, f"replicas_{worker_id}") as made:
        yield made, await asyncio.to_thread(made.standby, "standby")


async def _is_on_standby(database: Database) -> bool:
    with lagging_reads():
        rows = await database.reader.all(_WHERE)
    return bool(rows[0]["standby"])


async def _until(database: Database, *, on_standby: bool) -> None:
    async with asyncio.timeout(PATIENCE):
        while await _is_on_standby(database) != on_standby:
            continue


async def test_a_standby_is_read_while_it_is_current(servers: tuple[Cluster, ClusterServer]) -> None:
    made, standby = servers
    database = connect(made.primary.url, ConnectionOptions(), replica_url=standby.url, replica_lag=_LAG)
    # Leaves the standby for no lag that a busy machine makes: only for one that does not answer.
    patient = connect(made.primary.url, ConnectionOptions(), replica_url=standby.url, replica_lag=PATIENCE)
    await database.open()
    await patient.open()
    await _until(database, on_standby=True)
    assert [row["standby"] for row in await database.reader.all(_WHERE)] == [False], "it may not lag"
    assert {*database.loads} == {"reading", "writing", "replica"}
    await _until(patient, on_standby=True)
    assert 0 <= (patient.replica_lag or 0) < PATIENCE

    admin = await asyncpg.connect(standby.url)
    writer = await asyncpg.connect(made.primary.url)
    await admin.execute("SELECT pg_wal_replay_pause()")
    await writer.execute("UPDATE alembic_version SET version_num = version_num")
    await _until(database, on_standby=False)
    await admin.execute("SELECT pg_wal_replay_resume()")
    await _until(database, on_standby=True)
    await admin.close()

    standby.freeze()
    await _until(database, on_standby=False)
    standby.thaw()
    await _until(database, on_standby=True)

    await _until(patient, on_standby=True)
    await asyncio.to_thread(standby.stop)
    assert not await _is_on_standby(database)
    assert not await _is_on_standby(patient)
    assert patient.replica_lag == inf
    await asyncio.to_thread(standby.start)
    await _until(database, on_standby=True)
    await writer.close()
    await patient.close()
    await database.close()


async def test_a_standby_that_nobody_has_looked_at_is_closed_too() -> None:
    database = connect(_NOWHERE, replica_url=_NOWHERE)
    assert database.replica_lag == inf
    await database.close()


async def test_public_pages_are_read_from_it_by_strangers_only(servers: tuple[Cluster, ClusterServer]) -> None:
    made, standby = servers
    settings = {"database_replica_url": standby.url, "database_replica_lag_seconds": 30.0}
    connection = await asyncpg.connect(standby.url)
    async with run_instance("postgresql", made.primary.url, MovableClock(), Inbox(), **settings) as service:
        async with service.client(Authorization="Bearer none") as client:
            assert (await client.get("/categories")).status_code == 200
        assert await connection.fetchval(_READ) == 0
        async with service.client() as client, asyncio.timeout(PATIENCE):
            while await connection.fetchval(_READ) == 0:
                assert (await client.get("/categories")).status_code == 200
    await connection.close()
