"""Recorder of bcrypt in this process: number and cost of the hashes, from whatever thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import bcrypt
import pytest

type Hashing = list[tuple[str, int]]


@contextmanager
def counted() -> Iterator[Hashing]:
    """Let bcrypt work as ever, and note each call with the cost that its salt or hash names."""
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
