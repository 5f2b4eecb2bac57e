"""Root spans of requests, by the conventions of OpenTelemetry for HTTP servers, without what a client wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from impl.edge import request_context as request_contexts
from impl.kernel import tracing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from impl.edge.client import TrustedProxies
    from impl.edge.request_context import RequestContext
    from impl.kernel.tracing import Trace, Tracer

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# The convention's word for a method that is none: anybody may write one.
_OTHER: Final = "_OTHER"


class RequestTraces:
    """Begins and ends the trace of each request.

    The trace of a trusted proxy is gone on with, and its decision to sample is followed. Anybody else's is not: a
    client could have itself recorded at will, or add its requests to the trace of another one.
    """

    def __init__(self, tracer: Tracer, proxies: TrustedProxies) -> None:
        self._tracer = tracer
        self._proxies = proxies

    def begin(self, scope: Mapping[str, Any], traceparent: bytes | None) -> Trace:
        """Begin the trace of a request, or go on with that of a trusted proxy, for the running task."""
        method = scope["method"] if scope["method"] in _METHODS else _OTHER
        client = scope.get("client")
        is_trusted = client is not None and self._proxies.trusts(client[0])
        trace = self._tracer.begin(
            method,
            "server",
            {"http.request.method": method, "url.scheme": scope["scheme"]},
            parent=request_contexts.parent(traceparent) if is_trusted else None,
        )
        tracing.enter(trace)
        return trace

    @staticmethod
    def finish(trace: Trace, scope: Mapping[str, Any], context: RequestContext) -> None:
        """End the trace, and name it by the operation."""
        if not trace.is_open:
            return
        if context.operation is not None:
            trace.rename(context.operation.id)
        route = getattr(scope.get("route"), "path", None)
        if route is not None:
            trace.set("http.route", route)
        error = None
        if context.status:
            trace.set("http.response.status_code", context.status)
        if context.problem is not None:
            trace.set("hestami.problem", context.problem)
        if context.status >= 500 or not context.status:
            error = context.problem or str(context.status)
        trace.end(error)
