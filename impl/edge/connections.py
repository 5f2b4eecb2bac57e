"""Connections of the server: uvicorn's protocol with bounds for what arrives, and the transport of a response."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import sys
from dataclasses import dataclass
from typing import Final, override

from httptools import HttpParserUpgrade, HttpRequestParser
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from impl.edge.headers import Header, Origins
from impl.edge.logs import MALFORMED
from impl.edge.problems import TYPE_PREFIX
from impl.edge.request_context import request_id

# Key of the lifespan's state under which the program passes its origins to the parser.
ORIGINS: Final = "hestami.origins"
# Key of what the parser calls when the server begins to stop: the lifespan learns that only when all has been answered.
DRAIN: Final = "hestami.drain"
# Key of whether the process is about to end.
LEAVING: Final = "hestami.leaving"
# Key of the times that a client may take.
CLIENT_TIMEOUTS: Final = "hestami.client_timeouts"
# Key of the scope under which the parser passes the cycle of request and response.
CYCLE: Final = "hestami.cycle"
_HEADERS_MAX: Final = 100
_HEADER_BYTES_MAX: Final = 32 * 1024
_URL_BYTES_MAX: Final = 8 * 1024
_HEAD_BYTES_READ: Final = 128 * 1024
# One read may hold thousands, of which each takes a hundred times the memory of its bytes.
_PIPELINED_MAX: Final = 100
# Time in which a request that was sent before the server began to stop is read and answered.
_LAST_LOOK_SECONDS: Final = 0.25
# Below uvicorn's own, so that what it says of clients and of the service are two things.
_log: Final = logging.getLogger(MALFORMED)


@dataclass(frozen=True, slots=True)
class ClientTimeouts:
    """Times, in seconds, that a client may take to send a head, to send a body, and to take any more of a response."""

    head: float
    body: float
    response: float


class _BoundsExceededError(Exception):
    """Raised inside a parser callback to end the connection with a 400."""


class WholeWrites(asyncio.Transport):
    """Transport of one response: its head goes out with the first part of its body, in one packet instead of two.

    A head that nothing follows within the same turn of the event loop, as that of a stream, goes out at its end.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._transport = transport
        self._loop = loop
        self._is_begun = False
        self._head: bytes | None = None

    @override
    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._transport.is_closing():
            # Of several requests that were sent at once, uvicorn tells the last one alone that the connection is lost.
            return
        if not self._is_begun:
            # The first one, which is a head or tells the client to go on.
            self._is_begun = True
            self._head = bytes(data)
            # Not kept: both would refer to each other.
            self._loop.call_soon(self._flush)
        elif (head := self._take_head()) is None:
            self._transport.write(data)
        else:
            self._transport.writelines((head, data))

    @override
    def is_closing(self) -> bool:
        return self._transport.is_closing()

    @override
    def close(self) -> None:
        self._flush()
        protocol = self._transport.get_protocol()
        # Looked up, not kept: both would refer to each other.
        if isinstance(protocol, BoundedProtocol):
            protocol.finish()
        else:
            self._transport.close()

    def _flush(self) -> None:
        if (head := self._take_head()) is not None and not self._transport.is_closing():
            self._transport.write(head)

    def _take_head(self) -> bytes | None:
        """Return the delayed head, and delay it no more."""
        head, self._head = self._head, None
        return head


class _OneProtocolParser:
    """Parser that reads a request which offers another protocol as any other one (RFC 9110, section 7.8).

    By itself httptools takes all that follows such a head for the other protocol: the body is lost, and so is the
    request behind it, or each of them is read as a new request. Java's client offers HTTP/2 with every request.
    """

    def __init__(self, protocol: BoundedProtocol) -> None:
        self._protocol = protocol
        self._renew()

    def _renew(self) -> None:
        self._parser = HttpRequestParser(self._protocol)
        self._parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn has it
        self.get_http_version = self._parser.get_http_version
        self.get_method = self._parser.get_method
        self.should_keep_alive = self._parser.should_keep_alive
        self.should_upgrade = self._parser.should_upgrade

    def feed_data(self, data: bytes) -> None:
        """Parse received data; parse a head with an Upgrade offer again without it."""
        rest = memoryview(data)  # of which no part is copied, however many offers there are in it
        while True:
            try:
                self._parser.feed_data(rest)
            except HttpParserUpgrade as offer:
                head = self._protocol.head_without_offer()
                self._renew()
                self._parser.feed_data(head)
                rest = rest[offer.args[0] :]
            else:
                return


