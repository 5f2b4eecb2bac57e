"""Middleware around an application of the test's own: what it adds, counts, logs and refuses, in this order.

Whole conversations are compared: each header, the lines of the log, and what limits and metrics count.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Final, Never

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from generated import policies
from impl.edge import middleware
from impl.edge.headers import Origins
from impl.edge.metrics import Metrics, Sources
from impl.edge.request_context import context_of
from impl.kernel.errors import NotFound
from tests.edge.application import ORIGIN, Application, Headers, answered_by, ask, edge_around, lines_of_log, scope_of

_STANDARD: Final[Headers] = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cache-control": b"no-store",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
    b"request-id": b"asked-by-me",
    b"ratelimit-policy": b'"probe";q=2;w=60',
    b"ratelimit": b'"probe";r=1;t=60',
    b"vary": b"Origin",
}


def idle_metrics() -> Metrics:
    """Make the metrics of a process in which nothing happens."""

    async def unknown() -> Never:
        raise AssertionError

    return Metrics(
        Sources(
            loads=dict,
            replica_lag=lambda: None,
            passwords_waiting=lambda: 0,
            open_streams=lambda: 0,
            redis_is_up=None,
            log_entries_dropped=lambda: 0,
            backlog=unknown,
            integrity=unknown,
            unsealed=unknown,
        ),
        release="1",
    )


async def test_an_answer_has_all_that_every_one_carries() -> None:
    app = Application(headers=[(b"x-own", b"1")])
    with lines_of_log() as lines:
        status, headers, body = await answered_by(edge_around(app), scope_of("/somewhere"))
    assert (status, body) == (200, b"done")
    assert headers == {b"x-own": b"1", **_STANDARD}
    (line,) = lines
    assert {name: line[name] for name in ("method", "route", "operation", "status", "request_id")} == {
        "method": "GET",
        "route": None,
        "operation": None,
        "status": 200,
        "request_id": "asked-by-me",
    }
    own = [(b"cache-control", b"public"), (b"content-security-policy", b"sandbox")]
    _, headers, _ = await answered_by(
        edge_around(Application(headers=own)), scope_of("/", (b"origin", ORIGIN), scheme="https")
    )
    assert (headers[b"cache-control"], headers[b"content-security-policy"]) == (b"public", b"sandbox")
    assert headers[b"strict-transport-security"] == b"max-age=63072000; includeSubDomains"
    assert headers[b"access-control-allow-origin"] == ORIGIN
    assert b"access-control-allow-methods" not in headers


async def test_what_is_not_http_passes_as_it_is() -> None:
    seen: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)

    scope = {"type": "lifespan"}
    assert await ask(edge_around(app), scope) == []
    assert seen == [{"type": "lifespan"}]


@pytest.mark.parametrize(
    ("prefix", "path", "inner"),
    [
        ("", "/docs", "/docs"),
        ("/hestami", "/hestami/docs", "/docs"),
        ("/hestami", "/docs", "/docs"),
        ("/hestami", "/hestami", "/hestami"),
        ("/hestami", "/hestamis/docs", "/hestamis/docs"),
        ("/api", "/api/v1/users", "/api/v1/users"),
        ("/hestami", "/hestami/health", "/api/v1/health"),
        ("", "/health", "/api/v1/health"),
    ],
)
async def test_a_prefix_is_taken_away_and_an_alias_put_in_its_place(prefix: str, path: str, inner: str) -> None:
    app = Application(headers=[(b"location", b"/there"), (b"x-own", b"/here")])
    _, headers, _ = await answered_by(edge_around(app, prefix=prefix), scope_of(path))
    assert [(one["path"], one["raw_path"]) for one in app.asked] == [(inner, inner.encode())]
    assert headers[b"location"] == prefix.encode() + b"/there"
    assert headers[b"x-own"] == b"/here"
    context = context_of(app.asked[0])
    assert (context.prefix, context.path) == (
        prefix,
        prefix + path.removeprefix("/hestami" if "/hestami/" in path else ""),
    )


async def test_an_absolute_location_is_left_as_it_is() -> None:
    app = Application(headers=[(b"location", b"https://elsewhere.test/there")])
    _, headers, _ = await answered_by(edge_around(app, prefix="/hestami"), scope_of())
    assert headers[b"location"] == b"https://elsewhere.test/there"


@pytest.mark.parametrize(
    ("method", "origin", "asks", "is_answered"),
    [
        ("OPTIONS", ORIGIN, True, True),
        ("OPTIONS", ORIGIN, False, False),
        ("OPTIONS", b"https://other.test", True, False),
        ("OPTIONS", None, True, False),
        ("GET", ORIGIN, True, False),
    ],
)
async def test_only_a_preflight_of_an_allowed_origin_is_answered_before_the_application(
    method: str, origin: bytes | None, *, asks: bool, is_answered: bool
) -> None:
    app = Application()
    headers = [(b"origin", origin)] if origin is not None else []
    headers += [(b"access-control-request-method", b"PUT")] if asks else []
    status, found, body = await answered_by(edge_around(app), scope_of("/x", *headers, method=method))
    assert (status, len(app.asked)) == ((204, 0) if is_answered else (200, 1))
    assert body == (b"" if is_answered else b"done")
    assert found.get(b"access-control-allow-methods") == (
        b"GET, HEAD, POST, PUT, PATCH, DELETE" if is_answered else None
    )
    assert found.get(b"access-control-max-age") == (b"600" if is_answered else None)
    assert found[b"ratelimit"] == b'"probe";r=1;t=60'


@pytest.mark.parametrize(
    ("hosts", "version", "status"),
    [
        ([b"a.test"], "1.1", 200),
        ([b"a.test:8080"], "1.1", 200),
        ([b"[::1]:80"], "1.1", 200),
        ([], "1.0", 200),
        ([], "1.1", 400),
        ([b""], "1.1", 400),
        ([b"a.test/x"], "1.0", 400),
        ([b"a.test", b"a.test"], "1.1", 400),
    ],
)
async def test_a_request_names_one_host(hosts: list[bytes], version: str, status: int) -> None:
    app = Application()
    scope = scope_of(headers=[(b"host", host) for host in hosts], http_version=version)
    answered, _, body = await answered_by(edge_around(app), scope)
    assert (answered, len(app.asked)) == (status, 1 if status == 200 else 0)
    if status == 400:
        problem = json.loads(body)
        assert problem["type"].endswith("/malformed-request")
        assert problem["detail"] == "Send one Host header that names where the request goes."


_PROTO: Final = (b"x-forwarded-proto", b"https")


@pytest.mark.parametrize(
    ("scope", "status", "warns"),
    [
        (scope_of("/x"), 403, False),
        (scope_of("/x", client=None), 403, False),
        (scope_of("/x", _PROTO), 403, True),
        (scope_of("/x", (b"forwarded", b"proto=https")), 403, True),
        (scope_of("/x", _PROTO, client=("10.1.2.3", 1)), 200, False),
        (scope_of("/x", (b"x-forwarded-for", b"192.0.2.1"), client=("10.1.2.3", 1)), 403, False),
        (scope_of("/x", scheme="https"), 200, False),
        (scope_of("/health"), 200, False),
    ],
)
async def test_plain_http_is_refused_where_https_is_asked_for(scope: Scope, status: int, *, warns: bool) -> None:
    edge = edge_around(Application(), https_only=True)
    with lines_of_log() as lines:
        answered = [(await answered_by(edge, dict(scope)))[0] for _ in range(2)]
    assert answered == [status, status]
    warnings = [line["message"] for line in lines if line["level"] == "warning"]
    assert len(warnings) == (1 if warns else 0), "the operator is told once"
    assert all(warning.startswith("a proxy at 192.0.2.7 forwards requests") for warning in warnings)


def _slug(body: bytes) -> str:
    return str(json.loads(body)["type"]).rpartition("/")[2]


@pytest.mark.parametrize(
    ("error", "status", "slug", "is_fault"),
    [
        (NotFound(), 404, "not-found", False),
        (HTTPException(405), 405, "method-not-allowed", False),
        (HTTPException(503), 503, "unavailable", True),
        (HTTPException(500), 500, "internal-error", True),
        (HTTPException(418), 500, "internal-error", False),
        (ZeroDivisionError("secret"), 500, "internal-error", True),
    ],
)
async def test_an_error_is_answered_and_a_fault_is_told_to_the_log(
    error: Exception, status: int, slug: str, *, is_fault: bool
) -> None:
    with lines_of_log() as lines:
        answered, headers, body = await answered_by(edge_around(Application(error=error)), scope_of())
    assert (answered, _slug(body)) == (status, slug)
    assert headers[b"ratelimit"] == b'"probe";r=1;t=60'
    assert [line["level"] for line in lines] == (["error", "info"] if is_fault else ["info"])
    assert lines[-1]["status"] == status
    if is_fault:
        assert lines[0]["error"][0]["type"].endswith(type(error).__name__)
        assert (lines[0]["operation"], lines[0]["request_id"]) == (None, "asked-by-me")


async def test_an_error_within_a_response_adds_nothing_to_it() -> None:
    app = Application(error=ZeroDivisionError())
    app.begins = True
    with lines_of_log() as lines:
        sent = await ask(edge_around(app), scope_of())
    assert [message["type"] for message in sent] == ["http.response.start"]
    assert [line["level"] for line in lines] == ["error", "info"]


async def test_a_departed_client_counts_as_499() -> None:
    with lines_of_log() as lines:
        assert await ask(edge_around(Application(error=ClientDisconnect())), scope_of()) == []
    assert [(line["level"], line["status"]) for line in lines] == [("info", 499)]


async def test_requests_without_an_operation_count_once_and_are_limited() -> None:
    edge = edge_around(Application(error=NotFound()))
    answers = [await answered_by(edge, scope_of()) for _ in range(3)]
    assert [(status, _slug(body)) for status, _, body in answers] == [
        (404, "not-found"),
        (404, "not-found"),
        (429, "rate-limited"),
    ]
    assert [headers[b"ratelimit"] for _, headers, _ in answers] == [b'"probe";r=%d;t=60' % left for left in (1, 0, 0)]
    assert answers[-1][1][b"retry-after"] == b"60"
    other = scope_of(client=("192.0.2.8", 1))
    assert (await answered_by(edge, other))[0] == 404, "another address has a quota of its own"


async def test_a_request_of_an_operation_counts_for_its_own_limit_only() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        context_of(scope).operation = policies.LIST_CATEGORIES
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b""})

    _, headers, _ = await answered_by(edge_around(app), scope_of())
    assert b"ratelimit" not in headers


def _read(metrics: Metrics, name: str, labels: Mapping[str, str]) -> float | None:
    return metrics.registry.get_sample_value(name, dict(labels))


@pytest.mark.parametrize(("begins", "seconds"), [(True, 3.0), (False, 10.0)])
async def test_metrics_time_a_request_until_its_response_begins_and_the_log_until_its_end(
    monkeypatch: pytest.MonkeyPatch, *, begins: bool, seconds: float
) -> None:
    times = iter([100.0, 103.0, 110.0] if begins else [100.0, 110.0])
    monkeypatch.setattr(middleware, "time", SimpleNamespace(perf_counter=lambda: next(times)))
    metrics = idle_metrics()
    app = Application(error=None if begins else ClientDisconnect())
    with lines_of_log() as lines:
        await ask(edge_around(app, metrics=metrics), scope_of())
    assert lines[-1]["duration_ms"] == 10_000
    assert _read(metrics, "hestami_http_request_duration_seconds_sum", {"operation": "none"}) == seconds
    status = "200" if begins else "499"
    assert _read(metrics, "hestami_http_requests_total", {"operation": "none", "status": status}) == 1


async def test_documents_are_compressed_where_they_are_read() -> None:
    text = [(b"cache-control", b"public"), (b"content-type", b"text/plain"), (b"content-length", b"5000")]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": list(text)})
        await send({"type": "http.response.body", "body": b"x" * 5000})

    for method, is_compressed in (("GET", True), ("POST", False)):
        edge = edge_around(app, origins=Origins([]))
        # Two lines of a list are one.
        scope = scope_of("/", (b"accept-encoding", b"br"), (b"accept-encoding", b"gzip"), method=method)
        _, headers, body = await answered_by(edge, scope)
        assert (headers.get(b"content-encoding") == b"gzip") is is_compressed
        assert headers[b"content-length"] == b"%d" % len(body)
        assert (len(body) < 5000) is is_compressed
