"""Log of the service by line; a request's line is written after its answer, so tests wait for it."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, override

from impl.edge.logs import JsonLines
from tests.harness.patience import PATIENCE

_SERVICE: Final = "hestami"


class LogLines(logging.Handler):
    """Collects lines in production's format, from whatever thread they come."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.setFormatter(JsonLines())
        self._lines: list[str] = []
        self._news = threading.Condition()

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Keep the line and wake those who wait for it."""
        line = self.format(record)
        with self._news:
            self._lines.append(line)
            self._news.notify_all()

    async def up_to(self, *words: str) -> str:
        """Wait for a line that holds all the words, and return all that was written so far."""
        return await asyncio.to_thread(self._up_to, words)

    def _up_to(self, words: tuple[str, ...]) -> str:
        def is_there() -> bool:
            return any(all(word in line for word in words) for line in self._lines)

        with self._news:
            assert self._news.wait_for(is_there, PATIENCE), f"no line with {words}: {self._lines}"
            return "\n".join(self._lines)


@contextmanager
def log_lines() -> Iterator[LogLines]:
    """Collect what the service logs at INFO until the block ends."""
    logger = logging.getLogger(_SERVICE)
    lines, level = LogLines(), logger.level
    logger.addHandler(lines)
    logger.setLevel(logging.INFO)
    try:
        yield lines
    finally:
        logger.removeHandler(lines)
        logger.setLevel(level)
