"""Transport of httpx to servers of this machine: asyncio's sockets, and the parser that the service itself uses.

httpcore asks anyio for each read and write, and h11 parses in Python: together they took a sixth of the tests' time.
"""

from __future__ import annotations

import asyncio
import select
import socket
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Final, cast, override

import httptools
import httpx

_INFORMATIONAL: Final = range(100, 200)
_HTTP: Final = b"HTTP/1.1"


class LoopbackTransport(httpx.AsyncBaseTransport):
    """Sends requests over connections that are kept open; other schemes and streamed bodies go by httpx's own way."""

    def __init__(self, other: httpx.AsyncHTTPTransport) -> None:
        self._other = other
        self._idle: defaultdict[tuple[str, int], list[_Connection]] = defaultdict(list)

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.scheme != "http" or not isinstance(request.stream, httpx.SyncByteStream):
            return await self._other.handle_async_request(request)
        limits = cast("dict[str, float | None]", request.extensions.get("timeout", {}))
        origin = request.url.host, request.url.port or 80
        connection = await self._connection(origin, limits.get("connect"))
        try:
            answer = await connection.ask(request, limits.get("read"))
        except BaseException:
            connection.abort()
            raise
        return httpx.Response(
            answer.status,
            headers=answer.headers,
            stream=_Body(connection, self._idle[origin]),
            extensions={"http_version": _HTTP, "reason_phrase": answer.reason},
        )

    @override
    async def aclose(self) -> None:
        for connections in self._idle.values():
            for connection in connections:
                connection.abort()
        self._idle.clear()
        await self._other.aclose()

    async def _connection(self, origin: tuple[str, int], limit: float | None) -> _Connection:
        idle = self._idle[origin]
        while idle:
            connection = idle.pop()
            if connection.is_usable():
                return connection
            connection.abort()
        try:
            async with asyncio.timeout(limit):
                _, made = await asyncio.get_running_loop().create_connection(_Connection, *origin)
        except TimeoutError as error:
            raise httpx.ConnectTimeout(f"no connection to {origin}") from error
        except OSError as error:
            raise httpx.ConnectError(str(error)) from error
        return made


class _Answer:
    """Answer, as it is parsed."""

    def __init__(self) -> None:
        self.status = 0
        self.reason = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.chunks: list[bytes] = []
        self.has_head = self.is_complete = self.lasts_until_the_end = False
        self.keeps_the_connection = False


class _Connection(asyncio.Protocol):
    """Connection that carries one request at a time."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._parser: httptools.HttpResponseParser | None = None
        self._method = ""
        self._answer = _Answer()
        self._limit: float | None = None
        self._news: asyncio.Future[None] | None = None
        self._is_lost = False
        self._error: Exception | None = None
        self._poll = select.poll()

    async def ask(self, request: httpx.Request, limit: float | None) -> _Answer:
        """Send a request and return its answer, of which the head is there."""
        assert self._transport is not None
        self._method, self._limit, self._answer = request.method, limit, _Answer()
        self._parser = httptools.HttpResponseParser(self)
        self._transport.write(_bytes_of(request))
        while not self._answer.has_head:
            await self._wait()
        return self._answer

    async def chunk(self) -> bytes | None:
        """Return what of the body has come, or None at its end."""
        answer = self._answer
        while not answer.chunks:
            if answer.is_complete:
                return None
            await self._wait()
        body = b"".join(answer.chunks)
        answer.chunks.clear()
        return body

    def is_usable(self) -> bool:
        """Return whether the other end still listens: what it says between two answers can only be a farewell."""
        return not self._is_lost and not self._poll.poll(0)

    def may_stay(self) -> bool:
        """Return whether the connection can carry another request."""
        return self._answer.is_complete and self._answer.keeps_the_connection and not self._is_lost

    def abort(self) -> None:
        """Close it at once."""
        if self._transport is not None:
            self._transport.abort()

    async def _wait(self) -> None:
        if self._error is not None:
            raise self._error
        self._news = self._loop.create_future()
        try:
            async with asyncio.timeout(self._limit):
                await self._news
        except TimeoutError as error:
            raise httpx.ReadTimeout(f"nothing came for {self._limit} s") from error
        finally:
            self._news = None

    def _tell(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    # ------------------------------------------------------------------------------------- what the event loop tells

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        connected: socket.socket = transport.get_extra_info("socket")
        self._poll.register(connected.fileno(), select.POLLIN)

    @override
    def data_received(self, data: bytes) -> None:
        if self._parser is None:
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(httpx.RemoteProtocolError(str(error)))

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._is_lost = True
        answer = self._answer
        if answer.is_complete:
            return
        if exc is not None:
            self._fail(httpx.ReadError(str(exc)))
        elif answer.has_head and answer.lasts_until_the_end:
            answer.is_complete = True
            self._tell()
        else:
            said = "incomplete answer" if answer.has_head else "Server disconnected without sending a response."
            self._fail(httpx.RemoteProtocolError(said))

    def _fail(self, error: Exception) -> None:
        self._error = error
        self.abort()
        self._tell()

    # ------------------------------------------------------------------------------------------ what the parser tells

    def on_status(self, reason: bytes) -> None:
        self._answer.reason += reason

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._answer.has_head:  # what follows a body in chunks is nothing that httpx shows
            self._answer.headers.append((name, value))

    def on_headers_complete(self) -> None:
        assert self._parser is not None
        answer = self._answer
        answer.status = self._parser.get_status_code()
        if answer.status in _INFORMATIONAL:
            return
        answer.has_head = True
        answer.is_complete = self._method == "HEAD"
        names = {name.lower() for name, _ in answer.headers}
        answer.lasts_until_the_end = not names & {b"content-length", b"transfer-encoding"}
        answer.keeps_the_connection = self._parser.should_keep_alive() or answer.is_complete
        self._tell()

    def on_body(self, body: bytes) -> None:
        self._answer.chunks.append(body)
        self._tell()

    def on_message_complete(self) -> None:
        if self._answer.has_head:
            self._answer.is_complete = True
            self._tell()
        else:
            self._answer = _Answer()  # the first one said that another will come


def _bytes_of(request: httpx.Request) -> bytes:
    lines = [request.method.encode("ascii"), b" ", request.url.raw_path, b" ", _HTTP, b"\r\n"]
    for name, value in request.headers.raw:
        lines += (name, b": ", value, b"\r\n")
    lines.append(b"\r\n")
    lines += cast("httpx.SyncByteStream", request.stream)
    return b"".join(lines)


class _Body(httpx.AsyncByteStream):
    """Body of an answer; when it is read, its connection is free for the next request."""

    def __init__(self, connection: _Connection, idle: list[_Connection]) -> None:
        self._connection = connection
        self._idle = idle
        self._is_open = True

    @override
    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (chunk := await self._connection.chunk()) is not None:
            yield chunk

    @override
    async def aclose(self) -> None:
        if self._is_open:
            self._is_open = False
            if self._connection.may_stay():
                self._idle.append(self._connection)
            else:
                self._connection.abort()
