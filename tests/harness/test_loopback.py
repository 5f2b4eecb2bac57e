"""The harness itself: what the clients of tests are answered is what was sent, and connections are used again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx
import pytest

from tests.harness.client import TRUST
from tests.harness.loopback import LoopbackTransport

_PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class _Server:
    """Server that answers requests with given bytes, in order; it ends a connection instead of an answer of None."""

    def __init__(self, answers: Sequence[bytes | None]) -> None:
        self._answers = list(answers)
        self.connections = 0
        self.requests: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while self._answers:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next((line for line in head.split(b"\r\n") if line.startswith(b"Content-Length")), b": 0")
                self.requests.append(head + await reader.readexactly(int(length.split(b": ")[1])))
                answer = self._answers.pop(0)
                if answer is None:
                    break
                writer.write(answer)
                await writer.drain()
                if b"Length" not in answer and b"chunked" not in answer and b" 304 " not in answer:
                    break
        except asyncio.IncompleteReadError:
            pass
        writer.close()


@asynccontextmanager
async def _opened(*answers: bytes | None, limit: float = 60) -> AsyncIterator[tuple[httpx.AsyncClient, _Server]]:
    server = _Server(answers)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    transport = LoopbackTransport(httpx.AsyncHTTPTransport(verify=TRUST))
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", transport=transport, timeout=limit) as client:
        yield client, server
    listening.close()


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (_PLAIN, b"ok"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\nLate: yes\r\n\r\n", b"abc"),
        (b"HTTP/1.1 200 OK\r\n\r\nuntil the end", b"until the end"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + _PLAIN, b"ok"),
        (b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n', b""),
    ],
)
async def test_each_kind_of_answer_is_read(answer: bytes, body: bytes) -> None:
    async with _opened(answer) as (client, _):
        got = await client.get("/")
    assert (got.content, got.status_code) == (body, 304 if b"304" in answer else 200)
    assert "Late" not in got.headers


async def test_a_connection_carries_one_request_after_another() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
    async with _opened(_PLAIN, head, _PLAIN) as (client, server):
        assert (await client.post("/a?b=%20", json=[1])).text == "ok"
        assert (await client.head("/")).headers["Content-Length"] == "2"
        assert (await client.get("/")).text == "ok"
    assert server.connections == 1
    assert server.requests[0].startswith(b"POST /a?b=%20 HTTP/1.1\r\nHost: 127.0.0.1:")
    assert server.requests[0].endswith(b"\r\n\r\n[1]")


async def test_a_connection_that_was_closed_meanwhile_is_not_used_again() -> None:
    async with _opened(b"HTTP/1.1 200 OK\r\n\r\nfirst", _PLAIN) as (client, server):
        assert (await client.get("/")).text == "first"
        assert (await client.get("/")).text == "ok"
    assert server.connections == 2


@pytest.mark.parametrize("answer", [None, b"HTTP/1.1 200 OK\r\nContent-Len", b"no answer\r\n\r\n"])
async def test_what_is_no_answer_is_an_error(answer: bytes | None) -> None:
    async with _opened(answer) as (client, _):
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get("/")


async def test_half_an_answer_is_an_error_or_out_of_time() -> None:
    half = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok"
    async with _opened(half) as (client, _):
        with pytest.raises(httpx.RemoteProtocolError, match="incomplete answer"):
            await client.get("/")
    async with _opened(half, None, limit=0.1) as (client, _):
        with pytest.raises(httpx.ReadTimeout):
            await client.get("/")


async def test_nobody_listens() -> None:
    transport = LoopbackTransport(httpx.AsyncHTTPTransport(verify=TRUST))
    async with httpx.AsyncClient(transport=transport) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get("http://127.0.0.1:9/")
