"""ASGI middleware around all routes: request id, error responses, headers and request log."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from impl.edge import request_context as request_contexts
from impl.edge.client import TrustedProxies
from impl.edge.compression import CompressedSend
from impl.edge.connections import CYCLE
from impl.edge.headers import Origins, add_headers, with_standard_headers
from impl.edge.limits import RateLimits, enforce
from impl.edge.logs import ACCESS, log_access, log_fault
from impl.edge.problems import document, is_expected, render
from impl.edge.request_context import RequestContext
from impl.edge.request_traces import RequestTraces
from impl.edge.under_way import UnderWay
from impl.kernel import read_time
from impl.kernel.addresses import network_of
from impl.kernel.errors import RateLimited
from impl.kernel.presence import ClientGone
from impl.kernel.read_time import ReadTime
from openapi.runtime.routing import start_message
from openapi.runtime.wire import RateLimitPolicy, Reply

if TYPE_CHECKING:
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

    from impl.edge.metrics import Metrics
    from impl.kernel.tracing import Trace, Tracer

# Headers that the edge reads. Of a repeated header the first one counts, except for lists, whose entries may come in
# separate lines: proxies append to them, so that the last entry is the trusted one.
_READ: Final = frozenset(
    {
        b"accept",
        b"accept-encoding",
        b"access-control-request-method",
        b"forwarded",
        b"host",
        b"origin",
        b"request-id",
        b"traceparent",
        b"user-agent",
        b"x-forwarded-for",
        b"x-forwarded-proto",
    }
)
# Joined as a list, two Host headers are invalid, which RFC 9112, section 3.2, demands.
_LISTS: Final = frozenset({b"accept", b"accept-encoding", b"host", b"x-forwarded-for", b"x-forwarded-proto"})
_FORWARDED: Final = frozenset({b"forwarded", b"x-forwarded-for", b"x-forwarded-proto"})
_HOST: Final = re.compile(rb"(?:[A-Za-z0-9._~!$&'()*+;=%-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?")
_HOST_DETAIL: Final = "Send one Host header that names where the request goes."
_OPERATIONS: Final = "/api/v1/"
_READS: Final = frozenset({"GET", "HEAD"})
_HTTPS_DETAIL: Final = "This service is reached through HTTPS only."

_log = logging.getLogger("hestami.edge")
_access = logging.getLogger(ACCESS)
_faults = logging.getLogger("hestami.faults")


class EdgeMiddleware:
    """Middleware around all routes; a single one, because each layer costs every request."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        proxies: TrustedProxies,
        origins: Origins,
        limits: RateLimits,
        limit: RateLimitPolicy,
        read_seconds: float,
        prefix: str,
        https_only: bool,
        aliases: Mapping[str, str],
        plain_paths: frozenset[str],
        metrics: Metrics | None,
        tracer: Tracer | None,
        at_once: int,
    ) -> None:
        self._app = app
        self._under_way = UnderWay(at_once)
        self._proxies = proxies
        self._origins = origins
        self._limits = limits
        self._limit = limit
        self._read_seconds = read_seconds
        self._prefix = prefix
        self._https_only = https_only
        self._has_warned = False
        self._aliases = aliases
        self._plain_paths = plain_paths
        self._metrics = metrics
        self._traces = None if tracer is None else RequestTraces(tracer, proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        read = _headers(scope)
        self._strip_prefix(scope)
        trace = None if self._traces is None else self._traces.begin(scope, read.get(b"traceparent"))
        context = self._request_context(scope, read, trace)
        request_contexts.attach(scope, context)
        reading = read_time.begin()
        origin = read.get(b"origin")
        send = _compressed(send, scope, read)
        begun: float | None = None

        async def answer(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                if context.operation is None and context.counted is None:
                    # Counts requests that no operation's limit has counted: documents, unknown routes and methods,
                    # preflights.
                    await enforce(self._limits, context, self._limit, network_of(context.address))
                await self._charge(scope, context, reading)
                self._complete(message, context, origin)
                begun = time.perf_counter()
                self._under_way.end(context)
            await send(message)

        try:
            if refusal := self._refused(scope, context, read):
                await _send(refusal, answer)
            elif origin is not None and self._is_preflight(scope, read, origin):
                await _send(Reply(204, self._origins.preflight()), answer)
            else:
                await self._app(scope, self._entered(scope, receive, context), answer)
        except (ClientDisconnect, ClientGone):
            # The client has gone, which is no error of ours.
            context.status = 499
            _disconnect(scope)
            if begun is None:
                await self._charge(scope, context, reading)
        except Exception as error:  # noqa: BLE001 - the last place where an error can become an answer
            await self._fail(error, context, answer)
        finally:
            self._under_way.end(context)
            self._finish(scope, context, trace, started, begun)
            # It refers to the scope: together they would wait for the garbage collector.
            scope.pop(CYCLE, None)

    async def _charge(self, scope: Scope, context: RequestContext, reading: ReadTime) -> None:
        """Count a read that has taken the database long, before its response begins, as several.

        That bounds what a client can take of the database, whatever a request of theirs costs.
        """
        more = int(reading.seconds / self._read_seconds)
        if more and scope["method"] in _READS and context.counted is not None:
            policy, key = context.counted
            await self._limits.charge(policy, key, more)

    def _entered(self, scope: Scope, receive: Receive, context: RequestContext) -> Receive:
        """Admit a request under the path of the contract; health checks are never refused for load."""
        if alias := self._aliases.get(scope["path"]):
            scope["path"] = alias
            scope["raw_path"] = alias.encode("ascii")
        return receive if scope["path"] in self._plain_paths else self._under_way.begin(scope, receive, context)

    def _finish(
        self, scope: Scope, context: RequestContext, trace: Trace | None, started: float, begun: float | None
    ) -> None:
        """Log and count a request whose response began at `begun`, before it was sent to a client that may be slow."""
        ended = time.perf_counter()
        log_access(_access, scope, context, ended - started)
        if self._metrics is not None:
            self._metrics.answered(context, (begun or ended) - started)
        if trace is not None:
            RequestTraces.finish(trace, scope, context)

    def _complete(self, message: Message, context: RequestContext, origin: bytes | None) -> None:
        """Add to the start of a response what every one carries."""
        context.status = message["status"]
        lines = with_standard_headers(message.get("headers", ()), secure=context.secure)
        if self._prefix:
            lines = [(name, self._below_prefix(name, value)) for name, value in lines]
        lines.append((b"request-id", context.request_id.encode("ascii")))
        lines.extend(context.headers)
        add_headers(lines, self._origins.answer(origin))
        message["headers"] = lines

    def _request_context(self, scope: Scope, read: Mapping[bytes, bytes], trace: Trace | None) -> RequestContext:
        client = scope.get("client")
        peer = None if client is None else client[0]
        return RequestContext(
            path=self._prefix + scope["path"],
            prefix=self._prefix,
            request_id=request_contexts.request_id(read.get(b"request-id")),
            trace_id=request_contexts.trace_id(read.get(b"traceparent")) if trace is None else trace.trace_id,
            span_id=None if trace is None else trace.span_id,
            address=self._proxies.client(peer, read.get(b"x-forwarded-for")),
            user_agent=request_contexts.user_agent(read.get(b"user-agent")),
            accept=read.get(b"accept"),
            secure=self._proxies.secure(peer, scope["scheme"], read.get(b"x-forwarded-proto")),
        )

    def _strip_prefix(self, scope: Scope) -> None:
        """Take the path of API_URL away, for proxies that leave it on; others have taken it away already."""
        path: str = scope["path"]
        if self._prefix and path.startswith(f"{self._prefix}/") and not path.startswith(_OPERATIONS):
            scope["path"] = path.removeprefix(self._prefix)
            scope["raw_path"] = scope["raw_path"].removeprefix(self._prefix.encode("ascii"))

    def _below_prefix(self, name: bytes, value: bytes) -> bytes:
        is_ours = name == b"location" and value.startswith(b"/")
        return self._prefix.encode("ascii") + value if is_ours else value

    def _refused(self, scope: Scope, context: RequestContext, read: Mapping[bytes, bytes]) -> Reply | None:
        """Return what refuses the request before it is routed.

        Plain HTTP is refused, not redirected: its token has been sent in the clear, and the sender must notice.
        """
        host = read.get(b"host")
        if host is None and scope["http_version"] == "1.0":
            host = b"-"  # HTTP/1.0 has no Host, and probes of load balancers send none
        if host is None or not _HOST.fullmatch(host):
            return document(context, status=400, slug="malformed-request", detail=_HOST_DETAIL)
        if not self._https_only or context.secure or scope["path"] in self._plain_paths:
            return None
        self._warn_of_proxy(scope, read)
        return document(context, status=403, slug="forbidden", detail=_HTTPS_DETAIL)

    def _warn_of_proxy(self, scope: Scope, read: Mapping[bytes, bytes]) -> None:
        """Warn once if an unnamed proxy forwards requests, because then all of them are refused."""
        client = scope.get("client")
        if self._has_warned or client is None or self._proxies.trusts(client[0]) or _FORWARDED.isdisjoint(read):
            return
        self._has_warned = True
        _log.warning(
            "a proxy at %s forwards requests, but TRUSTED_PROXIES does not name it: what it says of HTTPS is not"
            " believed, and every request is refused with 403",
            client[0],
        )

    def _is_preflight(self, scope: Scope, read: Mapping[bytes, bytes], origin: bytes) -> bool:
        return (
            scope["method"] == "OPTIONS" and b"access-control-request-method" in read and self._origins.allows(origin)
        )

    async def _fail(self, error: Exception, context: RequestContext, answer: Send) -> None:
        fault = not is_expected(error) or (isinstance(error, HTTPException) and error.status_code >= 500)
        if fault:
            log_fault(_faults, error, context)
        if context.status:
            # The status has been sent, so that the failure can only show as a broken connection, which the server makes
            # of an incomplete reply.
            return
        try:
            await _send(render(error, context), answer)
        except RateLimited as refusal:
            await _send(render(refusal, context), answer)


def _compressed(send: Send, scope: Scope, read: Mapping[bytes, bytes]) -> Send:
    if scope["method"] not in {"GET", "HEAD"}:
        return send
    return CompressedSend(
        send,
        accept_encoding=read.get(b"accept-encoding"),
        is_head=scope["method"] == "HEAD",
    )


def _headers(scope: Scope) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        if name in _READ:
            if name not in found:
                found[name] = value
            elif name in _LISTS:
                found[name] += b"," + value
    return found


def _disconnect(scope: Scope) -> None:
    """Mark the connection as closed for the server, which learns it only in the next turn of its loop.

    It would report the missing response as a fault until then.
    """
    cycle: RequestResponseCycle | None = scope.get(CYCLE)
    if cycle is not None:
        cycle.disconnected = True


async def _send(reply: Reply, send: Send) -> None:
    await send(start_message(reply))
    await send({"type": "http.response.body", "body": reply.body})
