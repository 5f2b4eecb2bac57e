"""Rules by which a standby is read or left, with servers that say what a test has them say."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any, override

import pytest
from sqlalchemy import select, text

from impl.kernel.engines import replicas
from impl.kernel.engines.postgres_reader import PostgresReader
from impl.kernel.engines.replicas import ReplicatedReader, lagging_reads
from impl.kernel.errors import Unavailable
from impl.kernel.semaphore import FairSemaphore, Load
from impl.kernel.statements import Query
from tests.harness.clock import MovableClock
from tests.harness.patience import PATIENCE
from tests.harness.queries import UntypedQuery

_QUESTION = UntypedQuery(select(text("1")))
# Short, since a tenth of it is the pause between two looks. The clock of the reader stands until a test moves it.
_LAG = 1 / 64
_STEP = _LAG / 8


class _Server(PostgresReader):
    """Reader of a server that says a position to whoever looks, and an answer to whoever reads, or refuses either."""

    def __init__(self) -> None:
        self.clock = MovableClock()
        self.position: Any = Unavailable()
        self.answer: Any = None
        self.is_silent = False
        self.reads = 0
        self.was_looked_at = asyncio.Event()
        self.is_closed = False
        self._semaphore = FairSemaphore(3, PATIENCE, refusal="")

    @override
    async def all[R](self, query: Query[R], /, **binds: object) -> Sequence[R]:
        row = await self.first(query, **binds)
        return [] if row is None else [row]

    @override
    async def first[R](self, query: Query[R], /, **binds: object) -> R | None:
        said: Any
        if query is _QUESTION:
            self.reads += 1
            if self.is_silent:
                await asyncio.Event().wait()
            said = self.answer
        else:
            self.was_looked_at.set()
            said = self.position
        if isinstance(said, Exception):
            raise said
        row: R | None = said
        return row

    @override
    async def close(self) -> None:
        self.is_closed = True


class _Pair:
    """Primary and standby, and the reader of both."""

    def __init__(self) -> None:
        self.primary, self.standby = _Server(), _Server()
        self.primary.answer, self.standby.answer = "primary", "standby"
        self.reader = ReplicatedReader(self.primary, self.standby, lag=_LAG, answer=0.02)

    async def looked(self, written: object, replayed: object) -> float | None:
        """Let the reader look at both, and return the lag that it knows from then on: looks that fail say nothing."""
        self.primary.position, self.standby.position = written, replayed
        async with asyncio.timeout(PATIENCE):
            for _ in range(2):
                self.primary.was_looked_at.clear()
                await self.primary.was_looked_at.wait()
        self.primary.position = Unavailable()
        return self.reader.lag

    async def read(self) -> set[object]:
        """Return who answers, by either way to ask."""
        return {await self.reader.first(_QUESTION), *await self.reader.all(_QUESTION)}

    async def read_lagging(self) -> set[object]:
        """Return who answers where a read may lag."""
        with lagging_reads():
            return await self.read()


def _written(position: int) -> dict[str, object]:
    return {"position": position}


def _replayed(position: int | None, *, is_standby: bool = True) -> dict[str, object]:
    return {"position": position, "is_standby": is_standby}


def _looking() -> list[asyncio.Task[Any]]:
    return [task for task in asyncio.all_tasks() if task.get_name() == "database-replica"]


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    seconds = [1000.0]
    monkeypatch.setattr(replicas, "monotonic", lambda: seconds[0])
    return seconds


@pytest.fixture
async def pair(now: list[float]) -> AsyncIterator[_Pair]:
    made = _Pair()
    made.reader.open()
    yield made
    await made.reader.close()
    assert made.standby.is_closed
    assert _looking() == []


async def test_the_lag_is_that_of_the_last_position_which_the_standby_has(now: list[float], pair: _Pair) -> None:
    assert pair.reader.lag is None
    assert await pair.looked(_written(100), _replayed(99)) is None, "it has nothing that is known"
    now[0] += _STEP
    assert await pair.looked(_written(200), _replayed(100)) == _STEP
    now[0] += _STEP
    assert pair.reader.lag == 2 * _STEP
    assert await pair.looked(None, _replayed(200)) == _STEP, "the primary has said nothing new"
    for nothing in (None, _replayed(300, is_standby=False), _replayed(None)):
        assert await pair.looked(_written(300), nothing) is None
        assert await pair.looked(_written(300), _replayed(300)) == 0.0


async def test_a_standby_is_read_within_its_bound_and_where_a_read_may_lag(now: list[float], pair: _Pair) -> None:
    assert await pair.read_lagging() == {"primary"}, "nothing is known of the standby"
    await pair.looked(_written(1), _replayed(1))
    assert await pair.read_lagging() == {"standby"}
    assert await pair.read() == {"primary"}
    now[0] += _LAG - _STEP
    assert await pair.read_lagging() == {"standby"}
    now[0] += _STEP
    assert await pair.read_lagging() == {"primary"}


@pytest.mark.parametrize("refusal", [Unavailable(), TimeoutError(), None])
@pytest.mark.parametrize("way", ["first", "all"])
async def test_a_standby_that_refuses_or_says_nothing_is_left(pair: _Pair, refusal: Exception | None, way: str) -> None:
    await pair.looked(_written(1), _replayed(1))
    pair.standby.answer, pair.standby.is_silent = refusal, refusal is None
    with lagging_reads():
        for _ in range(2):
            assert await getattr(pair.reader, way)(_QUESTION) == ("primary" if way == "first" else ["primary"])
    assert pair.standby.reads == 1, "it is asked no more until it is known to be current"
    assert pair.reader.lag is None


async def test_a_fault_of_the_statement_is_raised(pair: _Pair) -> None:
    await pair.looked(_written(1), _replayed(1))
    pair.standby.answer = ZeroDivisionError()
    for ask in (pair.reader.first, pair.reader.all):
        with pytest.raises(ZeroDivisionError), lagging_reads():
            await ask(_QUESTION)
    assert await pair.read() == {"primary"}, "a read may lag within its block alone"
    assert pair.reader.lag == 0.0


async def test_both_are_looked_at_once_each_whatever_they_say(pair: _Pair) -> None:
    pair.reader.open()
    assert len(_looking()) == 1
    assert await pair.looked(_written(7), _replayed(7)) == 0.0
    assert await pair.looked(_written(7), Unavailable()) == 0.0, "one look that fails says nothing"
    assert await pair.looked(ZeroDivisionError(), _replayed(7)) is None, "of a primary that is none nothing is known"
    assert await pair.looked(_written(8), _replayed(8)) == 0.0
    assert pair.reader.load == Load(places=3, taken=0, waiting=0)


@pytest.mark.parametrize(("lag", "pause"), [(5.0, 0.5), (0.25, 0.025), (100.0, 1.0)])
async def test_there_are_ten_looks_within_the_bound_and_one_a_second(
    monkeypatch: pytest.MonkeyPatch, lag: float, pause: float
) -> None:
    pauses = list[float]()

    async def stop(seconds: float) -> None:
        pauses.append(seconds)
        raise asyncio.CancelledError

    monkeypatch.setattr(asyncio, "sleep", stop)
    reader = ReplicatedReader(_Server(), _Server(), lag=lag, answer=PATIENCE)
    reader.open()
    await asyncio.wait(_looking())
    assert pauses == [pause]
    await reader.close()
