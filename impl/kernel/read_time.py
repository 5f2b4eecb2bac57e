"""Time that the database spends on the reads of a request, so that whoever asks for costly ones may ask for fewer."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class ReadTime:
    """Seconds that statements have taken, without the wait for a connection."""

    seconds: float = 0.0


_current: ContextVar[ReadTime | None] = ContextVar("hestami_read_time", default=None)


def begin() -> ReadTime:
    """Add up what the running task reads from now on, and the tasks that begin in it."""
    time = ReadTime()
    _current.set(time)
    return time


def note(seconds: float) -> None:
    """Add the time of a statement to what the running task has taken, if that is added up."""
    time = _current.get()
    if time is not None:
        time.seconds += seconds
