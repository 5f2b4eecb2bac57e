"""The one ASGI layer around all routes: names the request, answers what fails, completes headers, writes the log."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from impl.edge import request_context as request_contexts
from impl.edge.client import TrustedProxies
from impl.edge.headers import Origins, with_standard_headers
from impl.edge.logs import ACCESS, log_access, log_fault
from impl.edge.problems import document, is_expected, render
from impl.edge.request_context import RequestContext
from openapi.runtime.routing import start_message
from openapi.runtime.wire import Reply

# What the edge reads of a request. Of a header given twice the first counts, except for lists, whose entries may stand
# in lines of their own: of those that proxies append to, the last entry is the trusted one.
_READ: Final = frozenset(
    {
        b"accept",
        b"access-control-request-method",
        b"origin",
        b"request-id",
        b"traceparent",
        b"user-agent",
        b"x-forwarded-for",
        b"x-forwarded-proto",
    }
)
_LISTS: Final = frozenset({b"accept", b"x-forwarded-for", b"x-forwarded-proto"})
_HTTPS_DETAIL: Final = "This service is reached through HTTPS only."

_access = logging.getLogger(ACCESS)
_faults = logging.getLogger("hestami.faults")


class EdgeMiddleware:
    """One layer, because each costs every request: Starlette's and FastAPI's five are left out of the stack."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        proxies: TrustedProxies,
        origins: Origins,
        https_only: bool,
        aliases: Mapping[str, str],
        plain_paths: frozenset[str],
    ) -> None:
        self._app = app
        self._proxies = proxies
        self._origins = origins
        self._https_only = https_only
        self._aliases = aliases
        self._plain_paths = plain_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        read = _headers(scope)
        context = self._request_context(scope, read)
        request_contexts.attach(scope, context)
        origin = read.get(b"origin")

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                context.status = message["status"]
                lines = with_standard_headers(message.get("headers", ()), secure=context.secure)
                lines.append((b"request-id", context.request_id.encode("ascii")))
                lines.extend(context.headers)
                lines.extend(self._origins.answer(origin))
                message["headers"] = lines
            await send(message)

        try:
            if refusal := self._refused(scope, context):
                await _send(refusal, answer)
            elif origin is not None and self._is_preflight(scope, read, origin):
                await _send(Reply(204, self._origins.preflight()), answer)
            else:
                if alias := self._aliases.get(scope["path"]):
                    scope["path"] = alias
                    scope["raw_path"] = alias.encode("ascii")
                await self._app(scope, receive, answer)
        except ClientDisconnect:
            # Nobody is there to answer, and nothing is wrong here.
            context.status = 499
        except Exception as error:  # noqa: BLE001  the last place where an error can become an answer
            await self._fail(error, context, answer)
        finally:
            log_access(_access, scope, context, time.perf_counter() - started)

    def _request_context(self, scope: Scope, read: Mapping[bytes, bytes]) -> RequestContext:
        client = scope.get("client")
        peer = None if client is None else client[0]
        return RequestContext(
            path=scope["path"],
            request_id=request_contexts.request_id(read.get(b"request-id")),
            trace_id=request_contexts.trace_id(read.get(b"traceparent")),
            address=self._proxies.client(peer, read.get(b"x-forwarded-for")),
            user_agent=request_contexts.user_agent(read.get(b"user-agent")),
            accept=read.get(b"accept"),
            secure=self._proxies.secure(peer, scope["scheme"], read.get(b"x-forwarded-proto")),
        )

    def _refused(self, scope: Scope, context: RequestContext) -> Reply | None:
        """Refuse plain HTTP instead of redirecting it: its token was sent in the clear, and the sender must notice."""
        if not self._https_only or context.secure or scope["path"] in self._plain_paths:
            return None
        return document(context, status=403, slug="forbidden", detail=_HTTPS_DETAIL)

    def _is_preflight(self, scope: Scope, read: Mapping[bytes, bytes], origin: bytes) -> bool:
        return (
            scope["method"] == "OPTIONS" and b"access-control-request-method" in read and self._origins.allows(origin)
        )

    async def _fail(self, error: Exception, context: RequestContext, answer: Send) -> None:
        fault = not is_expected(error) or (isinstance(error, HTTPException) and error.status_code >= 500)
        if fault:
            log_fault(_faults, error, context)
        if context.status:
            # The status is out, so the only honest end is a torn connection, which the server makes of a reply that
            # never completes.
            return
        await _send(render(error, context), answer)


def _headers(scope: Scope) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        if name in _READ:
            if name not in found:
                found[name] = value
            elif name in _LISTS:
                found[name] += b"," + value
    return found


async def _send(reply: Reply, send: Send) -> None:
    await send(start_message(reply))
    await send({"type": "http.response.body", "body": reply.body})
