"""Repetition of work after serialisation failures, deadlocks and a restart of PostgreSQL."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Final

from impl.kernel.database_errors import is_given_up
from impl.kernel.errors import Unavailable
from impl.kernel.presence import finish_anyway

# Seconds before each further attempt, of which each takes a random part: those who met once must not meet again.
_PAUSES: Final = (0.02, 0.1, 0.4)


class _Attempt:
    """Attempt at a piece of work, which may be repeated until something is committed."""

    __slots__ = ("is_repeatable",)

    def __init__(self) -> None:
        self.is_repeatable = True


_current: ContextVar[_Attempt | None] = ContextVar("hestami_attempt", default=None)


def forbid_repeat() -> None:
    """Record that the work must not be repeated, because something was or may have been committed or used up."""
    finish_anyway()
    attempt = _current.get()
    if attempt is not None:
        attempt.is_repeatable = False


async def repeated[T](act: Callable[[], Awaitable[T]], *, may_repeat: Callable[[], bool] = lambda: True) -> T:
    """Do the work, and repeat it a few times while the database gives it up before anything is committed.

    Raises Unavailable as the last attempt did.
    """
    for pause in (*_PAUSES, None):
        attempt = _Attempt()
        token = _current.set(attempt)
        try:
            return await act()
        except Unavailable as refusal:
            if pause is None or not attempt.is_repeatable or not is_given_up(refusal.__cause__) or not may_repeat():
                raise
        finally:
            _current.reset(token)
        await asyncio.sleep(random.uniform(pause / 2, pause))  # noqa: S311 - nobody gains by guessing it
    raise AssertionError
