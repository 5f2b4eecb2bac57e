"""A response that comes before the end of its request is whole, and the rest of the request can be sent."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import Final, NoReturn
from urllib.parse import urlsplit

import pytest

from tests.harness.databases import Databases, Engine
from tests.harness.patience import PATIENCE
from tests.harness.service import Service, run_service

_BYTES: Final = 8_000_000
_END: Final = b"Host: hestami.test\r\nContent-Type: application/json\r\nConnection: close\r\n"
_LENGTH: Final = b"Content-Length: %d\r\n" % _BYTES

_REQUESTS: Final = {
    "no such path": (b"POST /api/v1/nothing HTTP/1.1\r\n" + _END + _LENGTH + b"\r\n", 404),
    "no such method": (b"PUT /api/v1/health/live HTTP/1.1\r\n" + _END + _LENGTH + b"\r\n", 405),
    "nobody": (b"POST /api/v1/homeowners/properties HTTP/1.1\r\n" + _END + _LENGTH + b"\r\n", 401),
    "too much": (b"POST /api/v1/auth/login HTTP/1.1\r\n" + _END + _LENGTH + b"\r\n", 413),
    "too much in chunks": (
        b"POST /api/v1/auth/login HTTP/1.1\r\n"
        + _END
        + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % _BYTES
        + bytes(2_000_000),
        413,
    ),
    "an old version": (b"POST /api/v1/auth/login HTTP/1.0\r\nHost: hestami.test\r\n" + _LENGTH + b"\r\n", 415),
    "no http": (b"POST /api/v1/auth/login HTTP/1.1\r\nHost\r\n\r\n", 400),
    "too large a head": (b"GET /api/v1/health/live HTTP/1.1\r\nX: " + b"a" * 400_000, 400),
    "wrong in a body": (
        b"POST /api/v1/auth/login HTTP/1.1\r\n" + _END + b"Transfer-Encoding: chunked\r\n\r\nno length\r\n",
        400,
    ),
}


def _send_then_read(url: str, head: bytes) -> tuple[int, dict[str, object]]:
    """Send a request of which the response comes early, then the rest, and only then read the response."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), PATIENCE) as connection:
        connection.sendall(head)
        begun = connection.recv(1, socket.MSG_PEEK)
        connection.sendall(bytes(_BYTES))
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while part := connection.recv(65_536):
            received += part
    assert begun == b"H"
    head, _, body = received.partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), json.loads(body)


async def _send_for_ever(writer: asyncio.StreamWriter) -> NoReturn:
    while True:
        writer.write(bytes(65_536))
        await writer.drain()


@pytest.mark.parametrize(("head", "status"), _REQUESTS.values(), ids=_REQUESTS.keys())
async def test_the_rest_is_read_and_the_response_is_whole(service: Service, head: bytes, status: int) -> None:
    answered, problem = await asyncio.to_thread(_send_then_read, service.url, head)
    assert answered == problem["status"] == status


async def test_the_response_ends_before_the_request(service: Service) -> None:
    address = urlsplit(service.url)
    async with asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(_REQUESTS["nobody"][0])
        assert (await reader.read()).startswith(b"HTTP/1.1 401 ")
        writer.write(bytes(_BYTES))
        await writer.drain()
        writer.close()
        await writer.wait_closed()


async def test_what_follows_a_request_that_was_answered_is_no_request(service: Service) -> None:
    address = urlsplit(service.url)
    whole = b"GET /api/v1/health/live HTTP/1.1\r\nHost: x\r\n\r\n"
    async with asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(b"POST /api/v1/nothing HTTP/1.1\r\nContent-Length: 9\r\n" + _END + b"\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(b"some more" + whole + whole)
        rest = await reader.read()
        writer.close()
    assert head.startswith(b"HTTP/1.1 404 ")
    assert b"HTTP/1.1" not in rest


async def test_who_sends_for_ever_is_cut_off(databases: Databases, engine: Engine, worker_id: str) -> None:
    async with run_service(databases, engine, f"early_{worker_id}", request_body_seconds=0.5) as service:
        address = urlsplit(service.url)

        async def send(head: bytes) -> None:
            _, writer = await asyncio.open_connection(address.hostname, address.port)
            writer.write(head)
            with pytest.raises(ConnectionError):
                await _send_for_ever(writer)
            writer.close()

        # At the same time, since each is read for as long as it may take.
        async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as sending:
            for head, _ in _REQUESTS.values():
                sending.create_task(send(head))
