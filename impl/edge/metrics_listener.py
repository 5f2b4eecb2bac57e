"""Listener of its own for metrics, at a port that the service's proxy does not lead to."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

import uvicorn
from uvicorn.server import ServerState

from impl.edge import connections, server
from impl.edge.headers import with_standard_headers
from impl.kernel.settings.address import host_and_port
from openapi.runtime.routing import start_message
from openapi.runtime.wire import Reply

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from impl.edge.metrics import Metrics

PATH: Final = "/metrics"
_TEXT: Final = {"content-type": "text/plain; charset=utf-8"}
_CONNECTIONS_MAX: Final = 32
_TIMEOUTS: Final = connections.ClientTimeouts(head=10, body=10, response=60)


@dataclass(frozen=True, slots=True)
class Listening:
    """Place where metrics are read, and the bearer token that their reader sends, if one is needed."""

    host: str
    port: int
    token: str | None


class MetricsPage:
    """ASGI application of one page."""

    def __init__(self, metrics: Metrics, token: str | None) -> None:
        self._metrics = metrics
        self._credentials = None if token is None else _digest(f"Bearer {token}".encode())
        # One at a time: whoever asks often must not keep the processor from requests.
        self._turn = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        reply = await self._answer(scope)
        message = start_message(reply)
        message["headers"] = with_standard_headers(message["headers"], secure=False)
        await send(message)
        await send({"type": "http.response.body", "body": reply.body})

    async def _answer(self, scope: Scope) -> Reply:
        if scope["path"] != PATH:
            return Reply(404, _TEXT, b"There is only /metrics here.\n")
        if scope["method"] not in {"GET", "HEAD"}:
            return Reply(405, _TEXT | {"allow": "GET, HEAD"}, b"Metrics are only read.\n")
        headers = dict(scope["headers"])
        if not self._may_read(headers.get(b"authorization", b"")):
            return Reply(401, _TEXT | {"www-authenticate": "Bearer"}, b"Send METRICS_TOKEN as a bearer token.\n")
        from prometheus_client.exposition import choose_encoder  # noqa: PLC0415 - slow, and not for every process

        encode, media_type = choose_encoder(headers.get(b"accept", b"").decode("latin-1"))
        async with self._turn:
            await self._metrics.look()
            # In a thread, because a process that has served every operation writes some thousand lines.
            body = await asyncio.to_thread(encode, self._metrics.registry)
        return Reply(200, {"content-type": media_type}, body)

    def _may_read(self, authorization: bytes) -> bool:
        return self._credentials is None or hmac.compare_digest(_digest(authorization), self._credentials)


@asynccontextmanager
async def listening(metrics: Metrics | None, place: Listening | None) -> AsyncIterator[None]:
    """Serve the metrics until the block ends; raise OSError if the port is in use."""
    if metrics is None or place is None:
        yield
        return
    config = uvicorn.Config(
        MetricsPage(metrics, place.token),
        **server.options(host=place.host, port=place.port),
        limit_concurrency=_CONNECTIONS_MAX,
    )
    config.load()
    state = ServerState()
    listener = await asyncio.get_running_loop().create_server(
        lambda: connections.BoundedProtocol(
            config=config, server_state=state, app_state={connections.CLIENT_TIMEOUTS: _TIMEOUTS}
        ),
        sock=_bound(place),
    )
    try:
        yield
    finally:
        listener.close()
        for connection in list(state.connections):
            connection.shutdown()


def _bound(place: Listening) -> socket.socket:
    family = socket.AF_INET6 if ip_address(place.host).version == 6 else socket.AF_INET
    try:
        return socket.create_server((place.host, place.port), family=family)
    except OSError as error:
        where = host_and_port(place.host, place.port)
        raise OSError(error.errno, f"metrics cannot be served at {where} (METRICS_PORT): {error.strerror}") from error


def _digest(text: bytes) -> bytes:
    """Hash a value before the comparison, so that its length is not revealed."""
    return hashlib.sha256(text).digest()
