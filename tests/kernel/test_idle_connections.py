"""Idle connections of a pool: which is used next, which are closed after a burst, and which are asked for a sign."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, cast

import asyncpg
import pytest
from sqlalchemy import select, text

from impl.kernel.engines.connecting import connect
from impl.kernel.engines.connection_options import ConnectionOptions
from impl.kernel.engines.idle_connections import IdleConnections
from impl.kernel.engines.postgres_reader import PostgresReader
from tests.harness.patience import PATIENCE
from tests.harness.queries import UntypedQuery

if TYPE_CHECKING:
    from impl.kernel.database import Database

_SOON = 0.01
_NEVER = 3600.0
_PID = UntypedQuery(select(text("pg_backend_pid() AS pid")))


class _Closed:
    """Connections that were closed, in their order."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._one = asyncio.Event()

    def close(self, name: str) -> None:
        self.names.append(name)
        self._one.set()

    async def until(self, *names: str) -> None:
        async with asyncio.timeout(PATIENCE):
            while self.names != list(names):
                self._one.clear()
                await self._one.wait()


async def test_the_one_that_was_used_last_is_used_next() -> None:
    idle = IdleConnections[str](3, _NEVER, lambda _: None)
    for name in ("one", "two", "three"):
        idle.add(name)
    idle.discard("two")
    idle.discard("two")
    assert (len(idle), idle.pop()[0], idle.pop()[0]) == (2, "three", "one")
    with pytest.raises(KeyError):
        idle.pop()


async def test_those_of_a_burst_are_closed_after_it_and_are_not_used_again() -> None:
    closed = _Closed()
    idle = IdleConnections[str](1, _SOON, closed.close)
    for name in ("one", "two", "three"):
        idle.add(name)
    await closed.until("one", "two")
    assert (len(idle), idle.pop()[0]) == (1, "three")
    # And after the next burst.
    for name in ("four", "five"):
        idle.add(name)
    await closed.until("one", "two", "four")


async def test_one_that_was_used_meanwhile_is_closed_later() -> None:
    closed = _Closed()
    idle = IdleConnections[str](1, _SOON, closed.close)
    for name in ("one", "two", "three"):
        idle.add(name)
    # The time of the first one is over and that of the others begins.
    async with asyncio.timeout(PATIENCE):
        while not closed.names:
            for name in ("two", "three"):
                idle.discard(name)
                idle.add(name)
            await asyncio.sleep(0)
    assert closed.names == ["one"]
    await closed.until("one", "two")
    assert idle.pop()[0] == "three"


async def test_as_many_as_stay_are_not_closed_nor_are_those_that_were_given_back() -> None:
    closed = _Closed()
    idle, later = (IdleConnections[str](2, _SOON, closed.close) for _ in range(2))
    for name in ("one", "two"):
        idle.add(name)
    for name in ("three", "four", "five"):
        later.add(name)
    assert later.clear() == ["three", "four", "five"]
    assert (len(later), later.clear()) == (0, [])
    other = IdleConnections[str](0, 2 * _SOON, closed.close)
    other.add("six")
    await closed.until("six")
    assert len(idle) == 2


@pytest.fixture
async def database(fresh_database_url: str) -> AsyncIterator[Database]:
    options = ConnectionOptions(size=1, overflow=1)
    made = connect(fresh_database_url, options)
    await made.open()
    yield made
    await made.close()


async def _pid(reader: PostgresReader) -> int:
    row = await reader.first(_PID)
    assert row is not None
    return cast("int", row["pid"])


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_an_idle_connection_that_was_asked_for_a_sign_is_used_next(database: Database) -> None:
    reader = cast("PostgresReader", database.reader)
    assert not await reader.ask_idle(), "there is none yet"
    pid = await _pid(reader)
    assert await reader.ask_idle()
    assert await _pid(reader) == pid
    reader.expire()
    assert not await reader.ask_idle(), "none of those from before is left"
    assert await _pid(reader) != pid
    await database.close()
    assert not await reader.ask_idle()


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_a_connection_that_the_server_has_ended_gives_no_sign(
    database: Database, fresh_database_url: str
) -> None:
    reader = cast("PostgresReader", database.reader)
    pid = await _pid(reader)
    other = await asyncpg.connect(fresh_database_url.replace("+asyncpg", ""))
    assert await other.fetchval("SELECT pg_terminate_backend($1, $2)", pid, int(PATIENCE * 1000))
    await other.close()
    await reader.ask_idle()
    assert not await reader.ask_idle(), "it is asked once"
    assert await _pid(reader) != pid
    assert reader.load.taken == 0
