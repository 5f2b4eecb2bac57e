"""Openings of connections: each is bounded until it is set up, and a server that was there is waited for."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg
import pytest

from impl.kernel.engines.connection_checks import Openings, ServerSilent
from tests.harness import postgres
from tests.harness.databases import Databases
from tests.harness.patience import PATIENCE
from tests.harness.run import throwaway_folder
from tests.harness.tcp_proxy import TcpProxy, proxied

pytestmark = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)

_SOON = 0.01
# How many times slower a machine may be than the time that a test allows it first.
_SLOWEST = 100


class _Server:
    """PostgreSQL behind a proxy; counts how often it is asked for a connection, and acts before each time."""

    def __init__(self, url: str, proxy: TcpProxy) -> None:
        self.proxy = proxy
        self.asked = 0
        self.before: list[Callable[[], Awaitable[None]]] = []
        self._direct = url.replace("+asyncpg", "")
        self.url = proxy.url(self._direct)
        self._opened: list[asyncpg.Connection] = []

    async def connect(self, **options: Any) -> asyncpg.Connection:  # noqa: ANN401 - those of the driver
        self.asked += 1
        if self.before:
            await self.before.pop(0)()
        return await self._kept(self.url, **options)

    async def connected(self) -> asyncpg.Connection:
        """Return a connection that answers whatever becomes of the proxy."""
        return await self._kept(self._direct)

    async def silent(self) -> asyncpg.Connection:
        """Return a connection on which nothing comes any more."""
        connection = await self._kept(self.url)
        self.proxy.swallow()
        return connection

    async def hang(self) -> None:
        """Let connections be opened, and nothing come on them."""
        await self.proxy.refuse()
        self.proxy.listen()

    async def _kept(self, url: str, **options: Any) -> asyncpg.Connection:  # noqa: ANN401 - those of the driver
        connection: asyncpg.Connection = await asyncpg.connect(url, **options)
        self._opened.append(connection)
        return connection

    def close(self) -> None:
        for connection in self._opened:
            connection.terminate()


@pytest.fixture
async def server(databases: Databases, fresh_database_url: str) -> AsyncIterator[_Server]:
    async with proxied(databases.server.port) as proxy:
        serving = _Server(fresh_database_url, proxy)
        yield serving
        serving.close()


async def _set_up(server: _Server) -> asyncpg.Connection:
    """Return a connection that was set up, and leave another one that was not, in as little time as opens both."""
    seconds = 10 * _SOON
    while True:
        openings = Openings(server.connect, seconds, answer=PATIENCE)
        try:
            ready = await openings.connect(server_settings={"application_name": "ready"})
            for _ in range(2):
                openings.finish(ready)
            await openings.connect()
        except TimeoutError:
            openings.close()
            seconds *= 10
        else:
            return ready


async def test_what_is_set_up_lives_on_and_what_is_not_is_ended(server: _Server) -> None:
    ready = await _set_up(server)
    async with asyncio.timeout(PATIENCE):
        await server.proxy.links[-1].left.wait()
    assert await ready.fetchval("SHOW application_name") == "ready"


async def test_connections_that_are_being_set_up_are_ended_with_the_pool(server: _Server) -> None:
    openings = Openings(server.connect, PATIENCE, answer=PATIENCE)
    ready = await openings.connect()
    openings.finish(ready)
    waiting = await openings.connect()
    openings.close()
    assert (ready.is_closed(), waiting.is_closed()) == (False, True)


async def test_a_server_that_was_there_is_waited_for_and_no_other(server: _Server) -> None:
    openings = Openings(server.connect, PATIENCE, answer=PATIENCE, outage=PATIENCE)
    await server.proxy.refuse()
    with pytest.raises(ConnectionRefusedError):
        await openings.connect()
    await server.proxy.accept()
    await openings.connect()
    server.before = [server.proxy.refuse, server.proxy.accept]
    await openings.connect()
    assert server.before == []
    with pytest.raises(asyncpg.InvalidPasswordError):
        await openings.connect(password="no")
    openings.close()

    impatient = Openings(server.connect, PATIENCE, answer=PATIENCE)
    await impatient.connect()
    await server.proxy.refuse()
    with pytest.raises(ConnectionRefusedError):
        await impatient.connect()
    impatient.close()


async def _connect_while_it_can_be_done(url: str) -> None:
    while True:
        await (await asyncpg.connect(url)).close()


async def test_a_server_that_takes_no_connections_any_more_is_waited_for(server: _Server) -> None:
    openings = Openings(server.connect, PATIENCE, answer=PATIENCE, outage=PATIENCE)
    await openings.connect()
    successor = server.url
    with throwaway_folder() as folder, postgres.serve(folder) as leaving:
        # It waits for the end of this one, and refuses others meanwhile.
        last = await asyncpg.connect(leaving.url("postgres", scheme="postgresql"))
        process = int((folder / "data" / "postmaster.pid").read_text().partition("\n")[0])
        os.kill(process, signal.SIGTERM)
        server.url = leaving.url("postgres", scheme="postgresql")
        with pytest.raises(asyncpg.CannotConnectNowError):
            await _connect_while_it_can_be_done(server.url)

        async def has_taken_over() -> None:
            server.url = successor

        server.before = [_nothing, has_taken_over]
        await openings.connect()
        assert server.before == []
        await last.close()
    openings.close()


async def _nothing() -> None:
    """Let it be asked as it is."""


async def test_a_server_that_is_out_is_asked_now_and_then(server: _Server) -> None:
    openings = Openings(server.connect, PATIENCE, answer=PATIENCE, outage=0.15)
    await openings.connect()
    await server.proxy.refuse()
    server.asked = 0
    with pytest.raises(ConnectionRefusedError):
        await openings.connect()
    assert 2 <= server.asked <= 5
    openings.close()


async def test_a_server_that_hangs_is_waited_for_once_and_found_again(server: _Server) -> None:
    await server.hang()
    openings = Openings(server.connect, 1.0, answer=_SOON)
    with pytest.raises(TimeoutError):
        await openings.connect()
    assert openings.is_silent
    asked = server.asked
    for _ in range(3):
        with pytest.raises(ServerSilent):
            await openings.connect()
    # Nobody asks but whoever looks for a sign.
    assert server.asked <= asked + 1
    await server.proxy.accept()
    async with asyncio.timeout(PATIENCE):
        while openings.is_silent:  # noqa: ASYNC110 - it looks by itself, and tells nobody else
            await asyncio.sleep(0)
    openings.close()


async def test_an_opening_that_began_before_the_silence_was_known_is_given_up_as_soon(server: _Server) -> None:
    silent = await server.silent()
    await server.hang()
    openings = Openings(server.connect, PATIENCE, answer=_SOON)
    waiting = [asyncio.create_task(openings.connect()) for _ in range(3)]
    assert not await openings.answers(silent, 0.001)
    for one in waiting:
        with pytest.raises(ServerSilent):
            await one
    assert openings.is_silent
    openings.close()


@pytest.mark.parametrize("sign", ["an answer", "an opening"])
async def test_a_server_that_has_answered_anything_meanwhile_is_slow_and_does_not_hang(
    server: _Server, sign: str
) -> None:
    pace = 1
    while (end := await _end_of_slow_opening(server, sign, pace)) is not TimeoutError and pace < _SLOWEST:
        pace *= 10
    # No other connection is asked in vain: it takes a whole opening to know.
    assert end is TimeoutError


async def _end_of_slow_opening(server: _Server, sign: str, pace: int) -> type[object]:
    """Return how an opening ends that nothing comes of, after a question in vain and then a sign."""
    await server.proxy.accept()
    live, silent = await server.connected(), await server.silent()
    await server.hang()
    server.asked = 0
    openings = Openings(server.connect, 20 * _SOON * pace, answer=2 * _SOON * pace)
    slow = asyncio.create_task(openings.connect())
    while not server.asked:  # noqa: ASYNC110 - the other task of this loop gets there
        await asyncio.sleep(0)
    assert not await openings.answers(silent, 0.001)
    if sign == "an answer":
        assert await openings.answers(live, PATIENCE)
    else:
        await server.proxy.accept()
        (opened,) = await asyncio.gather(slow, return_exceptions=True)
        if isinstance(opened, BaseException):
            # This machine is slower than the pace.
            return ServerSilent
        await server.hang()
        slow = asyncio.create_task(openings.connect())
    (end,) = await asyncio.gather(slow, return_exceptions=True)
    openings.close()
    return type(end)


async def test_an_open_connection_that_does_not_answer_is_no_server_that_hangs(server: _Server) -> None:
    openings = Openings(server.connect, PATIENCE, answer=PATIENCE)
    for _ in range(3):
        assert not await openings.answers(await server.silent(), 0.001)
        await openings.connect()
    assert not openings.is_silent
    openings.close()
