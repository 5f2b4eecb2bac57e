"""Spans of requests and worker tasks, if the process is traced and the trace is sampled."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from functools import lru_cache
from typing import Final, Literal, Protocol

type Kind = Literal["server", "client", "consumer", "internal"]
type Value = str | int | float
type Attributes = Mapping[str, Value]

# Nobody reads more of a statement; the longest are those that write many rows together.
_SQL_MAX: Final = 2000
_WORD: Final = re.compile(r"[A-Za-z_]+")
_TABLE: Final = r"\s+([a-z_0-9]+(?:\.[a-z_0-9]+)?)"
_CHANGE: Final = re.compile(rf"\b(INSERT) INTO{_TABLE}|\b(UPDATE){_TABLE}|\b(DELETE) FROM{_TABLE}")
_SOURCE: Final = re.compile(rf"\bFROM{_TABLE}")
_NESTED: Final = re.compile(r"\([^()]*\)")


class Span(Protocol):
    """Time that something takes, with attributes that hold nothing of a person."""

    def set(self, name: str, value: Value) -> None: ...

    def end(self, error: str | None = None) -> None:
        """End the span, as failed if there is an `error`: a word, never the text of an exception."""
        ...


class Trace(Span, Protocol):
    """Root span of this process, under which all others are; its ids are in the lines of the log."""

    trace_id: str
    span_id: str
    is_open: bool
    """Readiness for further spans: the trace is sampled and has not ended."""

    def rename(self, name: str) -> None: ...

    def child(self, name: str, kind: Kind, attributes: Attributes) -> Span: ...


class Tracer(Protocol):
    """Origin of traces; none where the process is not traced."""

    def begin(
        self, name: str, kind: Kind, attributes: Attributes, *, parent: str | None = None, cause: str | None = None
    ) -> Trace:
        """Begin a trace, or go on with that of a valid `traceparent` (W3C Trace Context).

        `cause` is a `traceparent` too: that of an earlier trace, to which this one is linked.
        """
        ...

    async def close(self) -> None:
        """Send the remaining spans within seconds, or drop them."""
        ...


_current: ContextVar[Trace | None] = ContextVar("hestami_trace", default=None)
_NOTHING: Final = nullcontext[Span | None]()


def current() -> Trace | None:
    """Return the trace of the running task."""
    return _current.get()


def traceparent() -> str | None:
    """Return the `traceparent` of the running task, for what it causes later; nothing where it is not recorded."""
    trace = _current.get()
    return None if trace is None or not trace.is_open else f"00-{trace.trace_id}-{trace.span_id}-01"


def enter(trace: Trace) -> None:
    """Make the running task part of the trace."""
    _current.set(trace)


@contextmanager
def root(
    tracer: Tracer | None, name: str, kind: Kind, attributes: Attributes, *, cause: str | None = None
) -> Iterator[None]:
    """Trace the block by itself, linked to the trace of its cause."""
    if tracer is None:
        yield
        return
    trace = tracer.begin(name, kind, attributes, cause=cause)
    token = _current.set(trace)
    try:
        yield
    except BaseException as error:
        trace.end(name_of(error))
        raise
    finally:
        _current.reset(token)
        if trace.is_open:
            trace.end()


def span(name: str, attributes: Attributes) -> AbstractContextManager[Span | None]:
    """Record a call of another system within the block, if the running task is traced."""
    trace = _current.get()
    return _NOTHING if trace is None or not trace.is_open else _recorded(trace, name, attributes)


def statement(sql: str, system: Literal["postgresql", "sqlite"]) -> AbstractContextManager[Span | None]:
    """Record a statement by its text, in which placeholders stand for the values."""
    trace = _current.get()
    if trace is None or not trace.is_open:
        return _NOTHING
    name, attributes = describe(sql, system)
    return _recorded(trace, name, attributes)


def name_of(error: BaseException) -> str:
    """Return the type of an exception, whose text may quote what somebody wrote."""
    return f"{type(error).__module__}.{type(error).__qualname__}"


@contextmanager
def _recorded(trace: Trace, name: str, attributes: Attributes) -> Iterator[Span]:
    child = trace.child(name, "client", attributes)
    failure: str | None = None
    try:
        yield child
    except BaseException as error:
        failure = name_of(error)
        raise
    finally:
        child.end(failure)


def _summary(sql: str) -> tuple[str, str | None]:
    """Return the verb of a statement and its first table; for a WITH, those of its first change."""
    if change := _CHANGE.search(sql):
        operation, table = filter(None, change.groups())
        return operation, table
    outer = sql
    while _NESTED.search(outer):
        outer = _NESTED.sub("", outer)
    word, source = _WORD.search(outer), _SOURCE.search(outer)
    return "SQL" if word is None else word[0].upper(), None if source is None else source[1]


@lru_cache(1024)
def describe(sql: str, system: str) -> tuple[str, Attributes]:
    """Return the name of a statement's span, what it does to which table, and its attributes."""
    operation, table = _summary(sql)
    name = operation if table is None else f"{operation} {table}"
    return name, {
        "db.system.name": system,
        "db.operation.name": operation,
        "db.query.summary": name,
        "db.query.text": sql[:_SQL_MAX],
    }
