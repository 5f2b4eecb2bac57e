"""Clock that tests move, so that they need not wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class MovableClock:
    """Runs like the real clock, ahead of it by what a test has added."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        """Return the aware UTC time that the service believes in."""
        return datetime.now(UTC) + self._ahead

    def advance(self, by: timedelta) -> None:
        """Let time pass; it never goes back, since tokens from later would look forged."""
        assert by >= timedelta(), "time does not run backwards"
        self._ahead += by
