"""Reads that may be a moment old, from a hot standby whose lag is known and bounded."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from time import monotonic
from typing import Final, TypedDict, override

from sqlalchemy import BigInteger, Boolean, literal_column, select

from impl.kernel.engines.postgres_reader import PostgresReader
from impl.kernel.errors import Unavailable
from impl.kernel.reader import Reader
from impl.kernel.semaphore import Load
from impl.kernel.statements import Query

_log = logging.getLogger("hestami.database")
# Looks at both servers within the bound on the lag; a standby that has caught up is known to be so by the next one.
_LOOKS: Final = 10
_LONGEST_PAUSE: Final = 1.0
_SAMPLES_MAX: Final = 100

_may_lag: ContextVar[bool] = ContextVar("hestami_may_lag", default=False)


class _Written(TypedDict):
    position: int


class _Replayed(TypedDict):
    position: int | None
    is_standby: bool


_WRITTEN = Query(
    select(literal_column("pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint", BigInteger).label("position")),
    _Written,
)
_REPLAYED = Query(
    select(
        literal_column("pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::bigint", BigInteger).label("position"),
        literal_column("pg_is_in_recovery()", Boolean).label("is_standby"),
    ),
    _Replayed,
)


@contextmanager
def lagging_reads() -> Iterator[None]:
    """Allow the reads of this block to be as old as the bound on the lag."""
    token = _may_lag.set(True)
    try:
        yield
    finally:
        _may_lag.reset(token)


class StandbyLag:
    """Bound on how far a standby is behind, by positions of the log and the times at which they had been written."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        # What was written when, oldest first; and when the standby was last known to have everything.
        self._written: deque[tuple[float, int]] = deque(maxlen=_SAMPLES_MAX)
        self._current_at: float | None = None

    @property
    def seconds(self) -> float | None:
        """Return the bound; None when nothing is known."""
        return None if self._current_at is None else self._now() - self._current_at

    def is_below(self, most: float) -> bool:
        """Return whether the standby is known to be less behind than that."""
        seconds = self.seconds
        return seconds is not None and seconds < most

    def note_written(self, at: float, position: int) -> None:
        """Record that everything committed by a time is before a position of the log."""
        self._written.append((at, position))

    def note_replayed(self, position: int | None) -> None:
        """Record the position that the standby has replayed; None if it is unknown."""
        known = [at for at, written in self._written if position is not None and written <= position]
        self._current_at = known[-1] if known else None

    def forget(self) -> None:
        """Forget the position of the standby until it reports one again."""
        self._current_at = None


class ReplicatedReader(Reader):
    """Reader on the primary, and on a hot standby where a read may lag.

    What the primary has written by a known time, the standby must have replayed: so the clocks of the servers do not
    matter, and one that falls behind, hangs or is lost is left, when no look has found it current for too long.
    """

    def __init__(self, primary: PostgresReader, standby: PostgresReader, *, lag: float, answer: float) -> None:
        """Take the readers, the bound on the lag, and the seconds that a read of the standby may take."""
        self.clock = primary.clock
        self._primary = primary
        self._standby = standby
        self._lag_max = lag
        self._lag = StandbyLag()
        self._answer = answer
        self._looking: asyncio.Task[None] | None = None

    @property
    def lag(self) -> float | None:
        """Return the bound that is known of the standby's lag; None when nothing is known."""
        return self._lag.seconds

    @property
    def load(self) -> Load:
        return self._standby.load

    def open(self) -> None:
        """Begin to check the standby."""
        if self._looking is None:
            self._looking = asyncio.create_task(self._look(), name="database-replica")

    async def close(self) -> None:
        looking, self._looking = self._looking, None
        if looking is not None:
            looking.cancel()
            with suppress(asyncio.CancelledError):
                await looking
        await self._standby.close()

    @override
    async def all[R](self, query: Query[R], /, **binds: object) -> Sequence[R]:
        if self._serves():
            try:
                async with asyncio.timeout(self._answer):
                    return await self._standby.all(query, **binds)
            except (Unavailable, TimeoutError):
                self._leave()
        return await self._primary.all(query, **binds)

    @override
    async def first[R](self, query: Query[R], /, **binds: object) -> R | None:
        if self._serves():
            try:
                async with asyncio.timeout(self._answer):
                    return await self._standby.first(query, **binds)
            except (Unavailable, TimeoutError):
                self._leave()
        return await self._primary.first(query, **binds)

    def _serves(self) -> bool:
        return _may_lag.get() and self._lag.is_below(self._lag_max)

    def _leave(self) -> None:
        """Stop reading the standby until a check finds it current again."""
        if self._lag.seconds is not None:
            _log.warning("the standby does not answer, or its lag is not known: the primary is read")
        self._lag.forget()

    async def _look(self) -> None:
        pause = min(self._lag_max / _LOOKS, _LONGEST_PAUSE)
        while True:
            try:
                async with asyncio.timeout(self._answer):
                    await self._measure()
            except (Unavailable, TimeoutError):
                pass
            except Exception:  # noqa: BLE001 - a primary that is none has no position, for example
                self._leave()
            await asyncio.sleep(pause)

    async def _measure(self) -> None:
        now = monotonic()
        written = await self._primary.first(_WRITTEN)
        if written is not None:
            self._lag.note_written(now, written["position"])
        replayed = await self._standby.first(_REPLAYED)
        self._lag.note_replayed(replayed["position"] if replayed is not None and replayed["is_standby"] else None)
