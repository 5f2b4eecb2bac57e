"""Moving databases: silent connections, read-only servers, and tables that change while serving."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import datetime
from typing import TypedDict
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import insert, select, text

from impl.kernel.database import Database
from impl.kernel.engines.connecting import connect
from impl.kernel.engines.connection_checks import Patience
from impl.kernel.engines.connection_options import ConnectionOptions
from impl.kernel.errors import JsonValue, Unavailable
from impl.kernel.ids import new_id
from impl.kernel.outbox import OutboxMessage
from impl.kernel.statements import Command
from tests.harness.databases import Databases
from tests.harness.patience import PATIENCE
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
_STATEMENT_SECONDS = 3600.0
_AT_ONCE = 4
# Times that a client sends something until its first statement is done: for TLS, the start, the password, codecs,
# SQLAlchemy's questions about the server, and the parts of the statement itself.
_STEPS_TO_READ = 8
_STEPS_TO_WRITE = 18
_OPENING_SECONDS = 1.0
_SOON = 0.5
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


def _options(size: int) -> ConnectionOptions:
    return ConnectionOptions(size=size, wait=_STATEMENT_SECONDS, statement=_STATEMENT_SECONDS)


USES = pytest.mark.parametrize("use", [_read, _write, _command])
type Use = Callable[[Database], Coroutine[None, None, None]]


@pytest.fixture
async def proxy(databases: Databases, fresh_database_url: str) -> AsyncIterator[TcpProxy]:
    """Return a proxy that is closed before the database is dropped: a half-opened connection would delay that."""
    async with proxied(databases.server.port) as serving:
        yield serving


@pytest.fixture
async def database(proxy: TcpProxy, fresh_database_url: str) -> AsyncIterator[Database]:
    """Return a database behind the proxy, with as many connections open as there are."""
    opened = connect(proxy.url(fresh_database_url), _options(_AT_ONCE), patience=_PATIENCE)
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


async def _used_though_silent_after(flights: int, server: int, url: str, use: Use) -> bool:
    """Use a database whose first connection falls silent after so many flights; return whether it had so many."""
    patience = Patience(opening=_OPENING_SECONDS)
    async with proxied(server) as proxy:
        proxy.swallow_next_after(flights)
        database = connect(proxy.url(url), _options(2), patience=patience)
        try:
            await use(database)
        except Unavailable:
            assert len(proxy.links) > 1, "no other connection was opened"
        link = proxy.links[0]
        if link.silent:
            await link.left.wait()
        await database.close()
        return link.silent


@pytest.mark.parametrize(("use", "steps"), [(_read, _STEPS_TO_READ), (_write, _STEPS_TO_WRITE)])
async def test_a_connection_that_is_lost_while_it_is_opened_is_closed_in_time(
    databases: Databases, fresh_database_url: str, use: Use, steps: int
) -> None:
    """At whatever step that happens, up to the end of the first statement."""
    port = databases.server.port
    async with asyncio.timeout(PATIENCE):
        silent = await asyncio.gather(
            *(_used_though_silent_after(flights, port, fresh_database_url, use) for flights in range(steps))
        )
    assert all(silent), "the opening has fewer steps than were tried"


async def test_a_connection_in_use_just_now_is_not_asked(proxy: TcpProxy, fresh_database_url: str) -> None:
    database = connect(proxy.url(fresh_database_url), _options(1), patience=Patience(idle=_STATEMENT_SECONDS))
    for use in (_read, _write, _command) * 3:
        await use(database)
    opened = len(proxy.links)
    proxy.swallow()
    await database.close()
    assert opened == 2, "one to read and one to write"


@pytest.fixture
async def hurried(proxy: TcpProxy, fresh_database_url: str) -> AsyncIterator[Database]:
    """Return a database that trusts its idle connections, and misses an answer soon."""
    patience = Patience(idle=_STATEMENT_SECONDS, answer=_SOON)
    opened = connect(proxy.url(fresh_database_url), _options(1), patience=patience)
    await opened.open()
    for use in (_read, _write, _command):
        await use(opened)
    yield opened
    await opened.close()


async def test_a_read_that_nobody_answers_is_asked_once_more(hurried: Database, proxy: TcpProxy) -> None:
    dead = proxy.swallow()
    await _read(hurried)
    assert any(link.swallowed for link in dead), "the read was not given to a dead connection first"


@pytest.mark.parametrize("use", [_write, _command])
async def test_a_change_that_nobody_answers_is_given_up_and_not_repeated(
    hurried: Database, proxy: TcpProxy, use: Use
) -> None:
    before = len(await hurried.reader.all(ATTEMPTS))
    proxy.swallow()
    with pytest.raises(Unavailable):
        await use(hurried)
    assert len(await hurried.reader.all(ATTEMPTS)) == before
    await use(hurried)
    assert len(await hurried.reader.all(ATTEMPTS)) == before + 1


async def test_a_change_whose_answer_is_lost_is_given_up_and_not_repeated(hurried: Database, proxy: TcpProxy) -> None:
    """The server has done it, and only its word for it is missing: done again, it would be there twice."""
    before = len(await hurried.reader.all(ATTEMPTS))
    proxy.deafen()
    with pytest.raises(Unavailable):
        await _command(hurried)
    assert len(await hurried.reader.all(ATTEMPTS)) == before + 1


async def test_a_commit_that_nobody_answers_is_given_up(hurried: Database, proxy: TcpProxy) -> None:
    async def change() -> None:
        async with hurried.begin() as tx:
            await tx.execute(_FIRST)
            proxy.swallow()

    with pytest.raises(Unavailable):
        await change()
    await _write(hurried)


async def test_a_transaction_that_is_refused_says_why_though_nobody_answers_its_end(
    hurried: Database, proxy: TcpProxy
) -> None:
    async def change() -> None:
        async with hurried.begin() as tx:
            await tx.execute(_FIRST)
            proxy.swallow()
            raise LookupError

    with pytest.raises(LookupError):
        await change()
    await _write(hurried)


@pytest.mark.parametrize("use", [_write, _command])
async def test_a_statement_that_the_server_is_at_work_on_is_left_alone(
    hurried: Database, proxy: TcpProxy, fresh_database_url: str, use: Use
) -> None:
    other = await asyncpg.connect(fresh_database_url.replace("+asyncpg", ""))
    async with other.transaction():
        await other.execute("LOCK TABLE operations.outbox IN ACCESS EXCLUSIVE MODE")
        waiting = asyncio.create_task(use(hurried))
        # The server is asked about it on connections of their own, twice each time.
        await proxy.opened(4)
    await waiting
    await other.close()


async def test_a_long_statement_is_left_alone_when_the_server_takes_no_more_connections(
    databases: Databases, hurried: Database, proxy: TcpProxy, fresh_database_url: str
) -> None:
    server, name = databases.server.url("postgres"), fresh_database_url.rpartition("/")[2]
    other = await asyncpg.connect(fresh_database_url.replace("+asyncpg", ""))
    async with other.transaction():
        await other.execute("LOCK TABLE operations.outbox IN ACCESS EXCLUSIVE MODE")
        await _tell(server, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        waiting = asyncio.create_task(_command(hurried))
        await proxy.opened(4)
    await waiting
    await other.close()
    await _tell(server, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


async def test_a_statement_is_given_up_when_no_newcomer_is_answered_either(hurried: Database, proxy: TcpProxy) -> None:
    proxy.swallow()
    await proxy.refuse()
    with pytest.raises(Unavailable):
        await _command(hurried)
    await proxy.accept()
    await _command(hurried)


async def test_a_long_statement_is_left_alone_when_no_newcomer_is_answered_and_those_before_are(
    proxy: TcpProxy, fresh_database_url: str
) -> None:
    patience = Patience(idle=_STATEMENT_SECONDS, answer=_SOON, opening=2 * _SOON)
    database = connect(proxy.url(fresh_database_url), _options(1), patience=patience)
    for use in (_read, _write):
        await use(database)
    other = await asyncpg.connect(fresh_database_url.replace("+asyncpg", ""))
    async with other.transaction():
        await other.execute("LOCK TABLE operations.outbox IN ACCESS EXCLUSIVE MODE")
        waiting = asyncio.create_task(_write(database))
        for _ in range(4):
            proxy.swallow_next_after(0)
            await proxy.opened(1)
    await waiting
    await other.close()
    await database.close()


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


@pytest.mark.parametrize("use", [_read, _command])
async def test_a_pool_is_opened_by_its_first_use_and_not_after_its_end(
    fresh_database_url: str, use: Callable[[Database], Coroutine[None, None, None]]
) -> None:
    database = connect(fresh_database_url, _options(1))
    await use(database)
    await database.close()
    with pytest.raises(Unavailable, match="shutting down"):
        await use(database)
