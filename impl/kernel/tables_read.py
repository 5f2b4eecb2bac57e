"""Record of the tables that a task reads, for caches of its result."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

# Name of no table: what was read is not known.
_UNKNOWN: Final = "?"
_read: ContextVar[set[str] | None] = ContextVar("hestami_tables_read", default=None)


def note_read(tables: Collection[str]) -> None:
    """Record that a statement outside any transaction has read these tables."""
    read = _read.get()
    if read is not None:
        read.update(tables)


def note_unknown() -> None:
    """Record that a statement with unknown tables was read."""
    note_read((_UNKNOWN,))


@contextmanager
def leave_out_reads() -> Iterator[None]:
    """Leave reads within the block out of the record: a cached result may be as old as its policy allows."""
    token = _read.set(None)
    try:
        yield
    finally:
        _read.reset(token)


@contextmanager
def tables_read() -> Iterator[set[str]]:
    """Collect the tables that are read within the block, also by tasks that begin there."""
    read: set[str] = set()
    token = _read.set(read)
    try:
        yield read
    finally:
        _read.reset(token)
