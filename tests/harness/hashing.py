"""Recorder of bcrypt in this process: number, cost and order of the hashes, from whatever thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import bcrypt
import pytest

from tests.harness.patience import PATIENCE

type Hashing = list[tuple[str, int]]


@contextmanager
def counted() -> Iterator[Hashing]:
    """Record each call of bcrypt with the cost that its salt or hash names, and let it work."""
    done: Hashing = []
    with pytest.MonkeyPatch.context() as patch:
        for name in ("hashpw", "checkpw"):
            patch.setattr(bcrypt, name, _noting(done, name, getattr(bcrypt, name)))
        yield done


def _noting[T](done: Hashing, name: str, work: Callable[[bytes, bytes], T]) -> Callable[[bytes, bytes], T]:
    def note(password: bytes, salt: bytes) -> T:
        done.append((name, int(salt.split(b"$")[2])))
        return work(password, salt)

    return note


class BlockedHashing:
    """Holds every call of bcrypt in this process until it is let through, and notes the order in which they began."""

    def __init__(self) -> None:
        self.begun: list[bytes] = []
        self._arrived = threading.Semaphore(0)
        self._let_through = threading.Semaphore(0)

    async def wait_for(self, calls: int) -> None:
        """Wait until so many more calls have begun."""
        for _ in range(calls):
            assert await asyncio.to_thread(self._arrived.acquire, timeout=PATIENCE), "bcrypt was not called"

    def let_through(self, calls: int) -> None:
        """Let so many calls through, of those that wait and those to come."""
        self._let_through.release(calls)

    def hold[T](self, work: Callable[[bytes, bytes], T]) -> Callable[[bytes, bytes], T]:
        """Return the function with a wait before its work, until it is let through."""

        def held(password: bytes, salt: bytes) -> T:
            self.begun.append(password)
            self._arrived.release()
            assert self._let_through.acquire(timeout=PATIENCE), "it was not let through"
            return work(password, salt)

        return held


@contextmanager
def blocked_hashing() -> Iterator[BlockedHashing]:
    """Block bcrypt, and let all calls through at the end."""
    blocked = BlockedHashing()
    with pytest.MonkeyPatch.context() as patch:
        for name in ("hashpw", "checkpw"):
            patch.setattr(bcrypt, name, blocked.hold(getattr(bcrypt, name)))
        try:
            yield blocked
        finally:
            blocked.let_through(10_000)
