"""Presence of the client that a task serves: nothing is begun for one who has gone."""

from asyncio import current_task
from collections.abc import Callable
from contextvars import ContextVar
from weakref import ref


class ClientGone(Exception):
    """Raised where something would begin for a client that has gone."""


class Presence:
    """Presence of a request's client, for as long as it matters to the task that serves it."""

    __slots__ = ("_is_needed", "_task", "has_left")

    def __init__(self, has_left: Callable[[], bool]) -> None:
        """Take the function that says whether the connection has ended."""
        self.has_left = has_left
        self._is_needed = False
        task = current_task()
        # Weak: the task's context holds this object, and both would wait for the garbage collector.
        self._task = None if task is None else ref(task)

    @property
    def is_of_this_task(self) -> bool:
        """Return whether the running task serves the request itself, and is not one that it has started."""
        return self._task is not None and self._task() is current_task() is not None

    def has_gone(self) -> bool:
        """Return whether the client has left before anything began that has to be finished."""
        return not self._is_needed and self.has_left()

    def finish_anyway(self) -> None:
        """Have the request finished even if its client goes: something has begun, or others wait for it."""
        self._is_needed = True


_current: ContextVar[Presence | None] = ContextVar("hestami_presence", default=None)


def attach(presence: Presence) -> None:
    """Attach the presence to the running task."""
    _current.set(presence)


def current() -> Presence | None:
    """Return the presence of the client that the running task serves; None where it serves none."""
    presence = _current.get()
    return presence if presence is not None and presence.is_of_this_task else None


def finish_anyway() -> None:
    """Have the request of the running task finished, if it serves one: a change begins."""
    presence = _current.get()
    if presence is not None:
        presence.finish_anyway()
