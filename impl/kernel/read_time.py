"""Time that the database spends on the reads of a request, by which costly requests are limited."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class ReadTime:
    """Seconds that statements have taken, without the wait for a connection."""

    seconds: float = 0.0


_current: ContextVar[ReadTime | None] = ContextVar("hestami_read_time", default=None)


def begin() -> ReadTime:
    """Add up the reads of the running task from now on, and of the tasks that it begins."""
    time = ReadTime()
    _current.set(time)
    return time


def note(seconds: float) -> None:
    """Add the time of a statement to the sum of the running task, if there is one."""
    time = _current.get()
    if time is not None:
        time.seconds += seconds
