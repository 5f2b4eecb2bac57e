"""Middleware around an application of a test's own, and the lines that both write to the log."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, override

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from impl.edge.client import TrustedProxies
from impl.edge.headers import Origins
from impl.edge.limits import MemoryWindows, WindowLimits
from impl.edge.logs import JsonLines
from impl.edge.middleware import EdgeMiddleware
from openapi.runtime.wire import RateLimitPolicy

type Headers = dict[bytes, bytes]

ORIGIN: Final = b"https://app.hestami.test"
_POLICY: Final = RateLimitPolicy(name="probe", quota=2, window=60, partition="address")
_HOST: Final = (b"host", b"api.hestami.test")


class Application:
    """Application that answers each request alike, and keeps what it was asked."""

    def __init__(self, *, headers: Sequence[tuple[bytes, bytes]] = (), error: Exception | None = None) -> None:
        self.asked: list[Scope] = []
        self.headers = headers
        self.error = error
        self.begins = error is None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked.append(dict(scope))
        if self.begins:
            await send({"type": "http.response.start", "status": 200, "headers": list(self.headers)})
        if self.error is not None:
            raise self.error
        await send({"type": "http.response.body", "body": b"done"})


def edge_around(app: ASGIApp, **changes: Any) -> EdgeMiddleware:  # noqa: ANN401 - of all kinds
    arguments: dict[str, Any] = {
        "proxies": TrustedProxies(["10.0.0.0/8"]),
        "origins": Origins([ORIGIN.decode()]),
        "limits": WindowLimits(MemoryWindows(now=lambda: 0.0), now=lambda: 0.0),
        "limit": _POLICY,
        "read_seconds": 0.1,
        "prefix": "",
        "https_only": False,
        "aliases": {"/health": "/api/v1/health"},
        "plain_paths": frozenset({"/health"}),
        "metrics": None,
        "tracer": None,
        "at_once": 1,
    }
    return EdgeMiddleware(app, **{**arguments, **changes})


def scope_of(path: str = "/", *headers: tuple[bytes, bytes], **changes: object) -> Scope:
    return {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "client": ("192.0.2.7", 4711),
        "headers": [_HOST, (b"request-id", b"asked-by-me"), *headers],
        **changes,
    }


async def ask(edge: ASGIApp, scope: Scope) -> list[Message]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        raise AssertionError

    await edge(scope, receive, send)
    return sent


async def answered_by(edge: ASGIApp, scope: Scope) -> tuple[int, Headers, bytes]:
    """Return status, headers and body of a response in which no header comes twice."""
    start, body = await ask(edge, scope)
    headers = dict(start["headers"])
    assert len(headers) == len(start["headers"])
    return start["status"], headers, body["body"]


class _Lines(logging.Handler):
    """Lines of this thread: a service of other tests lives in another one."""

    def __init__(self) -> None:
        super().__init__()
        self._thread = threading.get_ident()
        self.lines: list[dict[str, Any]] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self.lines.append(json.loads(JsonLines().format(record)))


@contextmanager
def lines_of_log() -> Iterator[list[dict[str, Any]]]:
    handler = _Lines()
    loggers = [logging.getLogger(f"hestami.{name}") for name in ("access", "edge", "faults")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
    try:
        yield handler.lines
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.removeHandler(handler)
            logger.setLevel(level)


class Packets(asyncio.Transport):
    """Transport that collects what is given to it at once."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []
        self.closed = False

    @override
    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent.append(bytes(data))

    @override
    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        self.sent.append(b"".join(list_of_data))

    @override
    def write_eof(self) -> None:
        """End nothing: what follows is not sent."""

    @override
    def get_protocol(self) -> asyncio.BaseProtocol:
        return asyncio.Protocol()

    @override
    def close(self) -> None:
        self.closed = True

    @override
    def is_closing(self) -> bool:
        return self.closed
