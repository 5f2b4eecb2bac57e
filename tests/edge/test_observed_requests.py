"""Reports, spans and counts of requests, each rule alone."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any

import pytest
from starlette.routing import Route
from starlette.types import Scope

from generated import policies
from impl.edge import request_context
from impl.edge.client import TrustedProxies
from impl.edge.error_reports import reporting
from impl.edge.request_context import RequestContext
from impl.edge.request_traces import RequestTraces
from impl.gateways.error_reports import ErrorReports
from impl.gateways.traces import OtlpTracer
from impl.kernel import tracing
from openapi.runtime.wire import Operation
from tests.edge.test_middleware import idle_metrics
from tests.harness.otlp import Recorded, trace_collector, tracer_to
from tests.harness.sentry import ErrorServer, error_server

_TRACE, _ABOVE = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
_PARENT = f"00-{_TRACE}-{_ABOVE}-01"
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


@contextmanager
def _reported() -> Iterator[ErrorServer]:
    """Report to a server until the block ends: then it has all that was reported."""
    with error_server() as server, reporting(ErrorReports(server.dsn, release="1", environment="test")):
        yield server


async def _recorded(act: Callable[[OtlpTracer], None]) -> list[Recorded]:
    """Return the spans that a collector has received of an act."""
    with trace_collector() as collector:
        tracer = tracer_to(collector)
        act(tracer)
        await tracer.close()
    return collector.spans


def test_only_exceptions_in_lines_of_ours_and_of_the_loop_are_reported() -> None:
    error, ours = ValueError(), logging.getLogger("hestami.test_observed")
    ours.setLevel(logging.DEBUG)
    with _reported() as server:
        ours.warning("one", exc_info=error)
        logging.getLogger("asyncio").error("two", exc_info=error)
        ours.info("expected", exc_info=error)
        ours.error("without an exception")
        ours.error("with none at all", exc_info=True)
        logging.getLogger("some.library").error("no line of ours", exc_info=error)
    ours.error("afterwards", exc_info=error)
    with reporting(None):
        ours.error("nobody is told", exc_info=error)
    assert sorted(event["logger"] for event in server.events) == ["asyncio", ours.name]


@pytest.mark.parametrize(
    ("context", "parent", "tags"),
    [
        (None, None, {}),
        (None, _PARENT, {"trace_id": _TRACE}),
        (_context(), None, {"request_id": _ID}),
        (_context(request_id=f"x{_ID}"), None, {}),
        (
            _context(operation=policies.LOGIN),
            _PARENT,
            {"operation": "login", "request_id": _ID, "trace_id": _TRACE},
        ),
    ],
)
async def test_a_report_names_operation_request_and_trace(
    context: RequestContext | None, parent: str | None, tags: Mapping[str, str]
) -> None:
    def fail(tracer: OtlpTracer) -> None:
        if context is not None:
            request_context.attach({}, context)
        if parent is not None:
            tracing.enter(tracer.begin("GET", "server", {}, parent=parent))
        logging.getLogger("hestami.test_observed").error("one", exc_info=ValueError())

    with _reported() as server:
        await _recorded(lambda tracer: copy_context().run(fail, tracer))
    assert [event["tags"] for event in server.events] == [tags]


@pytest.mark.parametrize(
    ("context", "told"),
    [
        (_context(), {"http.response.status_code": 200}),
        (
            _context(operation=policies.LOGIN, status=401, problem="invalid-credentials"),
            {
                "http.response.status_code": 401,
                "hestami.problem": "invalid-credentials",
            },
        ),
        (_context(status=499), {"http.response.status_code": 499}),
        (_context(status=500), {"http.response.status_code": 500, "error.type": "500"}),
        (
            _context(status=503, problem="unavailable"),
            {"http.response.status_code": 503, "hestami.problem": "unavailable", "error.type": "unavailable"},
        ),
        (_context(status=0), {"error.type": "0"}),
    ],
)
async def test_a_span_ends_by_the_outcome_of_its_request(context: RequestContext, told: Mapping[str, object]) -> None:
    scopes: tuple[Scope, ...] = ({}, {"route": Route("/a/{b}", lambda _: None)})

    def finish(tracer: OtlpTracer) -> None:
        for scope in scopes:
            RequestTraces.finish(tracer.begin("GET", "server", {}), scope, context)
        ended = tracer.begin("ended", "server", {})
        ended.end()
        RequestTraces.finish(ended, {}, context)

    plain, routed, ended = await _recorded(finish)
    name = "GET" if context.operation is None else context.operation.id
    assert [plain.name, routed.name, ended.name] == [name, name, "ended"]
    assert [plain.attributes, routed.attributes, ended.attributes] == [told, {**told, "http.route": "/a/{b}"}, {}]
    assert plain.has_failed == ("error.type" in told)


@pytest.mark.parametrize(
    ("method", "client", "name", "is_continued"),
    [
        ("GET", ("10.0.0.1", 1), "GET", True),
        ("BREW", ("10.0.0.1", 1), "_OTHER", True),
        ("GET", ("192.0.2.7", 1), "GET", False),
        ("GET", None, "GET", False),
    ],
)
async def test_a_span_begins_by_a_known_method_and_below_a_trusted_parent(
    method: str, client: tuple[str, int] | None, name: str, *, is_continued: bool
) -> None:
    def begin(tracer: OtlpTracer) -> None:
        traces = RequestTraces(tracer, TrustedProxies(["10.0.0.0/8"]))
        trace = traces.begin({"method": method, "scheme": "https", "client": client}, _PARENT.encode())
        assert tracing.current() is trace
        trace.end()

    [span] = await _recorded(lambda tracer: copy_context().run(begin, tracer))
    assert (span.name, span.kind) == (name, "server")
    assert span.attributes == {"http.request.method": name, "url.scheme": "https"}
    assert ((span.trace_id, span.parent_id) == (_TRACE, _ABOVE)) is is_continued


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
    metrics = idle_metrics()
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
    metrics = idle_metrics()
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
