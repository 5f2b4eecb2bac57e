"""Watch over statements: the server is asked twice, and a connection at whose end nothing happens is ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

import asyncpg
import pytest

from impl.kernel.engines.connection_checks import Openings, Patience
from impl.kernel.engines.statement_watch import Statement, StatementWatch
from tests.harness.patience import PATIENCE

_THEN: Final = datetime(2026, 3, 1, tzinfo=UTC)
_MANY: Final = 8


class _Connection:
    """Connection of the driver to the server's process of a number."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.ended = asyncio.Event()

    def get_server_pid(self) -> int:
        return self.number

    def is_closed(self) -> bool:
        return self.ended.is_set()

    def terminate(self) -> None:
        self.ended.set()


class _Server:
    """Says since when which of its processes wait for their clients: at each look what is prepared for it."""

    def __init__(self) -> None:
        self.looks: list[Callable[[], dict[int, datetime]]] = []
        self.looked = 0

    async def connect(self, **_: object) -> Any:  # noqa: ANN401 - stands for asyncpg's
        return self

    async def fetch(self, _: str, numbers: Sequence[int]) -> list[dict[str, object]]:
        look = self.looks[min(self.looked, len(self.looks) - 1)]
        self.looked += 1
        return [{"pid": one, "state_change": since} for one, since in look().items() if one in numbers]

    def terminate(self) -> None: ...


@pytest.fixture
def server() -> _Server:
    return _Server()


@pytest.fixture
async def watch(server: _Server) -> AsyncIterator[StatementWatch]:
    made = StatementWatch(Openings(server.connect, PATIENCE), Patience(answer=0.02))
    yield made
    await made.close()


def _begun(watch: StatementWatch, first: int) -> tuple[list[_Connection], list[Statement]]:
    connections = [_Connection(first + number) for number in range(_MANY)]
    return connections, [watch.begin(cast("asyncpg.Connection", one)) for one in connections]


async def _all_ended(connections: Sequence[_Connection]) -> None:
    async with asyncio.timeout(PATIENCE):
        for one in connections:
            await one.ended.wait()


async def test_what_is_lost_is_ended_and_nothing_else(server: _Server, watch: StatementWatch) -> None:
    lost, _ = _begun(watch, 100)
    answered, statements = _begun(watch, 200)
    slow, _ = _begun(watch, 300)
    busy, at_work = _begun(watch, 400)
    waiting = {one.number: _THEN for one in (*lost, *answered, *slow)}

    def second() -> dict[int, datetime]:
        for statement in statements:
            watch.finish(statement)
        return waiting | {one.number: _THEN + timedelta(seconds=1) for one in slow}

    server.looks = [lambda: waiting, second]
    due = [one.due for one in at_work]
    await _all_ended(lost)
    async with asyncio.timeout(PATIENCE):
        # The last ones may be looked at a turn later than the first.
        while not all(one.due > before for one, before in zip(at_work, due, strict=True)):  # noqa: ASYNC110 - the watch tells nobody
            await asyncio.sleep(0)
    assert not any(one.is_closed() for one in (*answered, *slow, *busy))


async def test_a_server_that_nobody_reaches_is_lost(server: _Server, watch: StatementWatch) -> None:
    def refused() -> dict[int, datetime]:
        raise ConnectionRefusedError

    lost, _ = _begun(watch, 100)
    server.looks = [refused]
    await _all_ended(lost)


@pytest.mark.parametrize("look", [0, 1])
async def test_a_server_that_takes_no_connection_once_tells_nothing(
    server: _Server, watch: StatementWatch, look: int
) -> None:
    def full() -> dict[int, datetime]:
        raise asyncpg.TooManyConnectionsError

    def gone() -> dict[int, datetime]:
        raise ConnectionRefusedError

    third = asyncio.Event()

    def told() -> dict[int, datetime]:
        third.set()
        return {}

    connections, _ = _begun(watch, 100)
    server.looks = [full, gone, told] if look else [gone, full, told]
    async with asyncio.timeout(PATIENCE):
        await third.wait()
    assert not any(one.is_closed() for one in connections)
