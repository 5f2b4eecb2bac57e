"""Waiting for what the live workers of this process do with messages, without asking again and again meanwhile."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Final

from tests.harness.patience import PATIENCE

if TYPE_CHECKING:
    from impl.kernel.outbox import Handler, Message

_LOOKED_EVERY: Final = 1.0
"""Seconds after which whoever waits looks anyway: not all that changes is done by a handler."""


class _Deliveries:
    """Counts the messages that handlers have dealt with, whatever came of them."""

    def __init__(self) -> None:
        self._one_more = threading.Condition()
        self.number = 0

    def add(self) -> None:
        with self._one_more:
            self.number += 1
            self._one_more.notify_all()

    def wait_beyond(self, number: int) -> None:
        """Wait until there are more of them, or it is time for another look."""
        with self._one_more:
            self._one_more.wait_for(lambda: self.number > number, timeout=_LOOKED_EVERY)


_DELIVERIES: Final = _Deliveries()


def counted(handlers: Mapping[str, Handler]) -> dict[str, Handler]:
    """Return the same handlers, which wake whoever waits here when they have dealt with a message."""
    return {topic: _counted(handler) for topic, handler in handlers.items()}


def _counted(handler: Handler) -> Handler:
    async def handle(message: Message) -> None:
        try:
            await handler(message)
        finally:
            _DELIVERIES.add()

    return handle


async def until[T](look: Callable[[], Awaitable[T | None]]) -> T:
    """Look until something is found: now, and whenever a worker has dealt with a message."""
    async with asyncio.timeout(PATIENCE):
        while True:
            number = _DELIVERIES.number
            found = await look()
            if found is not None:
                return found
            await asyncio.to_thread(_DELIVERIES.wait_beyond, number)
