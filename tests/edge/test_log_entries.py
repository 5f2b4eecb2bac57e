"""Entries of the log for staff: what is kept of a line, of its error and of the request that it is about."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, override

import pytest

from generated import policies
from impl.edge import request_context
from impl.edge.log_entries import WAITING_MOST, LogEntries
from impl.edge.logs import JsonLines, causes_of, log_access, log_fault
from impl.edge.request_context import RequestContext
from impl.kernel.errors import Unavailable
from impl.operations.logs.service import LogsService
from impl.operations.logs.tables import ERROR_LENGTH, LOGGER_LENGTH, MESSAGE_LENGTH, LogLevel
from tests.harness.clock import MovableClock


class _Logs(LogsService):
    """Takes entries, or refuses them with what it is told to."""

    def __init__(self, *refusals: BaseException | None) -> None:
        self.taken: list[str] = []
        self._refusals = list(refusals)

    @override
    async def add(self, entries: Sequence[Any]) -> None:
        refusal = self._refusals.pop(0) if self._refusals else None
        if refusal is not None:
            raise refusal
        self.taken += [entry["message"] for entry in entries]


def _entries(*refusals: BaseException | None) -> tuple[LogEntries, _Logs]:
    logs = _Logs(*refusals)
    return LogEntries(logs, MovableClock()), logs


def _record(
    message: str = "said", *, name: str = "hestami.test", level: int = logging.WARNING, error: Exception | None = None
) -> logging.LogRecord:
    told = None if error is None else (type(error), error, error.__traceback__)
    return logging.LogRecord(name, level, "/srv/impl/edge/some.py", 7, message, (), told, "act")


def _entry(record: logging.LogRecord) -> dict[str, Any]:
    entries, _ = _entries()
    entries.emit(record)
    (entry,) = entries._waiting
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


def test_an_entry_has_all_that_staff_are_shown() -> None:
    entries, _ = _entries()
    entries._program = "api"
    before = entries._clock.now()
    entries.emit(_record("one"))
    (entry,) = entries._waiting
    assert before <= entry["logged_at"] <= entries._clock.now()
    assert {name: value for name, value in entry.items() if name not in {"id", "logged_at"}} == {
        "level": LogLevel.WARNING,
        "program": "api",
        "logger": "hestami.test",
        "message": "one",
        "error": None,
        "operation": None,
        "request_id": None,
    }


def test_an_entry_of_a_request_names_it() -> None:
    record, context = _record(), _context()
    record.__dict__["hestami_request_context"] = context
    assert (_entry(record)["operation"], _entry(record)["request_id"]) == (None, "request-1")
    context.operation = policies.LIST_CATEGORIES
    assert _entry(record)["operation"] == "listCategories"


@pytest.mark.parametrize(
    ("number", "level"),
    [
        (30, LogLevel.WARNING),
        (39, LogLevel.WARNING),
        (40, LogLevel.ERROR),
        (49, LogLevel.ERROR),
        (50, LogLevel.CRITICAL),
    ],
)
def test_levels_are_rounded_down(number: int, level: LogLevel) -> None:
    assert _entry(_record(level=number))["level"] is level


@pytest.mark.parametrize(
    ("name", "message", "kept"),
    [
        ("hestami", "plain", "plain"),
        ("hestami.x", "to <ann@example.com>, from 192.0.2.7", "to <[left out]>, from [left out]"),
        ("hestami.x", "1.2.3.4.5 and v1.2.3.4 and 12:30:45", "1.2.3.4.5 and v1.2.3.4 and 12:30:45"),
        ("hestami.x", "2001:db8::1 or 2001:db8:1:2", "[left out] or [left out]"),
        ("hestami.x", "a\tb\nc\x7f\u2028d\ud800", "a\ufffdb\nc\ufffd\ufffdd\ufffd"),
        ("hestamix", "secret", "A library says something at some.act:7."),
        ("asyncio", "secret", "A library says something at some.act:7."),
    ],
)
def test_words_of_ours_are_kept_without_what_is_personal_and_those_of_libraries_are_not(
    name: str, message: str, kept: str
) -> None:
    assert _entry(_record(message, name=name))["message"] == kept


def test_long_texts_are_cut_to_their_columns() -> None:
    entry = _entry(_record("m" * 9000, name="hestami." + "n" * 900))
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


def test_an_error_is_kept_by_its_type_and_its_last_places() -> None:
    assert _entry(_record(error=None))["error"] is None
    lines = _entry(_record(error=_raised(2)))["error"].splitlines()
    assert lines[0] == "builtins.ZeroDivisionError"
    assert [line.rpartition(" ")[2] for line in lines[1:]] == ["_raised", "_deep", "_deep", "_deep"]
    assert all(line.startswith("  ") for line in lines[1:])
    lines = _entry(_record(error=_raised(40)))["error"].splitlines()
    assert [line.rpartition(" ")[2] for line in lines[1:]] == ["_deep"] * 12
    assert "secret" not in "".join(lines)
    wide = type("Wide" * 3000, (Exception,), {})()
    assert len(_entry(_record(error=wide))["error"]) == ERROR_LENGTH


def _failure(*, hides: bool) -> Exception:
    try:
        try:
            raise KeyError
        except KeyError:
            if hides:
                raise ValueError from None
            raise ValueError  # noqa: B904 - what it happened in is what is looked at
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
        entries, logs = _entries(None, refusal)
        for number in range(120):
            entries.emit(_record(str(number)))
        assert await entries.write()
        assert not await entries.write()
        assert entries.dropped == 0
        while entries._waiting:
            assert await entries.write()
        assert logs.taken == [str(number) for number in range(120)]


async def test_what_waits_again_finds_no_more_room_than_there_is() -> None:
    entries, logs = _entries()
    for number in range(WAITING_MOST):
        entries.emit(_record(str(number)))
    waiting = list(entries._waiting)

    class Full(LogsService):
        """Refuses entries while others are logged, elsewhere and by itself."""

        def __init__(self) -> None:
            pass

        @override
        async def add(self, entries_of_ours: Sequence[Any]) -> None:
            entries.emit(_record("by the writing itself"))
            entries._waiting.extend(waiting[:10])
            raise Unavailable

    entries._service = Full()
    assert not await entries.write()
    assert (entries.dropped, len(entries._waiting)) == (10, WAITING_MOST)
    assert [entries._waiting[at]["message"] for at in (0, 39, 40, -1)] == ["0", "39", "50", "9"]
    assert logs.taken == []


async def test_what_is_refused_is_given_up_and_what_is_cut_off_is_not() -> None:
    entries, logs = _entries(ValueError(), asyncio.CancelledError())
    entries.emit(_record("refused"))
    assert not await entries.write()
    assert (entries.dropped, len(entries._waiting)) == (1, 0)
    entries.emit(_record("kept"))
    with pytest.raises(asyncio.CancelledError):
        await entries.write()
    assert await entries.write()
    assert (entries.dropped, logs.taken) == (1, ["kept"])


async def test_a_program_keeps_what_it_logs_until_it_ends_and_writes_the_rest() -> None:
    entries, logs = _entries()
    async with entries.kept("worker"):
        assert entries in logging.getLogger().handlers
        entries.emit(_record("one"))
        assert entries._waiting[0]["program"] == "worker"
        await asyncio.sleep(0)
    assert entries not in logging.getLogger().handlers
    assert logs.taken == ["one"]


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
    record, context = _record("said"), _context()
    record.created = 1_700_000_000.25
    record.__dict__["hestami_request_context"] = context
    expected = '"level":"warning","logger":"hestami.test","message":"said","request_id":"request-1"'
    traced = f'{expected},"trace_id":"{"a" * 32}","span_id":"{"b" * 16}"'
    assert JsonLines().format(record) == f'{{"time":"2023-11-14T22:13:20.250+00:00",{traced}}}'
    context.span_id = None
    assert JsonLines().format(record).endswith(f'{expected},"trace_id":"{"a" * 32}"}}')
    assert request_context.operation_of({}) == "a request"
    assert request_context.operation_of({"hestami.context": context}) == "a request"
    context.operation = policies.LIST_CATEGORIES
    assert request_context.operation_of({"hestami.context": context}) == "listCategories"
