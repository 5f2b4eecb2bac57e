"""Openings of connections: each is bounded until it is set up, and a server that was there is waited for."""

from __future__ import annotations

import asyncio
from typing import Any, cast, override

import asyncpg
import pytest

from impl.kernel.engines.connection_checks import Openings, ServerSilent
from tests.harness.patience import PATIENCE

_SOON = 0.02


class _Connection:
    """Connection that shows when it is ended."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()

    def terminate(self) -> None:
        self.ended.set()


class _Server:
    """Opens connections, after it has refused some."""

    def __init__(self) -> None:
        self.refusals: list[Exception] = []
        self.asked: list[dict[str, object]] = []

    async def connect(self, *_: object, **options: object) -> Any:  # noqa: ANN401 - stands for asyncpg's
        self.asked.append(options)
        if self.refusals:
            raise self.refusals.pop(0)
        return _Connection()


@pytest.fixture
def server() -> _Server:
    return _Server()


async def _opened(openings: Openings) -> tuple[asyncpg.Connection, _Connection]:
    connection = await openings.connect(server_settings={})
    return connection, cast("_Connection", connection)


async def test_what_is_set_up_lives_on_and_what_is_not_is_ended(server: _Server) -> None:
    openings = Openings(server.connect, 0.01, answer=PATIENCE)
    connection, ready = await _opened(openings)
    assert server.asked == [{"timeout": 0.01, "server_settings": {}}]
    for _ in range(2):
        openings.finish(connection)
    _, late = await _opened(openings)
    async with asyncio.timeout(PATIENCE):
        await late.ended.wait()
    assert not ready.ended.is_set()


async def test_connections_that_are_being_set_up_are_ended_with_the_pool(server: _Server) -> None:
    openings = Openings(server.connect, PATIENCE, answer=PATIENCE)
    connection, ready = await _opened(openings)
    openings.finish(connection)
    _, waiting = await _opened(openings)
    openings.close()
    assert (ready.ended.is_set(), waiting.ended.is_set()) == (False, True)


async def test_a_server_that_was_there_is_waited_for_and_no_other(server: _Server) -> None:
    openings = Openings(server.connect, PATIENCE, answer=PATIENCE, outage=PATIENCE)
    server.refusals = [ConnectionRefusedError()]
    with pytest.raises(ConnectionRefusedError):
        await openings.connect()
    await openings.connect()
    server.refusals = [ConnectionRefusedError(), asyncpg.CannotConnectNowError("starts")]
    await openings.connect()
    assert server.refusals == []
    server.refusals = [asyncpg.InvalidPasswordError("no")]
    with pytest.raises(asyncpg.InvalidPasswordError):
        await openings.connect()
    openings.close()

    impatient = Openings(server.connect, PATIENCE, answer=PATIENCE)
    await impatient.connect()
    server.refusals = [ConnectionRefusedError()]
    with pytest.raises(ConnectionRefusedError):
        await impatient.connect()
    impatient.close()


async def test_a_server_that_is_out_is_asked_now_and_then(server: _Server) -> None:
    openings = Openings(server.connect, PATIENCE, answer=PATIENCE, outage=0.15)
    await openings.connect()
    server.asked.clear()
    server.refusals = [ConnectionRefusedError() for _ in range(1000)]
    with pytest.raises(ConnectionRefusedError):
        await openings.connect()
    assert 2 <= len(server.asked) <= 5
    openings.close()


class _Hanging(_Server):
    """Lets openings wait until it is thawed."""

    def __init__(self) -> None:
        super().__init__()
        self.thawed = asyncio.Event()

    @override
    async def connect(self, *arguments: object, **options: object) -> Any:
        self.asked.append(options)
        await self.thawed.wait()
        return _Connection()


async def test_a_server_that_hangs_is_waited_for_once_and_found_again() -> None:
    server = _Hanging()
    openings = Openings(server.connect, 1.0, answer=0.01)
    with pytest.raises(TimeoutError):
        await openings.connect()
    assert openings.is_silent
    asked = len(server.asked)
    for _ in range(3):
        with pytest.raises(ServerSilent):
            await openings.connect()
    # Nobody asks but whoever looks for a sign.
    assert len(server.asked) <= asked + 1
    server.thawed.set()
    async with asyncio.timeout(PATIENCE):
        while openings.is_silent:  # noqa: ASYNC110 - it looks by itself, and tells nobody else
            await asyncio.sleep(0)
        await openings.connect()
    openings.close()


async def test_an_opening_that_began_before_the_silence_was_known_is_given_up_as_soon() -> None:
    server = _Hanging()
    openings = Openings(server.connect, PATIENCE, answer=0.01)
    waiting = [asyncio.create_task(openings.connect()) for _ in range(3)]
    assert not await openings.answers(_silent(), 0.001)
    for one in waiting:
        with pytest.raises(ServerSilent):
            await one
    assert openings.is_silent
    openings.close()


class _Asked(_Connection):
    """Open connection that answers after some turns of the loop, or never."""

    def __init__(self, turns: int | None) -> None:
        super().__init__()
        self._turns = turns

    async def execute(self, _query: str, *, timeout: float) -> None:  # noqa: ASYNC109 - as the driver has it
        async with asyncio.timeout(timeout):
            if self._turns is None:
                await asyncio.Event().wait()
            for _turn in range(self._turns or 0):
                await asyncio.sleep(0)


def _silent() -> asyncpg.Connection:
    return cast("asyncpg.Connection", _Asked(None))


@pytest.mark.parametrize("sign", ["an answer", "an opening"])
async def test_a_server_that_has_answered_anything_meanwhile_is_slow_and_does_not_hang(sign: str) -> None:
    server = _Hanging()
    openings = Openings(server.connect, 20 * _SOON, answer=_SOON)
    slow = asyncio.create_task(openings.connect())
    while not server.asked:  # noqa: ASYNC110 - the other task of this loop gets there
        await asyncio.sleep(0)
    assert not await openings.answers(_silent(), 0.001)
    if sign == "an answer":
        assert await openings.answers(cast("asyncpg.Connection", _Asked(1)), PATIENCE)
    else:
        server.thawed.set()
        await slow
        server.thawed.clear()
        slow = asyncio.create_task(openings.connect())
    # No other connection is asked in vain: it takes a whole opening to know.
    with pytest.raises(TimeoutError):
        await slow
    openings.close()


async def test_an_open_connection_that_does_not_answer_is_no_server_that_hangs(server: _Server) -> None:
    openings = Openings(server.connect, PATIENCE, answer=0.01)
    for _ in range(3):
        assert not await openings.answers(_silent(), 0.001)
        await openings.connect()
    assert not openings.is_silent
    openings.close()
