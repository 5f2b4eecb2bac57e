"""Bounds that the server keeps on statements, locks and transactions, and those of the pools."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import select, text

from impl.kernel import read_time
from impl.kernel.database import Database
from impl.kernel.engines.connecting import connect
from impl.kernel.engines.connection_checks import Patience
from impl.kernel.engines.connection_options import ConnectionOptions
from impl.kernel.errors import Unavailable
from tests.harness.patience import PATIENCE
from tests.harness.queries import UntypedQuery
from tests.kernel.test_database import ATTEMPTS, add_message

pytestmark = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)

_SOON = 0.5
_NEVER = 3600.0
_LIMITS = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "transaction_timeout")
_SHOWN = ", ".join(f"current_setting('{name}') AS {name}" for name in _LIMITS)
_PID = "pg_backend_pid() AS pid"
# Not by pg_stat_activity, which a transaction sees as of its first look.
_AT_LOCKS = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'operations.outbox'::regclass"
_OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
_CONNECTED = f"SELECT count(*) {_OTHERS}"
_PIDS = f"SELECT pid {_OTHERS} ORDER BY pid"

type Use = Callable[[Database], Coroutine[None, None, object]]


@asynccontextmanager
async def _connected(url: str, options: ConnectionOptions, patience: Patience | None = None) -> AsyncIterator[Database]:
    opened = connect(url, options, patience=patience)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def other(fresh_database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """Return a connection of somebody else."""
    connection = await asyncpg.connect(fresh_database_url.replace("+asyncpg", ""))
    yield connection
    await connection.close()


async def _read(database: Database, columns: str) -> dict[str, Any]:
    row = await database.reader.first(UntypedQuery(select(text(columns))))
    assert row is not None
    return dict(row)


async def _read_in_transaction(database: Database, columns: str) -> dict[str, Any]:
    async with database.begin() as tx:
        return dict((await tx.execute(select(text(columns)))).mappings().one())


async def _until(connection: asyncpg.Connection, question: str, answer: int) -> None:
    """Ask until it is so."""
    async with asyncio.timeout(PATIENCE):
        while await connection.fetchval(question) != answer:
            continue


@pytest.mark.parametrize("use", [_read, _read_in_transaction])
async def test_each_connection_brings_its_limits(
    fresh_database_url: str, use: Callable[[Database, str], Coroutine[None, None, dict[str, Any]]]
) -> None:
    options = ConnectionOptions(statement=7.5, lock=3, idle_transaction=0, transaction=60)
    async with _connected(fresh_database_url, options) as database:
        assert list((await use(database, _SHOWN)).values()) == ["7500ms", "3s", "0", "1min"]
        workers = "current_setting('max_parallel_workers_per_gather') AS workers"
        assert await use(database, workers) == {"workers": "0"}


async def _read_messages(database: Database) -> object:
    return await database.reader.all(ATTEMPTS)


@pytest.mark.parametrize("use", [_read_messages, add_message])
@pytest.mark.parametrize("options", [ConnectionOptions(lock=_SOON), ConnectionOptions(statement=_SOON)])
async def test_whoever_meets_a_lock_for_too_long_is_unavailable_and_not_in_the_way(
    fresh_database_url: str, other: asyncpg.Connection, use: Use, options: ConnectionOptions
) -> None:
    async with _connected(fresh_database_url, options) as database:
        async with other.transaction():
            await other.execute("LOCK TABLE operations.outbox IN ACCESS EXCLUSIVE MODE")
            with pytest.raises(Unavailable):
                await use(database)
            await _until(other, _AT_LOCKS, 0)
        await use(database)


async def test_a_read_adds_the_time_of_its_statement_also_when_the_server_stops_it(fresh_database_url: str) -> None:
    async with _connected(fresh_database_url, ConnectionOptions(statement=_SOON)) as database:
        time = read_time.begin()
        await _read(database, "1 AS one")
        first = time.seconds
        assert first > 0
        with pytest.raises(Unavailable):
            await _read(database, f"pg_sleep({_NEVER}) AS never")
        assert time.seconds > first


async def test_a_transaction_that_falls_silent_gives_its_locks_back(
    fresh_database_url: str, other: asyncpg.Connection
) -> None:
    async def fall_silent(database: Database) -> None:
        async with database.begin() as tx:
            await tx.execute(text("LOCK TABLE operations.outbox IN ACCESS EXCLUSIVE MODE"))
            await other.execute("LOCK TABLE operations.outbox IN ACCESS EXCLUSIVE MODE")
            await tx.execute(select(1))

    async with _connected(fresh_database_url, ConnectionOptions(idle_transaction=_SOON)) as database:
        transaction = other.transaction()
        await transaction.start()
        with pytest.raises(Unavailable):
            await fall_silent(database)
        await transaction.rollback()
        await add_message(database)


async def test_a_transaction_that_takes_too_long_is_unavailable(fresh_database_url: str) -> None:
    async def take_long(database: Database) -> None:
        async with database.begin() as tx:
            while True:
                await tx.execute(text("SELECT pg_sleep(0.01)"))

    async with _connected(fresh_database_url, ConnectionOptions(transaction=_SOON)) as database:
        with pytest.raises(Unavailable):
            await take_long(database)
    async with _connected(fresh_database_url, ConnectionOptions()) as database:
        await add_message(database)


async def _burst(database: Database, other: asyncpg.Connection, places: int, use: Use) -> None:
    """Use all connections at once, and show that there are no more."""
    async with other.transaction():
        await other.execute("LOCK TABLE operations.outbox IN ACCESS EXCLUSIVE MODE")
        waiting = [asyncio.create_task(use(database)) for _ in range(places)]
        await _until(other, _AT_LOCKS, places)
        with pytest.raises(Unavailable):
            await use(database)
    await asyncio.gather(*waiting)


@pytest.mark.parametrize("use", [_read_messages, add_message])
async def test_connections_for_a_burst_are_closed_after_it(
    fresh_database_url: str, other: asyncpg.Connection, use: Use
) -> None:
    options = ConnectionOptions(size=1, overflow=2, burst=_SOON, wait=_SOON)
    async with _connected(fresh_database_url, options) as database:
        await _burst(database, other, options.places, use)
        await _until(other, _CONNECTED, options.size)
        await use(database)


@pytest.mark.parametrize("use", [_read_messages, add_message])
async def test_bursts_that_follow_each_other_open_no_connections(
    fresh_database_url: str, other: asyncpg.Connection, use: Use
) -> None:
    options = ConnectionOptions(size=1, overflow=2, burst=_NEVER, wait=_SOON)
    # So patient that the server is not asked, on a further connection, about statements that wait.
    async with _connected(fresh_database_url, options, Patience(answer=_NEVER)) as database:
        await _burst(database, other, options.places, use)
        opened = await other.fetch(_PIDS)
        await _burst(database, other, options.places, use)
        assert await other.fetch(_PIDS) == opened
        assert len(opened) == options.places


@pytest.mark.parametrize("use", [_read, _read_in_transaction])
async def test_an_old_connection_is_replaced(
    fresh_database_url: str, use: Callable[[Database, str], Coroutine[None, None, dict[str, Any]]]
) -> None:
    async with _connected(fresh_database_url, ConnectionOptions(size=1)) as database:
        assert await use(database, _PID) == await use(database, _PID)
    async with _connected(fresh_database_url, ConnectionOptions(size=1, recycle=1e-6)) as database:
        assert await use(database, _PID) != await use(database, _PID)


async def test_a_connection_outlives_the_time_of_its_opening(
    fresh_database_url: str, other: asyncpg.Connection
) -> None:
    patience = Patience(opening=2 * _SOON, answer=_NEVER)
    async with _connected(fresh_database_url, ConnectionOptions(size=1), patience) as database:
        uses = (_read, _read_in_transaction)
        for use in uses:
            await use(database, _PID)
        subscription = database.wakeups.subscribe(uuid4())
        database.wakeups.start()
        await _until(other, _CONNECTED, len(uses) + 1)
        opened = await other.fetch(_PIDS)
        # Longer than an opening may take.
        await other.execute("SELECT pg_sleep($1)", 4 * _SOON)
        assert await other.fetch(_PIDS) == opened
        subscription.end()
