"""Watch over statements: the server is asked twice, and a connection at whose end nothing happens is ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Final

import asyncpg
import pytest

from impl.kernel.engines.connection_checks import Openings, Patience
from impl.kernel.engines.statement_watch import Statement, StatementWatch
from tests.harness.databases import Databases
from tests.harness.patience import PATIENCE
from tests.harness.tcp_proxy import TcpProxy, proxied

pytestmark = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)

# Connections of each kind, so that what holds for the first one only is noticed.
_MANY: Final = 3
_AT_LOCKS: Final = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'"
)


class _Server:
    """PostgreSQL, which the watch reaches through a proxy; before each of its looks a test may act."""

    def __init__(self, databases: Databases, url: str, proxy: TcpProxy) -> None:
        self.proxy = proxy
        self.before_look: Callable[[int], Awaitable[None]] | None = None
        self._looks = 0
        self._url = url.replace("+asyncpg", "")
        self._admin_url = databases.server.url("postgres", scheme="postgresql")
        self._connections: list[asyncpg.Connection] = []

    async def look(self, **options: Any) -> asyncpg.Connection:  # noqa: ANN401 - those of the driver
        self._looks += 1
        if self.before_look is not None:
            await self.before_look(self._looks)
        return await asyncpg.connect(self.proxy.url(self._url), **options)

    async def connected(self, number: int = _MANY) -> list[asyncpg.Connection]:
        """Return connections on which the server waits for a statement."""
        connections = [await asyncpg.connect(self._url) for _ in range(number)]
        self._connections += connections
        return connections

    async def admit(self, *, anybody: bool) -> None:
        admin = await asyncpg.connect(self._admin_url)
        name = self._url.rpartition("/")[2]
        await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {anybody}')
        await admin.close()

    def close(self) -> None:
        for connection in self._connections:
            connection.terminate()


@pytest.fixture
async def server(databases: Databases, fresh_database_url: str) -> AsyncIterator[_Server]:
    async with proxied(databases.server.port) as proxy:
        serving = _Server(databases, fresh_database_url, proxy)
        yield serving
        serving.close()


@pytest.fixture
async def watch(server: _Server) -> AsyncIterator[StatementWatch]:
    made = StatementWatch(Openings(server.look, PATIENCE, answer=PATIENCE), Patience(answer=0.02))
    yield made
    await made.close()


def _begin(watch: StatementWatch, connections: Sequence[asyncpg.Connection]) -> list[Statement]:
    """Watch a statement on each connection; the server gets none, as if it were lost on its way."""
    return [watch.begin(one) for one in connections]


async def _all_ended(connections: Sequence[asyncpg.Connection]) -> None:
    ended: asyncio.Queue[object] = asyncio.Queue()
    for one in connections:
        one.add_termination_listener(ended.put_nowait)
    async with asyncio.timeout(PATIENCE):
        for _ in connections:
            await ended.get()


async def test_what_is_lost_is_ended_and_nothing_else(server: _Server, watch: StatementWatch) -> None:
    lost, answered, slow, busy = [await server.connected() for _ in range(4)]
    [holder] = await server.connected(1)
    await holder.execute("SELECT pg_advisory_lock(1)")
    waiting = [asyncio.create_task(one.execute("SELECT pg_advisory_lock_shared(1)")) for one in busy]
    async with asyncio.timeout(PATIENCE):
        while await holder.fetchval(_AT_LOCKS) < len(busy):
            pass

    asked_less = asyncio.Event()

    async def go_on(look: int) -> None:
        for one in [one for one in slow if not one.is_closed()]:
            await one.execute("SELECT 1")
        if look > 1:
            for statement in statements:
                watch.finish(statement)
        # The last ones may be looked at a turn later than the first.
        if all(one.due > before for one, before in zip(at_work, due, strict=True)):
            asked_less.set()

    server.before_look = go_on
    statements, at_work = _begin(watch, answered), _begin(watch, busy)
    due = [one.due for one in at_work]
    _begin(watch, lost)
    _begin(watch, slow)
    await _all_ended(lost)
    async with asyncio.timeout(PATIENCE):
        await asked_less.wait()
    assert not any(one.is_closed() for one in (*answered, *slow, *busy))
    await holder.execute("SELECT pg_advisory_unlock(1)")
    await asyncio.gather(*waiting)


async def test_a_server_that_nobody_reaches_is_lost(server: _Server, watch: StatementWatch) -> None:
    lost = await server.connected()
    await server.proxy.refuse()
    _begin(watch, lost)
    await _all_ended(lost)


@pytest.mark.parametrize("first", ["full", "gone"])
async def test_a_server_that_takes_no_connection_once_tells_nothing(
    server: _Server, watch: StatementWatch, first: str
) -> None:
    third = asyncio.Event()

    async def change(look: int) -> None:
        if look == 3:
            third.set()
        elif (look == 1) == (first == "full"):
            await server.proxy.accept()
            await server.admit(anybody=False)
        else:
            await server.admit(anybody=True)
            await server.proxy.refuse()

    connections = await server.connected()
    server.before_look = change
    _begin(watch, connections)
    async with asyncio.timeout(PATIENCE):
        await third.wait()
    assert not any(one.is_closed() for one in connections)
