"""Unexpected exceptions are reported to a server for them, with nothing of whom they befell."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from impl.assembly import error_reports
from impl.edge.error_reports import reporting
from impl.gateways.error_reports import CLOSING_SECONDS, ErrorReports
from impl.kernel.settings.error_report import ErrorReportSettings
from tests.harness.accounts import unique
from tests.harness.client import open_browser
from tests.harness.clock import MovableClock
from tests.harness.inbox import Inbox
from tests.harness.sentry import error_server
from tests.harness.service import run_instance
from tests.harness.sockets import listen
from tests.marketplace.privacy.marked import REACHED

if TYPE_CHECKING:
    from tests.harness.databases import Engine


async def test_a_fault_is_reported_without_whom_it_befell(engine: Engine, empty_database_url: str) -> None:
    """Serve a database without tables, where every query is a fault of ours, those of the worker's tasks too."""
    word = unique("reported")
    marks = (word, "203.0.113.77", *REACHED, "q-mark", "127.0.0.1")
    headers = {
        "User-Agent": word,
        "Cookie": f"session={word}",
        "Authorization": f"Bearer {word}",
        "Request-Id": word,
        "X-Forwarded-For": "203.0.113.77",
        "Referer": f"https://example.com/{word}",
    }
    with error_server() as server:
        changes = {"sentry_dsn": server.dsn, "trusted_proxies": ("127.0.0.1",)}
        async with run_instance(engine, empty_database_url, MovableClock(), Inbox(), **changes) as running:
            with reporting(error_reports(running.settings)):
                async with open_browser(running.url) as web:
                    web.headers.update(headers)
                    body = {"login": f"{word}@example.com", "password": " ".join(REACHED)}
                    failed = await web.post("/api/v1/auth/login", json=body, params={"q-mark": word})
                    assert failed.status_code == 500, failed.text
                    assert (await web.get("/api/v1/categories", headers={"Request-Id": "?"})).status_code == 500
                    # Refusals, each of which somebody expects.
                    assert (await web.get(f"/api/v1/{word}")).status_code == 404
                    assert (await web.post("/api/v1/auth/login", json={word: word})).status_code in {401, 422}
                reports = await asyncio.to_thread(server.wait_for, "login")
                [listed] = await asyncio.to_thread(server.wait_for, "listCategories")

    [report] = reports
    [*_, last] = report["exception"]["values"]
    assert last["type"]
    assert "value" not in last
    assert any(frame["filename"].startswith("impl/") for frame in last["stacktrace"]["frames"])
    assert report["logger"] == "hestami.faults"
    assert report["environment"] == "test"
    assert "request_id" not in report["tags"], "the client has named it"
    assert listed["tags"]["request_id"]
    assert any(not event["tags"] for event in server.events), "the worker's tasks have failed as well"
    assert {event["tags"].get("operation") for event in server.events} == {"login", "listCategories", None}
    sent = "\n".join(server.sent).replace(server.dsn, "")
    for mark in marks[:-1]:
        assert mark not in sent, mark
    for name in ("server_name", "vars", "breadcrumbs", "extra", "modules", '"user"', '"request"'):
        assert name not in "\n".join(str(event) for event in server.events), name


def test_a_server_that_does_not_answer_delays_no_end() -> None:
    with listen() as silent:
        reports = ErrorReports(f"http://key@127.0.0.1:{silent.getsockname()[1]}/1", release="1", environment="test")
        for _ in range(500):
            reports.send(ValueError("marked"), logger="tests", tags={})
        began = time.monotonic()
        reports.close()
        assert time.monotonic() - began < 3 * CLOSING_SECONDS


@pytest.mark.parametrize("dsn", ["secret.test", "https://secret.test/1", "https://key@secret", "ftp://key@secret/1"])
def test_what_is_no_dsn_is_refused(dsn: str) -> None:
    with pytest.raises(ValidationError) as refused:
        ErrorReportSettings.model_validate({"sentry_dsn": dsn})
    assert "secret" not in refused.value.errors()[0]["msg"]


def test_production_reports_through_tls() -> None:
    settings = ErrorReportSettings.model_validate({"sentry_dsn": "http://key@errors/1"})
    assert len(list(settings.error_report_complaints(is_production=True))) == 1
    assert list(settings.error_report_complaints(is_production=False)) == []
    assert list(ErrorReportSettings().error_report_complaints(is_production=True)) == []
