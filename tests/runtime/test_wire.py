"""The sample service behind a real server, for what only bytes on a socket can show."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn

from tests.runtime.service import BOOK_ID, Seen, application

REQUESTS: dict[str, tuple[bytes, bytes]] = {
    "an escaped slash stays in its segment": (b"GET /api/v1/books/a%2Fcover HTTP/1.1\r\n", b"422"),
    "bytes that are not UTF-8 in a path": (b"GET /api/v1/books/%C3%28 HTTP/1.1\r\n", b"422"),
    "bytes that are not UTF-8 in a static segment": (b"GET /api/v1/b%FFoks HTTP/1.1\r\n", b"404"),
    "a NUL in a path": (b"GET /api/v1/books/%00 HTTP/1.1\r\n", b"422"),
    "dots are segments": (b"GET /api/v1/books/../books HTTP/1.1\r\n", b"404"),
    "a trailing slash": (b"GET /api/v1/books/ HTTP/1.1\r\n", b"404"),
    "an empty name in a query": (b"GET /api/v1/books?& HTTP/1.1\r\n", b"200"),
    "a long query": (b"GET /api/v1/books?title=" + b"a" * 30_000 + b" HTTP/1.1\r\n", b"422"),
    "a broken escape in a query": (b"GET /api/v1/books?title=%zz HTTP/1.1\r\n", b"200"),
    "bytes above ASCII in a header": (b"GET /api/v1/books HTTP/1.1\r\nAccept-Shelf: \xb2\r\n", b"422"),
    "another method": (b"PROPFIND /api/v1/books HTTP/1.1\r\n", b"405"),
    "a body in chunks": (
        b"POST /api/v1/books HTTP/1.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n",
        b"201",
    ),
}
CHUNKS = b'1b\r\n{"title": "Emma", "genre": \r\n16\r\n"NOVEL", "pages": 474}\r\n0\r\n\r\n'


@pytest.fixture
async def address() -> AsyncIterator[tuple[str, int]]:
    """Return the address that the server listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(application(Seen()), log_config=None, lifespan="off", ws="none")
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve([listener]))
        host, port = listener.getsockname()
        yield host, port
        server.should_exit = True
        await running


async def exchange(address: tuple[str, int], request: bytes) -> bytes:
    """Send a request, and return all that the server answers until it closes."""
    reader, writer = await asyncio.open_connection(*address)
    writer.write(request)
    await writer.drain()
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    await writer.wait_closed()
    return answer


@pytest.mark.parametrize(("request_", "status"), REQUESTS.values(), ids=REQUESTS.keys())
async def test_odd_bytes_get_their_status(address: tuple[str, int], request_: bytes, status: bytes) -> None:
    body = CHUNKS if b"chunked" in request_ else b""
    answer = await exchange(address, request_ + b"Host: x\r\nAuthorization: y\r\nConnection: close\r\n\r\n" + body)
    assert answer.split(b" ", 2)[1] == status, answer[:300]


async def test_head_has_the_length_but_no_body(address: tuple[str, int]) -> None:
    path = f"/api/v1/books/{BOOK_ID}".encode()
    answer = await exchange(
        address, b"HEAD " + path + b" HTTP/1.1\r\nHost: x\r\nAuthorization: y\r\nConnection: close\r\n\r\n"
    )
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    assert b"content-length: " in head
    assert body == b""


async def test_a_client_that_leaves_early_breaks_nothing(address: tuple[str, int]) -> None:
    _, writer = await asyncio.open_connection(*address)
    writer.write(
        b"POST /api/v1/books HTTP/1.1\r\nHost: x\r\nAuthorization: y\r\nContent-Type: application/json\r\n"
        b'Content-Length: 100\r\n\r\n{"title": '
    )
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    answer = await exchange(
        address, b"GET /api/v1/books HTTP/1.1\r\nHost: x\r\nAuthorization: y\r\nConnection: close\r\n\r\n"
    )
    assert answer.startswith(b"HTTP/1.1 200")
