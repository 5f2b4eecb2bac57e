"""Moving databases: silent connections, read-only servers, and tables that change while serving."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import TypedDict
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import insert, select, text

from impl.kernel.connection_checks import Patience
from impl.kernel.database import Database, connect
from impl.kernel.errors import JsonValue, Unavailable
from impl.kernel.ids import new_id
from impl.kernel.outbox import OutboxMessage
from impl.kernel.statements import Command
from tests.harness.databases import Databases
from tests.harness.tcp_proxy import TcpProxy, proxied
from tests.kernel.test_database import ATTEMPTS, add_message

pytestmark = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)


class Message(TypedDict):
    """Row of the outbox."""

    id: UUID
    topic: str
    payload: dict[str, JsonValue]
    created_at: datetime
    next_attempt_at: datetime
    attempts: int


# Each connection is asked before each use; a statement would wait longer than any test does.
_PATIENCE = Patience(idle=0.0)
_STATEMENT_SECONDS = 120.0
_AT_ONCE = 4
_ADD = Command(insert(OutboxMessage), Message)


async def _read(database: Database) -> None:
    await database.reader.all(ATTEMPTS)


async def _write(database: Database) -> None:
    await add_message(database)


async def _command(database: Database) -> None:
    now = database.clock.now()
    values: Message = {
        "id": new_id(),
        "topic": "t",
        "payload": {},
        "created_at": now,
        "next_attempt_at": now,
        "attempts": 0,
    }
    await database.run(_ADD, values)


USES = pytest.mark.parametrize("use", [_read, _write, _command])
type Use = Callable[[Database], Awaitable[None]]


@pytest.fixture
async def proxy(databases: Databases) -> AsyncIterator[TcpProxy]:
    async with proxied(databases.server.port) as serving:
        yield serving


@pytest.fixture
async def database(proxy: TcpProxy, fresh_database_url: str) -> AsyncIterator[Database]:
    """Return a database behind the proxy, with as many connections open as there are."""
    opened = connect(proxy.url(fresh_database_url), pool_size=_AT_ONCE, timeout=_STATEMENT_SECONDS, patience=_PATIENCE)
    await opened.open()
    for use in (_read, _write, _command):
        await asyncio.gather(*(use(opened) for _ in range(4 * _AT_ONCE)))
    yield opened
    await opened.close()


@USES
async def test_a_connection_that_nobody_answers_is_left_before_it_is_given_work(
    database: Database, proxy: TcpProxy, use: Use
) -> None:
    dead = proxy.swallow()
    await use(database)
    sent = b"".join(bytes(link.swallowed) for link in dead)
    assert b"SELECT 1" in sent
    assert b"outbox" not in sent, "work was given to a connection before it had answered"
    # One that does not answer tells about the others: nobody waits for each of them in turn.
    asked = [link for link in dead if b"SELECT 1" in link.swallowed]
    await asyncio.gather(*(use(database) for _ in range(4 * _AT_ONCE)))
    assert [link for link in dead if b"SELECT 1" in link.swallowed] == asked


@USES
async def test_connections_that_were_cut_are_replaced(database: Database, proxy: TcpProxy, use: Use) -> None:
    cut = proxy.reset()
    await asyncio.gather(*(link.closed.wait() for link in cut))
    await use(database)


@USES
async def test_a_database_that_refuses_connections_is_unavailable_and_then_works(
    database: Database, proxy: TcpProxy, use: Use
) -> None:
    await proxy.refuse()
    proxy.reset()
    with pytest.raises(Unavailable):
        await use(database)
    await proxy.accept()
    await use(database)


@USES
async def test_a_role_that_is_refused_is_unavailable(databases: Databases, fresh_database_url: str, use: Use) -> None:
    database = connect(fresh_database_url.replace(databases.server.password, "another"))
    with pytest.raises(Unavailable):
        await use(database)
    await database.close()


async def test_a_connection_in_use_just_now_is_not_asked(proxy: TcpProxy, fresh_database_url: str) -> None:
    database = connect(proxy.url(fresh_database_url), pool_size=1, patience=Patience(idle=_STATEMENT_SECONDS))
    for use in (_read, _write, _command) * 3:
        await use(database)
    opened = len(proxy.links)
    proxy.swallow()
    await database.close()
    assert opened == 2, "one to read and one to write"


async def _tell(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.mark.parametrize("use", [_write, _command])
async def test_a_server_that_takes_no_changes_is_left(
    databases: Databases, database: Database, proxy: TcpProxy, fresh_database_url: str, use: Use
) -> None:
    """As a primary that was demoted behind a name that leads to another one a moment later."""
    server, name = databases.server.url("postgres"), fresh_database_url.rpartition("/")[2]
    await database.require_writable()
    await _tell(server, f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    proxy.reset()
    for _ in range(2 * _AT_ONCE):
        with pytest.raises(Unavailable):
            await use(database)
        with pytest.raises(Unavailable):
            await database.require_writable()
    await _read(database)
    await _tell(server, f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
    with pytest.raises(Unavailable):
        # The last that was refused had left its connection; this one meets those that only read meanwhile.
        await database.require_writable()
    await database.require_writable()
    await asyncio.gather(*(use(database) for _ in range(4 * _AT_ONCE)))


_FIRST = select(OutboxMessage.attempts)
_SECOND = select(OutboxMessage.topic)


async def _change_column(url: str) -> None:
    await _tell(url, "ALTER TABLE operations.outbox ALTER attempts TYPE bigint, ALTER topic TYPE varchar(200)")


async def test_a_statement_is_prepared_again_when_its_table_has_changed(
    database: Database, fresh_database_url: str
) -> None:
    async def change() -> None:
        async with database.begin() as tx:
            await tx.execute(_FIRST)
            await tx.execute(_SECOND)

    await asyncio.gather(*(change() for _ in range(4 * _AT_ONCE)))
    await _change_column(fresh_database_url)
    await asyncio.gather(*(use(database) for use in (_read, _command) for _ in range(4 * _AT_ONCE)))
    await asyncio.gather(*(change() for _ in range(4 * _AT_ONCE)))


async def test_what_was_done_before_a_statement_that_is_outdated_is_given_up_once(
    database: Database, fresh_database_url: str
) -> None:
    async def change() -> None:
        async with database.begin() as tx:
            await tx.execute(text("SELECT 1"))
            await tx.execute(_FIRST)

    await change()
    await _change_column(fresh_database_url)
    with pytest.raises(Unavailable):
        await change()
    await asyncio.gather(*(change() for _ in range(4 * _AT_ONCE)))
