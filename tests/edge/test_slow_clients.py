"""Clients that send or read slowly, or nothing at all, lose their connection."""

from __future__ import annotations

import asyncio
import socket
from typing import Final, override
from urllib.parse import urlsplit

import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.server import ServerState

from impl.edge.connections import CLIENT_TIMEOUTS, CYCLE, BoundedProtocol, ClientTimeouts
from impl.edge.logs import MALFORMED
from impl.edge.server import options
from impl.kernel.presence import ClientGone
from tests.edge.application import edge_around
from tests.harness.databases import Databases, Engine
from tests.harness.patience import PATIENCE
from tests.harness.service import run_service

_HEAD: Final = b"GET /api/v1/health/live HTTP/1.1\r\nHost: hestami.test\r\n"
_WHOLE: Final = _HEAD + b"\r\n"
_UPLOAD: Final = (
    b"POST /api/v1/auth/reset-password HTTP/1.1\r\nHost: hestami.test\r\n"
    b"Content-Type: application/json\r\nContent-Length: 30\r\n\r\n"
)
_PARTS: Final = 100
_PART_BYTES: Final = 1_000_000


async def _answers(url: str, sent: bytes) -> int:
    """Send these bytes, wait until the service closes the connection, and return how many requests it has answered."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(sent)
    async with asyncio.timeout(PATIENCE):
        said = await reader.read()
    writer.close()
    return said.count(b"HTTP/1.1 ")


async def test_a_head_that_does_not_arrive_ends_the_connection(
    databases: Databases, engine: Engine, worker_id: str
) -> None:
    sent = (b"", _HEAD, _WHOLE + _HEAD, _WHOLE + _WHOLE + _HEAD)
    async with run_service(databases, engine, f"slow_{worker_id}", request_head_seconds=1.0) as service:
        answered = await asyncio.gather(*(_answers(service.url, one) for one in sent))
    # At most: a machine that stands still for a second has not even sent what is whole.
    assert all(count <= most for count, most in zip(answered, (0, 0, 1, 2), strict=True))


async def test_a_body_that_does_not_arrive_ends_the_connection(
    databases: Databases, engine: Engine, worker_id: str
) -> None:
    sent = (_UPLOAD, _UPLOAD + b'{"email": ', _WHOLE + _UPLOAD)
    async with run_service(databases, engine, f"slow_body_{worker_id}", request_body_seconds=0.5) as service:
        answered = await asyncio.gather(*(_answers(service.url, one) for one in sent))
    assert answered == [0, 0, 1]


async def test_who_has_sent_all_keeps_the_connection(databases: Databases, engine: Engine, worker_id: str) -> None:
    async with run_service(databases, engine, f"patient_{worker_id}", request_head_seconds=3.0) as service:
        address = urlsplit(service.url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        for _ in range(2):
            writer.write(_WHOLE)
            async with asyncio.timeout(PATIENCE):
                assert b" 200 " in await reader.readuntil(b"}")
            # By the time that a later connection is given up, this one would have been too.
            assert await _answers(service.url, b"") == 0
        writer.close()


async def test_who_takes_nothing_of_a_response_loses_the_connection() -> None:
    """Free what waits for a client that does not read: it would stay in memory, and a stream under way."""
    kept: list[int] = []
    assert isinstance(await _lost(_send_much, kept), TimeoutError)
    assert kept == [200]


async def test_who_leaves_within_a_turn_of_the_loop_is_no_fault(caplog: pytest.LogCaptureFixture) -> None:
    """A connection is closed a turn before the server hears of it, and a request may end in between."""
    assert await _lost(edge_around(_close_and_leave)) is None
    # Of other loggers there may be lines of a service that other tests share.
    assert [record.getMessage() for record in caplog.records if record.name == MALFORMED] == []


async def _lost(app: ASGIApp, kept: list[int] | None = None) -> Exception | None:
    """Send an application a request, and return with what its connection was lost; note how long it is kept at most."""
    ends: asyncio.Queue[Exception | None] = asyncio.Queue()

    class Connection(BoundedProtocol):
        @override
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
            super().connection_made(transport)
            if kept is not None:
                own: socket.socket = transport.get_extra_info("socket")
                kept.append(own.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT))

        @override
        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            ends.put_nowait(exc)

    config = uvicorn.Config(app, **options(host="127.0.0.1", port=0))
    config.load()
    timeouts = ClientTimeouts(head=PATIENCE, body=PATIENCE, response=0.2)
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(config=config, server_state=ServerState(), app_state={CLIENT_TIMEOUTS: timeouts}),
        "127.0.0.1",
        0,
    )
    try:
        with socket.create_connection(server.sockets[0].getsockname(), PATIENCE) as client:
            client.sendall(_WHOLE)
            async with asyncio.timeout(PATIENCE):
                return await ends.get()
    finally:
        server.close()


async def _close_and_leave(scope: Scope, _receive: Receive, _send: Send) -> None:
    """End as what would begin for a client whose connection is closed."""
    scope[CYCLE].transport.close()
    raise ClientGone


async def _send_much(scope: Scope, _receive: Receive, send: Send) -> None:
    """Send more than the system takes for a client that does not read."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(_PARTS):
        await send({"type": "http.response.body", "body": bytes(_PART_BYTES), "more_body": True})
    await send({"type": "http.response.body", "body": b""})
