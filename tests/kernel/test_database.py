"""Transactions are all or nothing, one writer at a time on SQLite, and give 503 when the database is away."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import bindparam, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from impl.kernel.audit import AuditPersonal
from impl.kernel.database import Database, clock_of
from impl.kernel.engines.connecting import connect
from impl.kernel.engines.connection_options import ConnectionOptions
from impl.kernel.engines.database_url import database_url
from impl.kernel.errors import NotFound, Unavailable
from impl.kernel.idempotency import IdempotencyKey
from impl.kernel.ids import new_id
from impl.kernel.outbox import OutboxMessage
from impl.kernel.tables import Table, UtcDateTime
from tests.harness.clock import MovableClock
from tests.harness.queries import UntypedQuery

ATTEMPTS = UntypedQuery(select(OutboxMessage.attempts))
ON_POSTGRESQL = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)


async def add_message(database: Database) -> UUID:
    async with database.begin() as tx:
        now = clock_of(tx).now()
        message = OutboxMessage(topic="t", payload={}, created_at=now, next_attempt_at=now)
        tx.add(message)
    return message.id


async def test_what_is_done_is_kept_and_what_raises_is_not(database: Database) -> None:
    await add_message(database)

    async def refuse() -> None:
        async with database.begin() as tx:
            await tx.execute(update(OutboxMessage).values(attempts=9))
            raise NotFound

    with pytest.raises(NotFound):
        await refuse()
    assert [row["attempts"] for row in await database.reader.all(ATTEMPTS)] == [0]


async def test_an_error_shows_no_value_of_its_statement(database: Database) -> None:
    statement = select(text("nowhere")).where(bindparam("value") == "")

    async def write() -> None:
        async with database.begin() as tx:
            await tx.execute(statement, {"value": "helen@example.com"})

    async def read() -> None:
        await database.reader.all(UntypedQuery(statement), value="helen@example.com")

    for use in (write, read):
        with pytest.raises((DBAPIError, asyncpg.PostgresError), match="nowhere") as refused:
            await use()
        assert "helen" not in str(refused.value)


async def test_the_folder_of_a_file_is_made(tmp_path: Path) -> None:
    for name in ("one.db", "other.db"):
        await connect(f"sqlite:///{tmp_path}/not/there/{name}").close()
    assert (tmp_path / "not" / "there").is_dir()
    for nothing in ("sqlite://", "sqlite:///:memory:"):
        with pytest.raises(ValueError, match="name a file"):
            connect(nothing)


@ON_POSTGRESQL
async def test_a_snapshot_is_of_one_moment_and_the_next_transaction_is_none(database: Database) -> None:
    """On SQLite there is one writer, so that nothing could change meanwhile."""
    messages = select(func.count()).select_from(OutboxMessage)
    async with database.begin(snapshot=True) as tx:
        before = await tx.scalar(messages)
        await add_message(database)
        assert (before, await tx.scalar(messages)) == (0, 0)
        now = clock_of(tx).now()
        tx.add(OutboxMessage(topic="t", payload={}, created_at=now, next_attempt_at=now))
    # Each connection of the pool, the one that had the snapshot among them.
    for _ in range(4):
        async with database.begin() as tx:
            before = await tx.scalar(messages)
            await add_message(database)
            assert await tx.scalar(messages) == (before or 0) + 1


async def test_a_commit_that_is_refused_stops_nobody_after_it(database: Database) -> None:
    async with database.begin() as tx:
        await tx.execute(text("CREATE TABLE parents (id INTEGER PRIMARY KEY)"))
        await tx.execute(
            text("CREATE TABLE children (id INTEGER REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED)")
        )

    async def orphan() -> None:
        async with database.begin() as tx:
            await tx.execute(text("INSERT INTO children VALUES (1)"))

    for _ in range(3):
        with pytest.raises(IntegrityError):
            await orphan()
    await add_message(database)
    async with database.begin() as tx:
        assert await tx.scalar(text("SELECT count(*) FROM children")) == 0


async def test_writers_that_read_first_lose_nothing(database: Database) -> None:
    await add_message(database)

    async def count_up() -> None:
        async with database.begin() as tx:
            message = (await tx.scalars(select(OutboxMessage).with_for_update())).one()
            message.attempts += 1

    await asyncio.gather(*(count_up() for _ in range(40)))
    assert [row["attempts"] for row in await database.reader.all(ATTEMPTS)] == [40]


async def test_two_programs_may_write_the_same_database(
    database: Database, fresh_database_url: str, clock: MovableClock
) -> None:
    await add_message(database)
    other = connect(fresh_database_url, ConnectionOptions(size=2), clock=clock)

    async def count_up(using: Database) -> None:
        async with using.begin() as tx:
            message = (await tx.scalars(select(OutboxMessage).with_for_update())).one()
            message.attempts += 1

    await asyncio.gather(*(count_up(using) for using in (database, other) * 10))
    await other.close()
    assert [row["attempts"] for row in await database.reader.all(ATTEMPTS)] == [20]


async def test_foreign_keys_and_checks_are_enforced(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.begin() as tx:
            await tx.execute(insert(AuditPersonal).values(event_id=new_id(), address="", user_agent="", data={}))
    await add_message(database)
    with pytest.raises(IntegrityError):
        async with database.begin() as tx:
            await tx.execute(update(OutboxMessage).values(attempts=-1))


async def test_times_without_a_zone_are_refused(database: Database) -> None:
    naive = database.clock.now().replace(tzinfo=None)
    with pytest.raises(Exception, match="time zone"):
        async with database.begin() as tx:
            await tx.execute(update(IdempotencyKey).values(expires_at=naive))


@ON_POSTGRESQL
async def test_a_transaction_survives_that_the_server_closed_its_connection(database: Database) -> None:
    await asyncio.gather(*(add_message(database) for _ in range(8)))
    killer = UntypedQuery(
        select(text("pg_terminate_backend(pid)"))
        .select_from(text("pg_stat_activity"))
        .where(text("datname = current_database() AND pid <> pg_backend_pid()"))
    )
    await database.reader.all(killer)
    await asyncio.sleep(0)
    for _ in range(6):
        try:
            await add_message(database)
        except Unavailable:
            continue  # the server's farewell was still under way
    assert len(await database.reader.all(ATTEMPTS)) >= 13


async def test_whoever_waits_too_long_is_told_so(fresh_database_url: str) -> None:
    database = connect(fresh_database_url, ConnectionOptions(size=1, wait=2))
    async with database.begin():
        with pytest.raises(Unavailable):
            async with database.begin():
                pass
    async with database.begin() as tx:
        assert await tx.scalar(select(1)) == 1
    await database.close()


@ON_POSTGRESQL  # an embedded database has no sleep to run
async def test_a_statement_that_takes_too_long_is_ended(fresh_database_url: str) -> None:
    database = connect(fresh_database_url, ConnectionOptions(statement=2))  # long enough for what comes after
    sleep = UntypedQuery(select(text("pg_sleep(20)")))
    with pytest.raises(Unavailable):
        await database.reader.all(sleep)
    with pytest.raises(Unavailable):
        async with database.begin() as tx:
            await tx.execute(text("SELECT pg_sleep(20)"))
    await add_message(database)
    assert len(await database.reader.all(ATTEMPTS)) == 1
    await database.close()


@ON_POSTGRESQL  # one writer at a time cannot meet another
async def test_a_deadlock_is_for_the_client_to_try_again(database: Database) -> None:
    first, second = await add_message(database), await add_message(database)
    met = asyncio.Barrier(2)

    async def change(one: UUID, other: UUID) -> None:
        async with database.begin() as tx:
            await tx.execute(update(OutboxMessage).where(OutboxMessage.id == one).values(attempts=1))
            await met.wait()
            await tx.execute(update(OutboxMessage).where(OutboxMessage.id == other).values(attempts=1))

    outcomes = await asyncio.gather(change(first, second), change(second, first), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes if outcome is not None] == [Unavailable]


@pytest.mark.parametrize(("lock", "milliseconds"), [(5.0, 5000), (0.0, 2**31 - 1)])
async def test_sqlite_runs_as_it_should(tmp_path: Path, lock: float, milliseconds: int) -> None:
    database = connect(f"sqlite:///{tmp_path}/made/when/needed.db", ConnectionOptions(lock=lock))
    async with database.begin() as tx:
        found = [
            await tx.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
        ]
    assert found == ["wal", 1, milliseconds, 1]
    await database.close()
    with pytest.raises(ValueError, match="in memory"):
        connect("sqlite://")


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_reader_is_not_in_the_way_of_the_first_write_after_a_migration(fresh_database_url: str) -> None:
    database = connect(fresh_database_url)
    with closing(sqlite3.connect(database_url(fresh_database_url).database or "", autocommit=True)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM outbox").fetchall()
        async with database.begin() as tx:
            assert await tx.scalar(text("PRAGMA journal_mode")) == "wal"
    await database.close()


@pytest.mark.parametrize(
    ("given", "driver"),
    [
        ("postgres://a:b@c/d", "postgresql+asyncpg"),
        ("postgresql://a:b@c/d", "postgresql+asyncpg"),
        ("postgresql+psycopg://a:b@c/d", "postgresql+asyncpg"),
        ("sqlite:///x.db", "sqlite+aiosqlite"),
    ],
)
def test_urls_need_not_name_our_drivers(given: str, driver: str) -> None:
    assert database_url(given).drivername == driver


def test_other_databases_are_refused() -> None:
    with pytest.raises(ValueError, match="mysql"):
        database_url("mysql://a/b")


@ON_POSTGRESQL
async def test_behind_pgbouncer_nothing_is_kept_between_statements(fresh_database_url: str) -> None:
    database = connect(fresh_database_url, ConnectionOptions(statement_cache_size=0))
    prepared = UntypedQuery(select(text("count(*) AS n")).select_from(text("pg_prepared_statements")))
    for _ in range(3):
        await add_message(database)
        await database.reader.all(ATTEMPTS)
    row = await database.reader.first(prepared)
    await database.close()
    assert row is not None
    assert row["n"] == 0


@ON_POSTGRESQL
async def test_a_query_stays_prepared_unless_it_is_planned_anew_each_time(database_url: str) -> None:
    database = connect(database_url, ConnectionOptions(size=1))
    for word in ("kept", "anew"):
        await database.reader.all(UntypedQuery(select(text(f"1 AS {word}")), replanned=word == "anew"))
    prepared = UntypedQuery(select(text("statement")).select_from(text("pg_prepared_statements")))
    texts = [row["statement"] for row in await database.reader.all(prepared)]
    await database.close()
    assert [one for one in texts if one.startswith("SELECT 1 AS ")] == ["SELECT 1 AS kept"]


def test_annotations_give_the_types_of_the_kernel() -> None:
    assert isinstance(Table.metadata.tables["operations.outbox"].c.created_at.type, UtcDateTime)
    assert {table.schema for table in Table.metadata.tables.values()} <= {"identity", "marketplace", "operations"}


@ON_POSTGRESQL
async def test_the_system_asks_a_silent_server_whether_it_is_there(database: Database) -> None:
    """Eleven seconds without an answer, or ten in which nothing is confirmed, end a connection."""
    async with database.begin() as tx:
        connection = await (await tx.connection()).get_raw_connection()
        assert connection.driver_connection is not None
        used = connection.driver_connection._transport.get_extra_info("socket")  # noqa: SLF001 - no other way to it
    tcp = {"TCP_KEEPIDLE": 5, "TCP_KEEPINTVL": 2, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 10_000}
    assert used.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
    assert {name: used.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) for name in tcp} == tcp
