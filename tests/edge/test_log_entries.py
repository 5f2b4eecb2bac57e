"""Entries of the log for staff: what is kept of a line, of its error and of the request that it is about."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextvars import copy_context
from itertools import pairwise
from typing import override

import pytest

from generated import policies
from impl.edge import request_context
from impl.edge.log_entries import WAITING_MOST, LogEntries
from impl.edge.logs import JsonLines, causes_of, log_access, log_fault
from impl.edge.request_context import RequestContext
from impl.kernel.engines.connecting import connect
from impl.kernel.engines.connection_options import ConnectionOptions
from impl.kernel.errors import Unavailable
from impl.operations.logs.repository import Filters
from impl.operations.logs.service import LogsService, NewLogEntry
from impl.operations.logs.tables import ERROR_LENGTH, LOGGER_LENGTH, MESSAGE_LENGTH, LogLevel
from tests.harness.clock import MovableClock
from tests.harness.patience import PATIENCE

_LOGGER = "hestami.test"


class _Log:
    """Handler of a test, and the database that it writes to: one writer at a time, for whom others wait a moment."""

    def __init__(self, url: str) -> None:
        self.clock = MovableClock()
        self.database = connect(url, ConnectionOptions(wait=0.01), clock=self.clock)
        self._service = LogsService(self.database)
        self.entries = LogEntries(self._service.add, self.clock)

    def entry(self, record: logging.LogRecord) -> NewLogEntry:
        """Return what waits to be written of a record."""
        self.entries.emit(record)
        return self.entries.waiting.popleft()

    async def written(self) -> list[NewLogEntry]:
        """Return what this test has logged: threads of others, such as one that reports errors, log beside it."""
        page = await self._service.page(Filters(logger=_LOGGER), after=None, limit=2 * WAITING_MOST)
        return [*reversed(page.items)]

    async def messages(self) -> list[str]:
        return [entry["message"] for entry in await self.written()]

    async def write_all(self) -> None:
        while self.entries.waiting:
            assert await self.entries.write()


@pytest.fixture
async def log(fresh_database_url: str) -> AsyncIterator[_Log]:
    made = _Log(fresh_database_url)
    yield made
    await made.database.close()


def _record(
    message: str = "note", *, name: str = _LOGGER, level: int = logging.WARNING, error: Exception | None = None
) -> logging.LogRecord:
    raised = None if error is None else (type(error), error, error.__traceback__)
    return logging.LogRecord(name, level, "/srv/impl/edge/some.py", 7, message, (), raised, "act")


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


async def test_an_entry_has_all_that_staff_are_shown(log: _Log) -> None:
    before = log.clock.now()
    async with log.entries.kept("api"):
        log.entries.emit(_record("one"))
        assert await log.entries.write()
    (entry,) = await log.written()
    assert before <= entry["logged_at"] <= log.clock.now()
    assert {name: value for name, value in entry.items() if name not in {"id", "logged_at"}} == {
        "level": LogLevel.WARNING,
        "program": "api",
        "logger": _LOGGER,
        "message": "one",
        "error": None,
        "operation": None,
        "request_id": None,
    }


async def test_an_entry_of_a_request_names_it(log: _Log) -> None:
    record, context = _record(), _context()
    record.__dict__["hestami_request_context"] = context
    for operation, name in ((None, None), (policies.LIST_CATEGORIES, "listCategories")):
        context.operation = operation
        entry = log.entry(record)
        assert (entry["operation"], entry["request_id"]) == (name, "request-1")


async def test_levels_are_rounded_down(log: _Log) -> None:
    levels = {number: log.entry(_record(level=number))["level"] for number in (30, 39, 40, 49, 50)}
    assert levels == {
        30: LogLevel.WARNING,
        39: LogLevel.WARNING,
        40: LogLevel.ERROR,
        49: LogLevel.ERROR,
        50: LogLevel.CRITICAL,
    }


async def test_words_of_ours_are_kept_without_what_is_personal_and_those_of_libraries_are_not(log: _Log) -> None:
    for name, message, kept in (
        ("hestami", "plain", "plain"),
        ("hestami.x", "to <ann@example.com>, from 192.0.2.7", "to <[left out]>, from [left out]"),
        ("hestami.x", "1.2.3.4.5 and v1.2.3.4 and 12:30:45", "1.2.3.4.5 and v1.2.3.4 and 12:30:45"),
        ("hestami.x", "2001:db8::1 or 2001:db8:1:2", "[left out] or [left out]"),
        ("hestami.x", "a\tb\nc\x7f\u2028d\ud800", "a\ufffdb\nc\ufffd\ufffdd\ufffd"),
        ("hestamix", "secret", "A library says something at some.act:7."),
        ("asyncio", "secret", "A library says something at some.act:7."),
    ):
        assert log.entry(_record(message, name=name))["message"] == kept


async def test_long_texts_are_cut_to_their_columns(log: _Log) -> None:
    entry = log.entry(_record("m" * 9000, name="hestami." + "n" * 900))
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


def _error(log: _Log, error: Exception) -> str:
    return str(log.entry(_record(error=error))["error"])


async def test_an_error_is_kept_by_its_type_and_its_last_places(log: _Log) -> None:
    assert log.entry(_record())["error"] is None
    lines = _error(log, _raised(2)).splitlines()
    assert lines[0] == "builtins.ZeroDivisionError"
    assert [line.rpartition(" ")[2] for line in lines[1:]] == ["_raised", "_deep", "_deep", "_deep"]
    assert all(line.startswith("  ") for line in lines[1:])
    lines = _error(log, _raised(40)).splitlines()
    assert [line.rpartition(" ")[2] for line in lines[1:]] == ["_deep"] * 12
    assert "secret" not in "".join(lines)
    wide = type("Wide" * 3000, (Exception,), {})()
    assert len(_error(log, wide)) == ERROR_LENGTH


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


async def test_entries_are_written_in_order_and_wait_again_while_the_database_is_busy(log: _Log) -> None:
    for number in range(120):
        log.entries.emit(_record(str(number)))
    assert await log.entries.write()
    async with log.database.begin():
        assert not await log.entries.write()
    assert log.entries.dropped == 0
    await log.write_all()
    assert await log.entries.write(), "where nothing waits, nothing has failed"
    assert await log.messages() == [str(number) for number in range(120)]


async def test_what_waits_again_finds_no_more_room_than_there_is(log: _Log) -> None:
    entries, of_the_writing = log.entries, copy_context()
    for number in range(WAITING_MOST + 1):
        entries.emit(_record(str(number)))
    assert (len(entries.waiting), entries.dropped) == (WAITING_MOST, 1)
    async with log.database.begin():
        writing = asyncio.get_running_loop().create_task(entries.write(), context=of_the_writing)
        await asyncio.sleep(0)
        of_the_writing.run(entries.emit, _record("by the writing itself"))
        for number in range(10):
            entries.emit(_record(f"later {number}"))
        assert not await writing
    assert entries.dropped == 11
    await log.write_all()
    first = [str(number) for number in range(WAITING_MOST) if not 40 <= number < 50]
    assert await log.messages() == [*first, *(f"later {number}" for number in range(10))]


async def test_what_is_refused_is_given_up_and_what_is_cut_off_is_not(log: _Log) -> None:
    entries = log.entries
    entries.program = "\ud800"  # half a character, which no database takes
    entries.emit(_record("refused"))
    assert not await entries.write()
    entries.program = "api"
    without_number = _record("%d")
    without_number.args = ("none",)
    entries.emit(without_number)
    assert entries.dropped == 2
    entries.emit(_record("kept"))
    async with log.database.begin():
        writing = asyncio.create_task(entries.write())
        await asyncio.sleep(0)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
    assert await entries.write()
    assert (entries.dropped, await log.messages()) == (2, ["kept"])


async def test_a_database_that_is_gone_is_asked_later_and_later() -> None:
    loop, begun = asyncio.get_running_loop(), list[float]()

    async def add(_: Sequence[NewLogEntry]) -> None:
        begun.append(loop.time())
        raise Unavailable

    entries = LogEntries(add, MovableClock())
    entries.emit(_record("kept"))
    writing = asyncio.create_task(entries.run(every=0.01))
    async with asyncio.timeout(PATIENCE):
        while len(begun) < 4:  # noqa: ASYNC110 - nobody is told of an attempt
            await asyncio.sleep(0)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    least = (0.02, 0.04, 0.08)
    assert all(later - earlier >= pause for (earlier, later), pause in zip(pairwise(begun[:4]), least, strict=True))
    assert ([one["message"] for one in entries.waiting], entries.dropped) == (["kept"], 0)


async def test_a_program_keeps_what_it_logs_until_it_ends_and_writes_the_rest(log: _Log) -> None:
    async with log.entries.kept("worker"):
        assert log.entries in logging.getLogger().handlers
        log.entries.emit(_record("one"))
        await asyncio.sleep(0)
    assert log.entries not in logging.getLogger().handlers
    assert [(entry["program"], entry["message"]) for entry in await log.written()] == [("worker", "one")]


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
