"""Fair semaphores for scarce resources such as connections and threads."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Final

from impl.kernel import presence
from impl.kernel.errors import Unavailable
from impl.kernel.presence import ClientGone

# Tells of a waiter whether its client has gone; None of one that serves none.
type _HasGone = Callable[[], bool] | None

# Of so many places in a row that the first queue takes, the next one is the other queue's.
_IN_A_ROW: Final = 3
# The part of the newest measurement in what counts as usual.
_NEWEST: Final = 0.125


@dataclass(frozen=True, slots=True)
class Load:
    """Load of a scarce resource: its places, how many are taken, and how many wait for one."""

    places: int
    taken: int
    waiting: int


async def _wait_for(
    turn: asyncio.Future[None],
    seconds: float,
    give_up: Callable[[asyncio.Future[None]], None],
    leave: Callable[[], None],
) -> None:
    """Wait for a place, up to some seconds; give the place back if the waiter is cancelled just then."""
    timer = asyncio.get_running_loop().call_later(seconds, give_up, turn)
    try:
        await turn
    except asyncio.CancelledError:
        # A waiter that is cancelled just when it is admitted passes its place on, or the place would be lost.
        if turn.done() and not turn.cancelled() and turn.exception() is None:
            leave()
        raise
    finally:
        timer.cancel()


def _is_admitted(turn: asyncio.Future[None], has_gone: _HasGone) -> bool:
    """Admit a waiter and return whether it takes the place; raise ClientGone in one whose client has left."""
    if turn.done():
        return False
    if has_gone is None or not has_gone():
        turn.set_result(None)
        return True
    turn.set_exception(ClientGone())
    return False


class FairSemaphore:
    """Semaphore with a time-out that admits waiters first come, first served.

    A released place goes to the longest waiter without being free in between; SQLAlchemy's pool serves newcomers before
    those who wait. asyncio's own semaphore and timeout would be fair as well, but they take a tenth of the processor
    time of a short request. Whoever serves a client that has gone gets ClientGone in place of a place.
    """

    def __init__(self, places: int, timeout: float, *, refusal: str) -> None:
        """Admit `places` at once; after `timeout` seconds a waiter gets Unavailable (503) with `refusal`."""
        self._places = self._free = places
        self._timeout = timeout
        self._refusal = refusal
        self._waiting: deque[tuple[asyncio.Future[None], _HasGone]] = deque()

    @property
    def load(self) -> Load:
        waiting = sum(not turn.done() for turn, _ in self._waiting)
        return Load(self._places, self._places - self._free, waiting)

    async def __aenter__(self) -> None:
        client = presence.current()
        if client is not None and client.has_gone():
            raise ClientGone
        if self._free:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((turn, None if client is None else client.has_gone))
        await _wait_for(turn, self._timeout, self._refuse, self._leave)

    async def __aexit__(self, *_: object) -> None:
        self._leave()

    def _leave(self) -> None:
        while self._waiting:
            if _is_admitted(*self._waiting.popleft()):
                return
        self._free += 1

    def _refuse(self, turn: asyncio.Future[None]) -> None:
        if not turn.done():
            turn.set_exception(Unavailable(self._refusal))


class PrioritySemaphore:
    """Semaphore with two queues, for work that takes long: first come, first served in each, and the wait is bounded.

    Preferred work takes three of four places that become free, whatever waits in the other queue: it never waits long
    for others, and they are not starved. Whoever would wait longer than `patience`, by what the work has taken until
    now, is refused at once instead of in vain; whoever has waited for so long nevertheless is refused, too.
    """

    def __init__(
        self,
        places: int,
        *,
        patience: float,
        usual: float,
        refusal: str,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Admit `places` at once; `patience` and `usual`, a first guess of how long the work takes, are in seconds."""
        self._places = self._free = places
        self._patience = patience
        self._usual = usual
        self._refusal = refusal
        self._now = now
        # Futures in the order of their keys: one that gives up leaves the middle of a queue at once.
        self._preferred: dict[asyncio.Future[None], _HasGone] = {}
        self._others: dict[asyncio.Future[None], _HasGone] = {}
        self._in_a_row = 0

    @property
    def waiting(self) -> int:
        """Return the number of waiters in both queues."""
        return len(self._preferred) + len(self._others)

    async def enter(self, *, preferred: bool, can_undo: bool = False) -> float:
        """Wait for a place and return when it was had, which `leave` wants; raise Unavailable (503) and ClientGone.

        With `can_undo` the client's absence counts though something has begun.
        """
        client = presence.current()
        has_gone: _HasGone = None
        if client is not None:
            has_gone = client.has_left if can_undo else client.has_gone
            if has_gone():
                raise ClientGone
        if self._free:
            self._free -= 1
            return self._now()
        self.refuse_rush(preferred=preferred)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue = self._preferred if preferred else self._others
        queue[turn] = has_gone
        try:
            await _wait_for(turn, self._patience, self._give_up, self._pass_on)
        finally:
            queue.pop(turn, None)
        return self._now()

    def refuse_rush(self, *, preferred: bool) -> None:
        """Raise Unavailable (503) if a new waiter would be refused, before other work is done for it."""
        if self._free:
            return
        if self._expected_wait(preferred=preferred) > self._patience:
            self._let_go()
        expected = self._expected_wait(preferred=preferred)
        if expected > self._patience:
            raise self._refused(expected)

    def leave(self, entered_at: float) -> None:
        """Give the place back, and update the estimate of how long the work takes."""
        self._usual += (self._now() - entered_at - self._usual) * _NEWEST
        self._pass_on()

    def _expected_wait(self, *, preferred: bool) -> float:
        ahead = len(self._preferred)
        # Others who come later may go first, so theirs is a lower bound; preferred work lets every fourth pass.
        ahead += min(len(self._others), ahead // _IN_A_ROW) if preferred else len(self._others)
        return (ahead + 1) * self._usual / self._places

    def _pass_on(self) -> None:
        while (found := self._next()) is not None:
            if _is_admitted(*found):
                return
        self._free += 1

    def _let_go(self) -> None:
        """Remove waiters whose clients have left, so that they do not count against others."""
        for queue in (self._preferred, self._others):
            for turn, has_gone in list(queue.items()):
                if has_gone is not None and has_gone():
                    del queue[turn]
                    if not turn.done():
                        turn.set_exception(ClientGone())

    def _next(self) -> tuple[asyncio.Future[None], _HasGone] | None:
        is_preferred = bool(self._preferred) and not (self._others and self._in_a_row >= _IN_A_ROW)
        queue = self._preferred if is_preferred else self._others
        if not queue:
            return None
        self._in_a_row = self._in_a_row + 1 if is_preferred else 0
        turn = next(iter(queue))
        return turn, queue.pop(turn)

    def _give_up(self, turn: asyncio.Future[None]) -> None:
        if not turn.done():
            turn.set_exception(self._refused(self._patience))

    def _refused(self, seconds: float) -> Unavailable:
        return Unavailable(self._refusal, headers={"Retry-After": str(ceil(seconds))})
