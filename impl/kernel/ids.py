"""Identifiers: UUID version 7 (RFC 9562, section 5.7), so that rows made together are close in their index."""

import os
import threading
import time
from datetime import UTC, datetime
from uuid import UUID

# The nil UUID (RFC 9562, section 5.9), which sorts before all ids.
NIL = UUID(bytes=bytes(16))
# 12 bits of counter below the millisecond (RFC 9562, section 6.2, method 1), seeded low so that a burst fits.
_COUNTER_BITS = 12
_SEED_MAX = 0x3FF
_VERSION = 7 << 76
_VARIANT = 2 << 62


class MonotonicCounter:
    """Counter below the millisecond: the ids of a process rise strictly, even when its clock steps back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # The last millisecond and, below it, its count.
        self._last = _begun()

    def next(self, noise: int) -> tuple[int, int]:
        """Return the next millisecond and count; `noise` seeds the count of a new millisecond."""
        with self._lock:
            self._last = max(_begun() | noise & _SEED_MAX, self._last + 1)
            return divmod(self._last, 1 << _COUNTER_BITS)


def _begun() -> int:
    return time.time_ns() // 1_000_000 << _COUNTER_BITS


_counter = MonotonicCounter()


def new_id() -> UUID:
    """Make an id that sorts after those that this process made before."""
    noise = int.from_bytes(os.urandom(9))
    millisecond, counter = _counter.next(noise >> 62)
    return UUID(int=sum((millisecond << 80, _VERSION, counter << 64, _VARIANT, noise & (1 << 62) - 1)))


def made_at(made: UUID) -> datetime:
    """Return when an id was made, to the millisecond."""
    return datetime.fromtimestamp((made.int >> 80) / 1000, UTC)


def first_id(moment: datetime) -> UUID:
    """Return an id that sorts before all ids made from that moment on, and after all earlier ones."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)
