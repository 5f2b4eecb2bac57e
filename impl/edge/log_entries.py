"""Log handler that buffers warnings and errors until a task stores them for staff; it never blocks."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections import deque
from collections.abc import AsyncIterator
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final, override

from impl.edge.logs import causes_of, context_of_record, error_of
from impl.kernel.errors import Unavailable
from impl.kernel.ids import new_id
from impl.operations.logs.tables import ERROR_LENGTH, LOGGER_LENGTH, MESSAGE_LENGTH, LogLevel

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from impl.kernel.clock import Clock
    from impl.operations.logs.service import NewLogEntry

    type Add = Callable[[Sequence[NewLogEntry]], Awaitable[None]]

WAITING_MOST: Final = 500
# A process writes 25 entries a second at most: one that fails with every request must not fill the table alone.
_BATCH: Final = 50
_EVERY_SECONDS: Final = 2.0
_LONGEST_PAUSE_SECONDS: Final = 60.0
_LAST_SECONDS: Final = 2.0
_OURS: Final = "hestami"
_PLACES_MOST: Final = 12
# Second lock: our own messages hold nothing personal, and what looks like it is left out all the same.
_PERSONAL: Final = re.compile(
    r"[^\s@<>\"'(]+@[^\s@<>\"',;)]+"  # addresses of mail
    r"|(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])"  # of IPv4
    r"|(?<![\w:])(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{1,4}(?![\w:])|(?<![\w:])[0-9a-f:]*::[0-9a-f:]*(?![\w:])",  # of IPv6
    re.IGNORECASE,
)
_UNPRINTABLE: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_PATHS: Final = re.compile(r"^.*/(?=(?:impl|openapi|generated|site-packages)/)")
# Set while entries are written: what that logs is not kept, or one failure would cause the next.
_is_writing: ContextVar[bool] = ContextVar("hestami_writes_log_entries", default=False)


class LogEntries(logging.Handler):
    """Handler of warnings and above, in any thread: it buffers a bounded number, counts the rest, and never raises."""

    def __init__(self, add: Add, clock: Clock) -> None:
        """Take the function that writes entries to the database in their order."""
        super().__init__(logging.WARNING)
        self._add = add
        self._clock = clock
        self.program = ""
        """Name of the program in its entries."""
        self.waiting: deque[NewLogEntry] = deque()
        """Entries that were not written yet, the oldest first."""
        self.dropped = 0
        """Number of entries that were given up: too many at once, or refused by the database."""

    @override
    def emit(self, record: logging.LogRecord) -> None:
        if _is_writing.get():
            return
        try:
            if len(self.waiting) >= WAITING_MOST:
                self.dropped += 1
            else:
                self.waiting.append(self._entry(record))
        except Exception:  # noqa: BLE001 - a line of the log must not fail whoever writes it
            self.dropped += 1

    async def write(self) -> bool:
        """Write some of the waiting entries; return whether the database took them."""
        entries = [self.waiting.popleft() for _ in range(min(_BATCH, len(self.waiting)))]
        if not entries:
            return True
        token = _is_writing.set(True)
        try:
            await self._add(entries)
        except Unavailable:
            self._put_back(entries)
            return False
        except asyncio.CancelledError:
            self._put_back(entries)
            raise
        except Exception:  # noqa: BLE001 - tried again, they would be refused again
            self.dropped += len(entries)
            return False
        finally:
            _is_writing.reset(token)
        return True

    async def run(self, every: float = _EVERY_SECONDS) -> None:
        """Write from time to time until cancelled, and then once more; wait longer while the database is gone."""
        pause = every
        try:
            while True:
                await asyncio.sleep(pause)
                pause = every if await self.write() else min(pause * 2, _LONGEST_PAUSE_SECONDS)
        finally:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LAST_SECONDS):
                    await self.write()

    @contextlib.asynccontextmanager
    async def kept(self, program: str) -> AsyncIterator[None]:
        """Keep what this program logs until the block ends."""
        self.program = program
        root = logging.getLogger()
        root.addHandler(self)
        writing = asyncio.create_task(self.run())
        try:
            yield
        finally:
            root.removeHandler(self)
            writing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await writing

    def _put_back(self, entries: list[NewLogEntry]) -> None:
        """Keep what could not be written, as far as there is room; the same ids make sure that nothing is doubled."""
        room = WAITING_MOST - len(self.waiting)
        self.dropped += max(0, len(entries) - room)
        self.waiting.extendleft(reversed(entries[:room]))

    def _entry(self, record: logging.LogRecord) -> NewLogEntry:
        context = context_of_record(record)
        operation = None if context is None or context.operation is None else context.operation.id
        return {
            "id": new_id(),
            "logged_at": self._clock.now(),
            "level": _level(record.levelno),
            "program": self.program,
            "logger": _clean(record.name, LOGGER_LENGTH),
            "message": _clean(_message(record), MESSAGE_LENGTH),
            "error": _error(record),
            "operation": operation,
            "request_id": None if context is None else context.request_id,
        }


def _level(number: int) -> LogLevel:
    if number >= logging.CRITICAL:
        return LogLevel.CRITICAL
    return LogLevel.ERROR if number >= logging.ERROR else LogLevel.WARNING


def _message(record: logging.LogRecord) -> str:
    """Return a message of ours, and of a library only where it comes from: its words may hold whatever it was given."""
    if record.name.partition(".")[0] == _OURS:
        return _PERSONAL.sub("[left out]", record.getMessage())
    return f"A library says something at {record.module}.{record.funcName}:{record.lineno}."


def _error(record: logging.LogRecord) -> str | None:
    error = error_of(record)
    if error is None:
        return None
    lines: list[str] = []
    for cause in causes_of(error):
        lines.append(cause.type)
        lines += [f"  {_PATHS.sub('', place)}" for place in cause.at[-_PLACES_MOST:]]
    return _clean("\n".join(lines), ERROR_LENGTH)


def _clean(text: str, length: int) -> str:
    return _UNPRINTABLE.sub("\ufffd", text)[:length]
