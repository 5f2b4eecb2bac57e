"""Idle connections of a pool, and when those that a burst of requests has left behind are closed."""

import asyncio
from collections.abc import Callable
from time import monotonic


class IdleConnections[C]:
    """Idle connections in the order of their last use; closes those beyond `size` once a burst is over.

    Not as they come back: with a few more requests at a time than connections that stay, nearly each request would open
    one, which takes the server a new process and the client longer than the statement.
    """

    def __init__(self, size: int, seconds: float, close: Callable[[C], None]) -> None:
        """Keep `size` connections always, and others for `seconds` after their last use."""
        self._size = size
        self._seconds = seconds
        self._close = close
        # When each was last used, the longest idle first.
        self._used_at: dict[C, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._used_at)

    def add(self, connection: C) -> None:
        """Add a connection that has just been used."""
        self._used_at[connection] = monotonic()
        if self._timer is None and len(self._used_at) > self._size:
            self._timer = asyncio.get_running_loop().call_later(self._seconds, self._close_spare)

    def pop(self) -> tuple[C, float]:
        """Return the connection that was used last, and when; raises KeyError if there is none."""
        return self._used_at.popitem()

    def discard(self, connection: C) -> None:
        """Remove a connection that is used again, or closed."""
        self._used_at.pop(connection, None)

    def clear(self) -> list[C]:
        """Remove all connections, and return them."""
        connections = list(self._used_at)
        self._used_at.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        return connections

    def _close_spare(self) -> None:
        now = monotonic()
        spare = list(self._used_at.items())[: max(0, len(self._used_at) - self._size)]
        due = [connection for connection, used_at in spare if now - used_at >= self._seconds]
        for connection in due:
            self._used_at.pop(connection)
            self._close(connection)
        self._timer = None
        if len(spare) > len(due):
            oldest = spare[len(due)][1]
            self._timer = asyncio.get_running_loop().call_later(oldest + self._seconds - now, self._close_spare)
