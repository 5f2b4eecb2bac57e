"""Fair semaphore for scarce resources such as connections."""

import asyncio
from collections import deque

from impl.kernel.errors import Unavailable


class FairSemaphore:
    """Semaphore with a time-out that admits waiters first come, first served.

    A released place goes to the longest waiter without being free in between; SQLAlchemy's pool serves newcomers before
    those who wait. asyncio's own semaphore and timeout would be fair as well, but they take a tenth of the processor
    time of a short request.
    """

    def __init__(self, places: int, timeout: float, *, refusal: str) -> None:
        """Admit `places` at once; whoever waits longer than `timeout` seconds gets Unavailable (503) with `refusal`."""
        self._free = places
        self._timeout = timeout
        self._refusal = refusal
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def __aenter__(self) -> None:
        if self._free:
            self._free -= 1
            return
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[None] = loop.create_future()
        self._waiting.append(turn)
        timer = loop.call_later(self._timeout, self._refuse, turn)
        try:
            await turn
        except asyncio.CancelledError:
            # A waiter that is cancelled just when it is admitted passes its place on, or the place would be lost.
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._leave()
            raise
        finally:
            timer.cancel()

    async def __aexit__(self, *_: object) -> None:
        self._leave()

    def _leave(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

    def _refuse(self, turn: asyncio.Future[None]) -> None:
        if not turn.done():
            turn.set_exception(Unavailable(self._refusal))
