"""Wake-ups of tasks that wait for changes of an account, committed by any process.

A wake-up says that it may be worth to look, and nothing else: what there is stands in the database. So one too many
does no harm, and one that was lost is made up for when the waiting ends.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Protocol
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from impl.kernel.database_errors import DRIVER_ERRORS
from impl.kernel.signal import Signal

_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 5.0
_log = logging.getLogger("hestami.wakeups")


class Listener(Protocol):
    """Listens for commits of all processes, on a connection of its own."""

    async def listen(self, heard: Callable[[UUID], None], look_again: Callable[[], None]) -> None:
        """Call `heard` for each account with news, and `look_again` where some may have been missed.

        That is once at the beginning, too. Returns or raises when the connection is lost.
        """
        ...


class Subscription:
    """Subscription to the changes of an account."""

    __slots__ = ("_account_id", "_next", "_wakeups")

    def __init__(self, wakeups: "Wakeups", account_id: UUID, first: asyncio.Event) -> None:
        self._wakeups = wakeups
        self._account_id = account_id
        self._next = first

    def renew(self) -> None:
        """Forget earlier wake-ups; call it before reading, so that none is lost between the read and the wait."""
        self._next = self._wakeups.next_of(self._account_id)

    async def wait(self, seconds: float) -> bool:
        """Wait for a wake-up since the last renewal, so many seconds at most; return whether there was one."""
        self._wakeups.start()
        try:
            async with asyncio.timeout(seconds):
                await self._next.wait()
        except TimeoutError:
            return False
        return True

    def end(self) -> None:
        self._wakeups.unsubscribe(self._account_id)


class Wakeups:
    """Wake-ups of one process: those who wait for one account share them, and all share one connection.

    It is open while somebody waits.
    """

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._signals: dict[UUID, Signal] = {}
        self._counts: Counter[UUID] = Counter()
        self._listening: asyncio.Task[None] | None = None
        self.is_draining = False

    def subscribe(self, account_id: UUID) -> Subscription:
        """Subscribe to changes of an account; the holder of the subscription ends it, once."""
        signal = self._signals.setdefault(account_id, Signal())
        self._counts[account_id] += 1
        return Subscription(self, account_id, signal.next)

    def unsubscribe(self, account_id: UUID) -> None:
        """End one subscription to an account; the last one of all ends the listening."""
        self._counts[account_id] -= 1
        if not self._counts[account_id]:
            del self._counts[account_id], self._signals[account_id]
        if not self._counts and self._listening is not None:
            self._listening.cancel()
            self._listening = None

    def next_of(self, account_id: UUID) -> asyncio.Event:
        return self._signals[account_id].next

    def start(self) -> None:
        """Begin to listen, if nobody has begun before."""
        if self._listening is None:
            self._listening = asyncio.create_task(self._listen())

    def drain(self) -> None:
        """Wake all waiting tasks, so that they see that the process is about to end."""
        self.is_draining = True
        self._wake_all()

    async def close(self) -> None:
        """Stop listening, and wait until that is done."""
        if self._listening is not None:
            self._listening.cancel()
            with suppress(asyncio.CancelledError):
                await self._listening
            self._listening = None

    async def _listen(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            began = asyncio.get_running_loop().time()
            try:
                await self._listener.listen(self._wake, self._wake_all)
                reason = "the connection has ended"
            except (*DRIVER_ERRORS, SQLAlchemyError) as error:
                reason = type(error).__name__
            _log.warning("changes of other processes are noticed late: %s", reason)
            if asyncio.get_running_loop().time() - began > _LONGEST_PAUSE:
                pause = _FIRST_PAUSE
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _wake(self, account_id: UUID) -> None:
        signal = self._signals.get(account_id)
        if signal is not None:
            signal.send()

    def _wake_all(self) -> None:
        for signal in self._signals.values():
            signal.send()
