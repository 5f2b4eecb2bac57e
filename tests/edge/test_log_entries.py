"""Entries of the log for staff: what is kept of a line, of its error and of the request that it is about."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextvars import Context
from typing import Any, override

import pytest

from generated import policies
from impl.edge import request_context
from impl.edge.log_entries import WAITING_MOST, LogEntries
from impl.edge.logs import JsonLines, causes_of, log_access, log_fault
from impl.edge.request_context import RequestContext
from impl.kernel.errors import Unavailable
from impl.operations.logs.service import NewLogEntry
from impl.operations.logs.tables import ERROR_LENGTH, LOGGER_LENGTH, MESSAGE_LENGTH, LogLevel
from tests.harness.clock import MovableClock

_LOGGER = "hestami.test"


class _Writer:
    """Writer of entries into a list, which refuses the first times by these errors."""

    def __init__(self, *refusals: BaseException | None) -> None:
        self.written: list[NewLogEntry] = []
        self._refusals = list(refusals)

    @property
    def of_this_test(self) -> list[NewLogEntry]:
        """Return what this test has logged: threads of others, such as one that reports errors, log beside it."""
        return [entry for entry in self.written if entry["logger"] == _LOGGER]

    @property
    def messages(self) -> list[str]:
        return [entry["message"] for entry in self.written]

    async def add(self, entries: Sequence[NewLogEntry]) -> None:
        refusal = self._refusals.pop(0) if self._refusals else None
        if refusal is not None:
            raise refusal
        self.written += entries


def _entries(*refusals: BaseException | None) -> tuple[LogEntries, _Writer]:
    writer = _Writer(*refusals)
    return LogEntries(writer.add, MovableClock()), writer


def _record(
    message: str = "note", *, name: str = _LOGGER, level: int = logging.WARNING, error: Exception | None = None
) -> logging.LogRecord:
    raised = None if error is None else (type(error), error, error.__traceback__)
    return logging.LogRecord(name, level, "/srv/impl/edge/some.py", 7, message, (), raised, "act")


async def _write_all(entries: LogEntries, writer: _Writer) -> None:
    before = -1
    while before != len(writer.written):
        before = len(writer.written)
        assert await entries.write()


async def _entry(record: logging.LogRecord) -> dict[str, Any]:
    entries, writer = _entries()
    entries.emit(record)
    await _write_all(entries, writer)
    (entry,) = writer.written
    return {**entry}


def _context() -> RequestContext:
    return RequestContext(
        path="/x",
        prefix="",
        request_id="request-1",
        trace_id="a" * 32,
        address="192.0.2.7",
        user_agent="",
        accept=None,
        secure=True,
        span_id="b" * 16,
    )


async def test_an_entry_has_all_that_staff_are_shown() -> None:
    writer, clock = _Writer(), MovableClock()
    entries = LogEntries(writer.add, clock)
    before = clock.now()
    async with entries.kept("api"):
        entries.emit(_record("one"))
        assert await entries.write()
    (entry,) = writer.of_this_test
    assert before <= entry["logged_at"] <= clock.now()
    assert {name: value for name, value in entry.items() if name not in {"id", "logged_at"}} == {
        "level": LogLevel.WARNING,
        "program": "api",
        "logger": _LOGGER,
        "message": "one",
        "error": None,
        "operation": None,
        "request_id": None,
    }


async def test_an_entry_of_a_request_names_it() -> None:
    record, context = _record(), _context()
    record.__dict__["hestami_request_context"] = context
    for operation, name in ((None, None), (policies.LIST_CATEGORIES, "listCategories")):
        context.operation = operation
        entry = await _entry(record)
        assert (entry["operation"], entry["request_id"]) == (name, "request-1")


async def test_levels_are_rounded_down() -> None:
    levels = {number: (await _entry(_record(level=number)))["level"] for number in (30, 39, 40, 49, 50)}
    assert levels == {
        30: LogLevel.WARNING,
        39: LogLevel.WARNING,
        40: LogLevel.ERROR,
        49: LogLevel.ERROR,
        50: LogLevel.CRITICAL,
    }


async def test_words_of_ours_are_kept_without_what_is_personal_and_those_of_libraries_are_not() -> None:
    for name, message, kept in (
        ("hestami", "plain", "plain"),
        ("hestami.x", "to <ann@example.com>, from 192.0.2.7", "to <[left out]>, from [left out]"),
        ("hestami.x", "1.2.3.4.5 and v1.2.3.4 and 12:30:45", "1.2.3.4.5 and v1.2.3.4 and 12:30:45"),
        ("hestami.x", "2001:db8::1 or 2001:db8:1:2", "[left out] or [left out]"),
        ("hestami.x", "a\tb\nc\x7f\u2028d\ud800", "a\ufffdb\nc\ufffd\ufffdd\ufffd"),
        ("hestamix", "secret", "A library says something at some.act:7."),
        ("asyncio", "secret", "A library says something at some.act:7."),
    ):
        assert (await _entry(_record(message, name=name)))["message"] == kept


async def test_long_texts_are_cut_to_their_columns() -> None:
    entry = await _entry(_record("m" * 9000, name="hestami." + "n" * 900))
    assert (len(entry["message"]), len(entry["logger"])) == (MESSAGE_LENGTH, LOGGER_LENGTH)


def _deep(depth: int) -> None:
    if depth == 0:
        raise ZeroDivisionError("secret")
    _deep(depth - 1)


def _raised(depth: int) -> Exception:
    try:
        _deep(depth)
    except ZeroDivisionError as error:
        return error
    raise AssertionError


async def _error(error: Exception) -> str:
    return str((await _entry(_record(error=error)))["error"])


async def test_an_error_is_kept_by_its_type_and_its_last_places() -> None:
    assert (await _entry(_record()))["error"] is None
    lines = (await _error(_raised(2))).splitlines()
    assert lines[0] == "builtins.ZeroDivisionError"
    assert [line.rpartition(" ")[2] for line in lines[1:]] == ["_raised", "_deep", "_deep", "_deep"]
    assert all(line.startswith("  ") for line in lines[1:])
    lines = (await _error(_raised(40))).splitlines()
    assert [line.rpartition(" ")[2] for line in lines[1:]] == ["_deep"] * 12
    assert "secret" not in "".join(lines)
    wide = type("Wide" * 3000, (Exception,), {})()
    assert len(await _error(wide)) == ERROR_LENGTH


def _failure(*, hides: bool) -> Exception:
    try:
        try:
            raise KeyError
        except KeyError:
            if hides:
                raise ValueError from None
            raise ValueError  # noqa: B904 - the entry names the error that it followed from
    except ValueError as error:
        return error


def test_causes_are_followed_unless_they_are_hidden_and_each_once() -> None:
    assert [cause.type for cause in causes_of(_failure(hides=False))] == ["builtins.ValueError", "builtins.KeyError"]
    assert [cause.type for cause in causes_of(_failure(hides=True))] == ["builtins.ValueError"]
    one, other = ValueError(), KeyError()
    one.__cause__, other.__cause__ = other, one
    assert [cause.type for cause in causes_of(one)] == ["builtins.ValueError", "builtins.KeyError"]


async def test_entries_are_written_in_order_and_wait_again_when_nobody_takes_them() -> None:
    for refusal in (Unavailable(), OSError(), TimeoutError()):
        entries, writer = _entries(None, refusal)
        for number in range(120):
            entries.emit(_record(str(number)))
        assert await entries.write()
        assert not await entries.write()
        assert entries.dropped == 0
        await _write_all(entries, writer)
        assert writer.messages == [str(number) for number in range(120)]


class _WriterInCrowd(_Writer):
    """Refuses the first entries while others are logged, by other requests and by the writing itself."""

    entries: LogEntries
    is_crowded = True

    @override
    async def add(self, entries: Sequence[NewLogEntry]) -> None:
        if not self.is_crowded:
            await super().add(entries)
            return
        self.entries.emit(_record("by the writing itself"))
        for number in range(10):
            Context().run(self.entries.emit, _record(f"later {number}"))
        self.is_crowded = False
        raise Unavailable


async def test_what_waits_again_finds_no_more_room_than_there_is() -> None:
    writer = _WriterInCrowd()
    entries = writer.entries = LogEntries(writer.add, MovableClock())
    for number in range(WAITING_MOST):
        entries.emit(_record(str(number)))
    assert not await entries.write()
    assert entries.dropped == 10
    await _write_all(entries, writer)
    first = [str(number) for number in range(WAITING_MOST) if not 40 <= number < 50]
    assert writer.messages == [*first, *(f"later {number}" for number in range(10))]


async def test_what_is_refused_is_given_up_and_what_is_cut_off_is_not() -> None:
    entries, writer = _entries(ValueError(), asyncio.CancelledError())
    entries.emit(_record("refused"))
    assert not await entries.write()
    assert entries.dropped == 1
    entries.emit(_record("kept"))
    with pytest.raises(asyncio.CancelledError):
        await entries.write()
    assert await entries.write()
    assert (entries.dropped, writer.messages) == (1, ["kept"])


async def test_a_program_keeps_what_it_logs_until_it_ends_and_writes_the_rest() -> None:
    entries, writer = _entries()
    async with entries.kept("worker"):
        assert entries in logging.getLogger().handlers
        entries.emit(_record("one"))
        await asyncio.sleep(0)
    assert entries not in logging.getLogger().handlers
    assert [(entry["program"], entry["message"]) for entry in writer.of_this_test] == [("worker", "one")]


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


def test_a_request_is_logged_by_its_route_and_its_operation() -> None:
    logger, lines = logging.getLogger("hestami.test_log_entries"), _Lines()
    logger.handlers[:], logger.propagate = [lines], False
    logger.setLevel(logging.INFO)
    context = _context()
    context.status = 200
    log_access(logger, {"method": "GET"}, context, 0.0123456)
    context.operation = policies.LIST_CATEGORIES
    route = type("Route", (), {"path": "/api/v1/categories"})
    log_access(logger, {"method": "GET", "route": route}, context, 2)
    log_fault(logger, ZeroDivisionError(), context)
    logger.setLevel(logging.WARNING)
    log_access(logger, {"method": "GET"}, context, 0)
    first, second, fault = (record.__dict__ for record in lines.records)
    assert first["hestami_fields"] == {
        "method": "GET",
        "route": None,
        "operation": None,
        "status": 200,
        "duration_ms": 12.35,
    }
    assert (second["hestami_fields"]["route"], second["hestami_fields"]["operation"]) == (
        "/api/v1/categories",
        "listCategories",
    )
    assert (fault["hestami_fields"], fault["levelname"]) == ({"operation": "listCategories"}, "ERROR")
    assert (first["levelname"], first["msg"], first["hestami_request_context"]) == ("INFO", "request", context)


def test_a_line_has_the_ids_of_its_request() -> None:
    record, context = _record(), _context()
    record.created = 1_700_000_000.25
    record.__dict__["hestami_request_context"] = context
    expected = '"level":"warning","logger":"hestami.test","message":"note","request_id":"request-1"'
    traced = f'{expected},"trace_id":"{"a" * 32}","span_id":"{"b" * 16}"'
    assert JsonLines().format(record) == f'{{"time":"2023-11-14T22:13:20.250+00:00",{traced}}}'
    context.span_id = None
    assert JsonLines().format(record).endswith(f'{expected},"trace_id":"{"a" * 32}"}}')
    assert request_context.operation_of({}) == "a request"
    assert request_context.operation_of({"hestami.context": context}) == "a request"
    context.operation = policies.LIST_CATEGORIES
    assert request_context.operation_of({"hestami.context": context}) == "listCategories"
