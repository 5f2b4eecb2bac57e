"""Context of a request and its response, from the first middleware to the log line."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, MutableMapping
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final, cast

from impl.kernel.caller import AnonymousClient
from impl.kernel.ids import new_id

if TYPE_CHECKING:
    from uuid import UUID

    from openapi.runtime.wire import Operation, RateLimitPolicy

_SCOPE_KEY: Final = "hestami.context"
_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._-]{8,64}", re.ASCII)
# W3C Trace Context, section 3.2.2: version ff is forbidden, later versions may append fields.
_TRACEPARENT: Final = re.compile(rb"(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-[!-~]*)?")
_NO_TRACE: Final = b"0" * 32
_NO_SPAN: Final = b"0" * 16
_USER_AGENT_MAX: Final = 256

_current: ContextVar[RequestContext | None] = ContextVar("hestami_request_context", default=None)


class RequestContext:
    """State of one request: its client, its operation and outcome, and headers for the response."""

    __slots__ = (
        "accept",
        "address",
        "caller_id",
        "counted",
        "headers",
        "is_under_way",
        "operation",
        "path",
        "prefix",
        "problem",
        "request_id",
        "secure",
        "span_id",
        "status",
        "trace_id",
        "user_agent",
    )

    def __init__(
        self,
        *,
        path: str,
        prefix: str,
        request_id: str,
        trace_id: str,
        address: str,
        user_agent: str,
        accept: bytes | None,
        secure: bool,
        span_id: str | None = None,
    ) -> None:
        self.path = path
        self.prefix = prefix
        self.request_id = request_id
        self.trace_id = trace_id
        self.span_id = span_id
        self.address = address
        self.user_agent = user_agent
        self.accept = accept
        self.secure = secure
        self.operation: Operation | None = None
        # Policy and key by which it was counted.
        self.counted: tuple[RateLimitPolicy, str] | None = None
        self.caller_id: UUID | None = None
        self.problem: str | None = None
        self.status = 0
        self.is_under_way = False
        self.headers: list[tuple[bytes, bytes]] = []

    def client(self) -> AnonymousClient:
        """Return the client of the request, as one who has not signed in."""
        return AnonymousClient(address=self.address, user_agent=self.user_agent, request_id=self.request_id)


def attach(scope: MutableMapping[str, Any], context: RequestContext) -> None:
    """Attach the context to its request, and to the running task."""
    scope[_SCOPE_KEY] = context
    _current.set(context)


def context_of(scope: MutableMapping[str, Any]) -> RequestContext:
    """Return the context of a request that the middleware has let in."""
    return cast(RequestContext, scope[_SCOPE_KEY])


def operation_of(scope: Mapping[str, Any]) -> str:
    """Return the operation that a request has reached, if any; its path may hold a secret."""
    context: RequestContext | None = scope.get(_SCOPE_KEY)
    return "a request" if context is None or context.operation is None else context.operation.id


def current() -> RequestContext | None:
    """Return the context of the request that the running task serves, for log lines."""
    return _current.get()


def request_id(offered: bytes | None) -> str:
    """Return the sender's request id if it is harmless in logs and headers, else a new one."""
    if offered is not None and _REQUEST_ID.fullmatch(offered):
        return offered.decode("ascii")
    return str(new_id())


def trace_id(traceparent: bytes | None) -> str:
    """Return the trace id of a valid `traceparent`, else a new one: an invalid header restarts the trace."""
    valid = parent(traceparent)
    return secrets.token_hex(16) if valid is None else valid.split("-")[1]


def parent(traceparent: bytes | None) -> str | None:
    """Return a `traceparent` if it is valid."""
    if traceparent is not None and (match := _TRACEPARENT.fullmatch(traceparent)):
        trace, span = match.groups()
        if trace != _NO_TRACE and span != _NO_SPAN:
            return traceparent.decode("ascii")
    return None


def user_agent(offered: bytes | None) -> str:
    """Return the user agent, cut to the length that audit events and sessions store."""
    return "" if offered is None else offered[:_USER_AGENT_MAX].decode("latin-1")
