"""Signal between the tasks of one event loop."""

import asyncio


class Signal:
    """Wakes all tasks that wait for it, each time that it is sent."""

    __slots__ = ("_next",)

    def __init__(self) -> None:
        self._next = asyncio.Event()

    @property
    def next(self) -> asyncio.Event:
        """Return the event that is set when the signal is sent again: take it before looking, wait for it after."""
        return self._next

    def send(self) -> None:
        sent, self._next = self._next, asyncio.Event()
        sent.set()