class BoundedProtocol(HttpToolsProtocol):
    """HTTP protocol that bounds heads, lines, waiting requests, and the time that a client takes to send and to read.

    The parser itself bounds nothing: one connection could fill the memory, and many slow ones take all places. It also
    takes trailers for headers, and what offers another protocol for that protocol.
    """

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self.logger = _log
        self.parser = _OneProtocolParser(self)  # type: ignore[assignment]  # it has what uvicorn calls
        self._deadline: asyncio.TimerHandle | None = None
        # Whether a head has begun, a head is complete or a body is complete since the deadline was set.
        self._has_advanced = False
        self._excess: str | None = None
        # What the parser keeps of a line without an end: it joins its parts anew with each one that comes.
        self._bytes_of_line = 0
        self._is_head = self._is_awaited = True
        self._is_ignoring = self._is_finished = False
        if sys.platform == "linux" and (timeouts := self._timeouts()) is not None:
            # A client that reads nothing would keep its connection, and a response in memory, as long as it likes.
            own: socket.socket = transport.get_extra_info("socket")
            own.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(timeouts.response * 1000))
        self._renew_deadline()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_deadline()
        super().connection_lost(exc)
        # Which uvicorn leaves running after a connection that was reset.
        self._unset_keepalive_if_required()

    @override
    def data_received(self, data: bytes) -> None:
        if self._is_ignoring:
            return
        self._bytes_of_line += len(data)
        super().data_received(data)
        if self._is_ignoring:
            return
        if self._bytes_of_line > _HEAD_BYTES_READ:
            self.send_400_response(f"More than {_HEAD_BYTES_READ} bytes have come without the end of a line.")
            return
        # A request that came whole, as nearly all do, sets no timer.
        if self._has_advanced:
            self._has_advanced = False
            self._renew_deadline()

    @override
    def on_message_complete(self) -> None:
        if self._is_offer:
            return
        self._has_advanced = True
        self._is_awaited = False
        super().on_message_complete()

    @override
    def on_response_complete(self) -> None:
        if not self._is_finished:
            super().on_response_complete()

    def finish(self) -> None:
        """End the connection after what has been written, and read on while the client still sends.

        Closing would reset it then, and the client would lose the response (RFC 9112, section 9.6): of a body that is
        refused before its end, proxies that close each connection, as nginx does by default, would make a 502.
        """
        if not self._is_awaited or self.transport.is_closing():
            self.transport.close()
            return
        self._is_ignoring = self._is_finished = True
        self._is_head = False
        self._renew_deadline()
        self.transport.write_eof()
        self.flow.resume_reading()
        if not self.is_idle:
            self.cycle.disconnected = True
            self.cycle.message_event.set()

    def _timeouts(self) -> ClientTimeouts | None:
        timeouts = self.app_state.get(CLIENT_TIMEOUTS)
        return timeouts if isinstance(timeouts, ClientTimeouts) else None

    def _renew_deadline(self) -> None:
        """Restart the timer for what the client has to send; the application has no time limit."""
        self._cancel_deadline()
        if self._is_awaited and (timeouts := self._timeouts()) is not None:
            seconds = timeouts.head if self._is_head else timeouts.body
            self._deadline = self.loop.call_later(seconds, self.transport.close)

    def _cancel_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    @override
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._has_advanced = True
        self._is_head = self._is_awaited = True
        self._is_offer = False
        self._url_bytes = self._header_bytes = 0
        self._excess = None
        self._origin: bytes | None = None

    @override
    def on_url(self, url: bytes) -> None:
        self._bytes_of_line = 0
        self._url_bytes += len(url)
        if self._url_bytes > _URL_BYTES_MAX:
            self._excess = f"The URL is longer than {_URL_BYTES_MAX} bytes."
        self._give_up_if_endless()
        if self._excess is None:
            super().on_url(url)

    @override
    def on_header(self, name: bytes, value: bytes) -> None:
        self._bytes_of_line = 0
        self._header_bytes += len(name) + len(value)
        # Whitespace around a value is none of it (RFC 9110, section 5.5); the parser takes away what stands before.
        value = value.rstrip(b" \t")
        if not self._is_head:
            # A trailer says nothing of the request (RFC 9110, section 6.5.1): proxies check and set headers alone.
            self._give_up_if_endless()
            return
        lower = name.lower()
        if lower == b"origin":
            self._origin = value
        elif lower == b"transfer-encoding" and value.lower() != b"chunked":
            self._excess = self._excess or "No transfer coding is read but chunked."
        if self._header_bytes > _HEADER_BYTES_MAX:
            self._excess = self._excess or f"The headers are longer than {_HEADER_BYTES_MAX} bytes together."
        elif len(self.headers) >= _HEADERS_MAX:
            self._excess = self._excess or f"There are more than {_HEADERS_MAX} headers."
        self._give_up_if_endless()
        if self._excess is None:
            super().on_header(name, value)

    @override
    def on_body(self, body: bytes) -> None:
        self._bytes_of_line = 0
        super().on_body(body)

    @override
    def on_headers_complete(self) -> None:
        if len(self.pipeline) >= _PIPELINED_MAX:
            self._excess = f"More than {_PIPELINED_MAX} requests wait for the response to the one before them."
        if self._excess is not None:
            raise _BoundsExceededError
        if self.parser.should_upgrade():
            if self.parser.get_method() == b"CONNECT":
                raise _BoundsExceededError
            self._is_offer = True
            return
        self._has_advanced = True
        self._is_head = False
        self._cycle_before = self.cycle
        super().on_headers_complete()
        # Before the request's task takes its first turn.
        self.cycle.transport = WholeWrites(self.transport, self.loop)
        self.scope[CYCLE] = self.cycle  # type: ignore[typeddict-unknown-key]  # a key of ours
        if self.app_state.get(LEAVING):
            self.cycle.keep_alive = False

    def head_without_offer(self) -> bytes:
        """Return the head that has just been read, without what offers another protocol."""
        version = self.parser.get_http_version().encode("ascii")
        lines = (b"%b: %b" % header for header in self.headers if header[0] != b"upgrade")
        return b"\r\n".join((b"%b %b HTTP/%b" % (self.parser.get_method(), self.url, version), *lines, b"\r\n"))

    @override
    def shutdown(self) -> None:
        """End responses without an end when the server asks the connection to close, since it would wait for them."""
        drain = self.app_state.get(DRAIN)
        if callable(drain):
            drain()
        self.app_state[LEAVING] = True
        if self.is_idle:
            self.loop.call_later(_LAST_LOOK_SECONDS, self._close_if_idle)
        else:
            super().shutdown()

    @property
    def is_idle(self) -> bool:
        """Return whether no request of this connection waits for the end of its response."""
        # Declared as a cycle, and none before the first request.
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete or cycle.disconnected

    def _close_if_idle(self) -> None:
        if self.is_idle:
            self.transport.close()

    def _give_up_if_endless(self) -> None:
        """Read an oversized head a little further without storing it, because its Origin may follow."""
        if self._url_bytes + self._header_bytes > _HEAD_BYTES_READ:
            raise _BoundsExceededError

    @override
    def send_400_response(self, msg: str) -> None:
        """Answer bytes that are not HTTP with a problem too, without the id and instance of a request.

        If requests before them are not answered yet, these are, and the connection ends then.
        """
        self._is_ignoring = self._is_awaited = True
        if self.pipeline and not self._is_head:
            # The wrong one waits for its turn, which does not come.
            self._cycle_before.keep_alive = False
            return
        if self.pipeline or (self._is_head and not self.is_idle):
            self.cycle.keep_alive = False
            return
        problem = {
            "type": f"{TYPE_PREFIX}malformed-request",
            "title": "Malformed request",
            "status": 400,
            "detail": self._excess or msg,
            "instance": "/",
            "request_id": (name := request_id(None)),
        }
        body = json.dumps(problem, separators=(",", ":")).encode("ascii")
        lines = (
            b"HTTP/1.1 400 Bad Request",
            b"content-type: application/problem+json",
            b"content-length: %d" % len(body),
            b"cache-control: no-store",
            b"x-content-type-options: nosniff",
            b"request-id: " + name.encode("ascii"),
            *(b"%b: %b" % header for header in self._allowed_origin()),
            b"connection: close",
            b"",
            body,
        )
        self.transport.write(b"\r\n".join(lines))
        self.finish()

    def _allowed_origin(self) -> list[Header]:
        """Return the headers without which a page of an allowed origin could not read the refusal."""
        origins = self.app_state.get(ORIGINS)
        return origins.answer(self._origin) if isinstance(origins, Origins) else []
