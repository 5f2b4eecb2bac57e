"""Reports, spans and counts of requests, each rule alone."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextvars import copy_context
from types import SimpleNamespace
from typing import Any, cast

import pytest
from starlette.types import Scope

from generated import policies
from impl.edge import request_context
from impl.edge.client import TrustedProxies
from impl.edge.error_reports import reporting
from impl.edge.metrics import Metrics, Sources
from impl.edge.request_context import RequestContext
from impl.edge.request_traces import RequestTraces
from impl.kernel import tracing
from impl.kernel.tracing import Trace, Tracer
from openapi.runtime.wire import Operation

_ID = "0190f7a8-1c1e-7a3b-8d2f-3c5a7b9d1e2f"


def _context(
    *, status: int = 200, operation: Operation | None = None, problem: str | None = None, request_id: str = _ID
) -> RequestContext:
    context = RequestContext(
        path="/x",
        prefix="",
        request_id=request_id,
        trace_id="a" * 32,
        address="192.0.2.7",
        user_agent="",
        accept=None,
        secure=True,
    )
    context.status, context.operation, context.problem = status, operation, problem
    return context


class _Reports:
    """Keeps what is sent, or refuses it."""

    def __init__(self) -> None:
        self.sent: list[tuple[BaseException, str, Mapping[str, str]]] = []
        self.refuses = False
        self.is_closed = False

    def send(self, error: BaseException, *, logger: str, tags: Mapping[str, str]) -> None:
        if self.refuses:
            raise ZeroDivisionError
        self.sent.append((error, logger, tags))

    def close(self) -> None:
        self.is_closed = True


def test_only_exceptions_in_lines_of_ours_and_of_the_loop_are_reported(capsys: pytest.CaptureFixture[str]) -> None:
    reports, error = _Reports(), ValueError()
    ours = logging.getLogger("hestami.test_observed")
    ours.setLevel(logging.DEBUG)
    with reporting(reports):
        ours.warning("one", exc_info=error)
        logging.getLogger("asyncio").error("two", exc_info=error)
        ours.info("expected", exc_info=error)
        ours.error("without an exception")
        ours.error("with none at all", exc_info=True)
        logging.getLogger("some.library").error("no line of ours", exc_info=error)
        assert not reports.is_closed
        assert "Logging error" not in capsys.readouterr().err
        reports.refuses = True
        ours.error("its report fails", exc_info=error)
        assert "Logging error" in capsys.readouterr().err
        reports.refuses = False
    assert reports.is_closed
    ours.error("afterwards", exc_info=error)
    assert [(sent, logger) for sent, logger, _ in reports.sent] == [(error, ours.name), (error, "asyncio")]
    with reporting(None):
        ours.error("nobody is told", exc_info=error)


@pytest.mark.parametrize(
    ("context", "trace_id", "tags"),
    [
        (None, None, {}),
        (None, "b" * 32, {"trace_id": "b" * 32}),
        (_context(), None, {"request_id": _ID}),
        (_context(request_id=f"x{_ID}"), None, {}),
        (
            _context(operation=policies.LOGIN),
            "b" * 32,
            {"operation": "login", "request_id": _ID, "trace_id": "b" * 32},
        ),
    ],
)
def test_a_report_names_operation_request_and_trace(
    context: RequestContext | None, trace_id: str | None, tags: Mapping[str, str]
) -> None:
    reports = _Reports()

    def fail() -> None:
        if context is not None:
            request_context.attach({}, context)
        if trace_id is not None:
            tracing.enter(cast("Trace", SimpleNamespace(trace_id=trace_id, is_open=True)))
        logging.getLogger("hestami.test_observed").error("one", exc_info=ValueError())

    with reporting(reports):
        copy_context().run(fail)
    assert [told for _, _, told in reports.sent] == [tags]


class _Span:
    """Trace that keeps what it is told."""

    def __init__(self, *, is_open: bool = True) -> None:
        self.is_open = is_open
        self.told: dict[str, object] = {}

    def rename(self, name: str) -> None:
        self.told["name"] = name

    def set(self, name: str, value: object) -> None:
        self.told[name] = value

    def end(self, error: str | None = None) -> None:
        self.told["error"] = error


@pytest.mark.parametrize(
    ("context", "told"),
    [
        (_context(), {"http.response.status_code": 200, "error": None}),
        (
            _context(operation=policies.LOGIN, status=401, problem="invalid-credentials"),
            {
                "name": "login",
                "http.response.status_code": 401,
                "hestami.problem": "invalid-credentials",
                "error": None,
            },
        ),
        (_context(status=499), {"http.response.status_code": 499, "error": None}),
        (_context(status=500), {"http.response.status_code": 500, "error": "500"}),
        (
            _context(status=503, problem="unavailable"),
            {"http.response.status_code": 503, "hestami.problem": "unavailable", "error": "unavailable"},
        ),
        (_context(status=0), {"error": "0"}),
    ],
)
def test_a_span_ends_by_the_outcome_of_its_request(context: RequestContext, told: Mapping[str, object]) -> None:
    for scope, route in (({}, {}), ({"route": SimpleNamespace(path="/a/{b}")}, {"http.route": "/a/{b}"})):
        span = _Span()
        RequestTraces.finish(cast("Trace", span), cast("Scope", scope), context)
        assert span.told == {**told, **route}
    ended = _Span(is_open=False)
    RequestTraces.finish(cast("Trace", ended), {}, context)
    assert ended.told == {}


_PARENT = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.mark.parametrize(
    ("method", "client", "name", "is_continued"),
    [
        ("GET", ("10.0.0.1", 1), "GET", True),
        ("BREW", ("10.0.0.1", 1), "_OTHER", True),
        ("GET", ("192.0.2.7", 1), "GET", False),
        ("GET", None, "GET", False),
    ],
)
def test_a_span_begins_by_a_known_method_and_below_a_trusted_parent(
    method: str, client: tuple[str, int] | None, name: str, *, is_continued: bool
) -> None:
    begun: list[tuple[object, ...]] = []
    trace = cast("Trace", _Span())

    def begin(*arguments: object, parent: str | None) -> Trace:
        begun.append((*arguments, parent))
        return trace

    traces = RequestTraces(cast("Tracer", SimpleNamespace(begin=begin)), TrustedProxies(["10.0.0.0/8"]))

    def run() -> Trace | None:
        assert traces.begin({"method": method, "scheme": "https", "client": client}, _PARENT) is trace
        return tracing.current()

    assert copy_context().run(run) is trace
    attributes = {"http.request.method": name, "url.scheme": "https"}
    assert begun == [(name, "server", attributes, _PARENT.decode() if is_continued else None)]


def _metrics() -> Metrics:
    return Metrics(cast("Sources", SimpleNamespace()), release="1")


@pytest.mark.parametrize(
    ("status", "problem", "outcome", "type_"),
    [
        (200, None, "succeeded", None),
        (401, "invalid-credentials", "invalid-credentials", "invalid-credentials"),
        (400, "of-no-contract", "other", "other"),
        (499, None, "other", None),
        (499, "invalid-credentials", "other", "invalid-credentials"),
    ],
)
def test_a_sign_in_is_counted_by_its_outcome_and_its_problem(
    status: int, problem: str | None, outcome: str, type_: str | None
) -> None:
    metrics = _metrics()
    for _ in range(2):
        metrics.answered(_context(status=status, operation=policies.LOGIN, problem=problem), 0.3)
    metrics.answered(_context(status=status, problem=problem), 0.3)

    def value(name: str, **labels: str) -> Any:  # noqa: ANN401 - a number or none
        return metrics.registry.get_sample_value(f"hestami_{name}", labels)

    assert value("logins_total", operation="login", outcome=outcome) == 2
    assert value("http_requests_total", operation="login", status=str(status)) == 2
    assert value("http_requests_total", operation="none", status=str(status)) == 1
    assert value("http_request_duration_seconds_sum", operation="login") == 0.6
    assert value("logins_total", operation="none", outcome=outcome) is None
    if type_ is not None:
        assert value("problems_total", type=type_) == 3


def test_attempts_and_tasks_are_counted() -> None:
    metrics = _metrics()
    metrics.settled("mail", "delivered")
    for failed in (True, False, False):
        metrics.ran("sweeping", failed=failed)
    metrics.ran("failing", failed=True)

    def value(name: str, **labels: str) -> float | None:
        return metrics.registry.get_sample_value(f"hestami_{name}", labels)

    assert value("outbox_deliveries_total", topic="mail", outcome="delivered") == 1
    assert value("worker_task_runs_total", task="sweeping") == 3
    assert value("worker_task_failures_total", task="sweeping") == 1
    assert (value("worker_task_last_success_timestamp_seconds", task="sweeping") or 0) > 0
    assert value("worker_task_last_success_timestamp_seconds", task="failing") is None
