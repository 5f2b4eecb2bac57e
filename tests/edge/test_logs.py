"""Logs of a process: JSON lines about requests and faults, without personal data and secrets."""

from __future__ import annotations

import asyncio
import errno
import io
import json
import logging
import os
import re
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, override
from urllib.parse import urlsplit

import httpx
import pytest

from impl.edge.logs import BufferedLines, JsonLines, TextLines
from tests.harness.environment import clean_environment
from tests.harness.launching import start
from tests.harness.patience import PATIENCE
from tests.harness.sentry import error_server

type Line = dict[str, Any]

_RUNNING = re.compile(r"running on (http://127\.0\.0\.1:\d+)")
_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


class _Process:
    """Process of the real program, and the lines that it has written to standard error."""

    def __init__(self, database_url: str, changes: dict[str, str]) -> None:
        settings = {"ENVIRONMENT": "test", "DATABASE_URL": database_url, "LOG_FORMAT": "json", **changes}
        readable, writable = os.pipe()
        self._written = os.fdopen(readable)
        with os.fdopen(writable, "wb") as output:
            self._process = start("impl.app", "--port", "0", environment=clean_environment(**settings), output=output)
        self.lines: list[Line] = []
        started = self.wait_for(lambda line: _RUNNING.search(line["message"]) is not None)
        self.url = _RUNNING.findall(started["message"])[0]

    def wait_for(self, wanted: Callable[[Line], bool]) -> Line:
        """Read on until such a line has been written."""
        for line in self._written:
            self.lines.append(json.loads(line))
            if wanted(self.lines[-1]):
                return self.lines[-1]
        raise AssertionError(f"the program has ended: {self.lines}")

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        with self._written as rest:
            self.lines += [json.loads(line) for line in rest]
        assert self._process.wait() == 0

    def of(self, logger: str) -> list[Line]:
        return [line for line in self.lines if line["logger"] == logger]


@contextmanager
def _running(database_url: str, **changes: str) -> Iterator[_Process]:
    process = _Process(database_url, changes)
    try:
        yield process
    finally:
        process.stop()


def test_each_request_is_one_line_without_what_its_sender_wrote(fresh_database_url: str) -> None:
    private = ["Copper-Kettle-58", "helen.secret@example.com", "tok3n-in-a-path", "q-secret", "agent-secret", "c00kie"]
    with (
        _running(fresh_database_url) as process,
        httpx.Client(base_url=process.url, timeout=PATIENCE, trust_env=False) as web,
    ):
        web.post(
            "/api/v1/auth/login",
            json={"login": private[1], "password": private[0]},
            headers={"User-Agent": private[4], "Cookie": private[5], "Authorization": f"Bearer {private[0]}"},
        )
        web.get(f"/api/v1/{private[2]}", params={"x": private[3]})
        traced = web.get(
            "/api/v1/categories",
            headers={"traceparent": f"00-{_TRACE}-00f067aa0ba902b7-01", "Request-Id": "asked-by-me"},
        )
        assert traced.status_code == 200
    lines = process.of("hestami.access")
    assert [(line["operation"], line["route"], line["status"]) for line in lines] == [
        ("login", "/api/v1/auth/login", 401),
        (None, None, 404),
        ("listCategories", "/api/v1/categories", 200),
    ]
    assert (lines[2]["trace_id"], lines[2]["request_id"]) == (_TRACE, "asked-by-me")
    assert all(line["level"] == "info" and line["duration_ms"] >= 0 for line in lines)
    written = json.dumps(process.lines)
    for word in private:
        assert word not in written
    assert "127.0.0.1" not in json.dumps(lines)


def test_line_breaks_in_input_start_no_line(fresh_database_url: str) -> None:
    with (
        _running(fresh_database_url) as process,
        httpx.Client(base_url=process.url, timeout=PATIENCE, trust_env=False) as web,
    ):
        for path in ("/api/v1/%0d%0a%7B%22level%22:%22forged%22%7D", "/api/v1/\u2028x", "/api/v1/a%00b%1b[31m"):
            assert web.get(path).status_code == 404
        web.get("/api/v1/categories?x=%0d%0aforged")
    assert len(process.of("hestami.access")) == 4
    assert "forged" not in json.dumps(process.lines)


def test_a_fault_is_told_to_its_sender_in_general_and_to_the_log_once(empty_database_url: str) -> None:
    """Serve a database without tables, where every query is a fault of ours."""
    with (
        error_server() as reports,
        _running(empty_database_url, SENTRY_DSN=reports.dsn) as process,
        httpx.Client(base_url=process.url, timeout=PATIENCE, trust_env=False) as web,
    ):
        answer = web.get("/api/v1/categories")
        again = web.get("/api/v1/health/live")
        reports.wait_for("listCategories")
    assert len(reports.events) == 1
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (500, "https://api.hestami.ai/problems/internal-error")
    assert (problem["title"], problem["detail"]) == ("Internal error", "Something went wrong on our side.")
    assert "categories" not in json.dumps({**problem, "instance": ""})
    assert again.status_code == 200
    faults = [line for line in process.lines if line["level"] == "error"]
    assert len(faults) == 1
    assert faults[0]["request_id"] == answer.headers["request-id"] == problem["request_id"]
    assert any("impl/marketplace/catalogue" in place for place in faults[0]["error"][0]["at"])
    assert "SELECT" not in json.dumps(faults)


