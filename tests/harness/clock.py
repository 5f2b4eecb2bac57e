"""Clock that tests move, so that they need not wait."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

# The shortest time that databases tell apart: what ends is looked at so long before its end, at it and after it.
INSTANT: Final = timedelta(microseconds=1)


class MovableClock:
    """Runs like the real clock, ahead of it by what a test has added."""

    def __init__(self) -> None:
        self._ahead = timedelta()
        self._stopped_at: datetime | None = None
        self.listeners: list[Callable[[], None]] = []
        """Called when time has passed: what has become due by that is done at once, and nobody polls for it."""

    def now(self) -> datetime:
        """Return the aware UTC time that the service believes in."""
        return (self._stopped_at or datetime.now(UTC)) + self._ahead

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Stop the clock but for `advance`, so that a moment before an end stays before it on a busy machine."""
        self._stopped_at = datetime.now(UTC)
        try:
            yield
        finally:
            self._stopped_at = None

    def advance(self, by: timedelta) -> None:
        """Advance the clock, which never goes back, since tokens of later would look forged."""
        assert by >= timedelta(), "time does not run backwards"
        self._ahead += by
        for tell in self.listeners:
            tell()