def test_an_invalid_traceparent_starts_another_trace(fresh_database_url: str) -> None:
    zeros = "0" * 32
    with (
        _running(fresh_database_url) as process,
        httpx.Client(base_url=process.url, timeout=PATIENCE, trust_env=False) as web,
    ):
        for given in (f"00-{zeros}-00f067aa0ba902b7-01", f"ff-{_TRACE}-00f067aa0ba902b7-01", f"00-{_TRACE}-x-01", "x"):
            web.get("/api/v1/health/live", headers={"traceparent": given})
    traces = {line["trace_id"] for line in process.of("hestami.access")}
    assert len(traces) == 4
    assert not traces & {zeros, _TRACE}
    assert all(re.fullmatch(r"[0-9a-f]{32}", trace) for trace in traces)


def test_a_sender_who_goes_away_or_sends_no_request_is_no_fault(fresh_database_url: str) -> None:
    with _running(fresh_database_url) as process:
        address = urlsplit(process.url)
        with socket.create_connection((str(address.hostname), address.port or 0)) as half:
            half.sendall(b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n")
            half.sendall(b"Content-Length: 100\r\n\r\n{")
        for sent in (
            b"\x00garbage\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade, close\r\n\r\n",
        ):
            with socket.create_connection((str(address.hostname), address.port or 0)) as wrong:
                wrong.sendall(sent)
                while wrong.recv(4096):
                    pass
        answered = process.wait_for(lambda line: bool(line["logger"] == "hestami.access"))
    assert answered["status"] in {400, 499}
    assert {line["level"] for line in process.lines} == {"info"}


def _record(message: str, error: Exception | None = None, *, level: int = logging.ERROR) -> logging.LogRecord:
    told = None if error is None else (type(error), error, error.__traceback__)
    return logging.LogRecord("hestami.test", level, "", 0, "%s", (message,), told)


def _raised() -> Exception:
    try:
        try:
            raise KeyError("helen.secret@example.com")
        except KeyError as error:
            raise ValueError("Copper-Kettle-58") from error
    except ValueError as error:
        return error


def test_a_json_line_tells_an_error_by_type_and_place_through_its_causes() -> None:
    line = JsonLines().format(_record("one\r\ntwo \u2028 \x1b[31m", _raised()))
    assert line.isascii()
    assert line.isprintable()
    read = json.loads(line)
    assert read["message"] == "one\r\ntwo \u2028 \x1b[31m"
    assert [told["type"] for told in read["error"]] == ["builtins.ValueError", "builtins.KeyError"]
    assert all("test_logs.py" in told["at"][0] for told in read["error"])
    assert "secret" not in line
    assert "Kettle" not in line


def test_a_text_line_stays_one_line_and_tells_errors_in_full() -> None:
    assert "\n" not in TextLines().format(_record("one\r\ntwo"))
    assert "Copper-Kettle-58" in TextLines().format(_record("failed", _raised()))


def test_a_text_line_shows_the_fields_that_have_a_value() -> None:
    record = _record("request")
    record.__dict__["hestami_fields"] = {"status": 200, "route": None, "operation": "listServices"}
    assert TextLines().format(record).endswith(" request status=200 operation=listServices")


class _Written(io.StringIO):
    """Stream that collects what is written to it at once, and tells of the first."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[str] = []
        self.begun = asyncio.Event()

    @override
    def write(self, text: str, /) -> int:
        self.batches.append(text)
        self.begun.set()
        return len(text)


class _Full(io.StringIO):
    """Stream of a disk that is full."""

    @override
    def write(self, text: str, /) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


async def test_lines_are_gathered_for_a_moment_and_written_at_once() -> None:
    written = _Written()
    lines = BufferedLines(written)
    lines.handle(_record("one", level=logging.INFO))
    timer = lines.timer
    assert timer is not None
    lines.handle(_record("two", level=logging.INFO))
    assert written.batches == []
    assert lines.timer is timer, "the second line waits no longer than the first"
    await asyncio.wait_for(written.begun.wait(), PATIENCE)
    assert written.batches == ["one\ntwo\n"]
    assert lines.timer is None, "the next line begins another moment"


async def test_an_error_waits_for_nothing() -> None:
    written = _Written()
    lines = BufferedLines(written)
    lines.handle(_record("one", level=logging.INFO))
    timer = lines.timer
    assert timer is not None
    lines.handle(_record("two"))
    assert written.batches == ["one\ntwo\n"]
    assert timer.cancelled()
    assert lines.timer is None


async def test_no_more_lines_wait_than_are_written_at_once() -> None:
    written = _Written()
    lines = BufferedLines(written)
    for _ in range(500):
        assert written.batches == []
        lines.handle(_record("one", level=logging.INFO))
    assert written.batches == ["one\n" * 500]
    assert lines.timer is None


def test_a_program_without_a_loop_writes_at_once() -> None:
    written = _Written()
    BufferedLines(written).handle(_record("one", level=logging.INFO))
    assert written.batches == ["one\n"]


def test_nothing_fails_because_a_line_cannot_be_written(capsys: pytest.CaptureFixture[str]) -> None:
    BufferedLines(_Full()).handle(_record("one", level=logging.INFO))
    assert os.strerror(errno.ENOSPC) in capsys.readouterr().err
