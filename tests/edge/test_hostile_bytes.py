"""Bytes that no client library would send always get a problem, and never a fault or a hang."""

from __future__ import annotations

import asyncio
import json
import re
from urllib.parse import urlsplit

import pytest
import uvicorn
from uvicorn.server import ServerState

from impl.edge.connections import BoundedProtocol
from impl.edge.server import options
from tests.edge.application import Application, Packets
from tests.edge.conftest import ORIGIN
from tests.harness.accounts import Accounts
from tests.harness.patience import PATIENCE
from tests.harness.service import Service

_END = b"Host: x\r\nConnection: close\r\n\r\n"
_LIVE = b"GET /api/v1/health/live HTTP/1.1\r\n"
_CHUNKED = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


def _headers(number: int) -> bytes:
    """Ask with so many headers, those of the end among them."""
    return _LIVE + b"".join(b"A%d: b\r\n" % place for place in range(number - 2)) + _END


def _header_bytes(number: int) -> bytes:
    """Ask with so many bytes in the names and values of headers, of which the end has 20."""
    return _LIVE + b"A: " + b"b" * (number - 21) + b"\r\n" + _END


def _url(number: int) -> bytes:
    """Ask for a URL of so many bytes."""
    return b"GET /" + b"b" * (number - 1) + b" HTTP/1.1\r\n" + _END


# `make load` holds 5,000.
_IDLE = 150
_NOT_HTTP = {
    "garbage": b"\x00\x01garbage\r\n\r\n",
    "http 2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "empty path": b"GET  HTTP/1.1\r\n" + _END,
    "connect": b"CONNECT evil.example:443 HTTP/1.1\r\n" + _END,
    "unknown method": b"BREW /api/v1/health/live HTTP/1.1\r\n" + _END,
    "bytes in the path": b"GET /api/v1/\xff\xfe HTTP/1.1\r\n" + _END,
    "header without a colon": b"GET / HTTP/1.1\r\nHost\r\n\r\n",
    "nul in a header": _LIVE + b"X: a\x00b\r\n" + _END,
    "two lengths": b"POST /api/v1/auth/login HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n" + _END,
    "another transfer coding": b"POST /api/v1/auth/login HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n" + _END,
    "length and chunks": b"POST /api/v1/auth/login HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n"
    + _END,
    "too many headers": _headers(101),
    "too large a header": _header_bytes(32_769),
    "too long a url": _url(8_193),
    "far too much": _header_bytes(200_000),
}

# The parser keeps all of such a line, and copies it with each part that comes.
_ENDLESS = {
    "a url": b"GET /",
    "a header's name": b"GET /api/v1/health/live HTTP/1.1\r\n",
    "a header": _LIVE + b"X: ",
    "a header after a request": _LIVE + b"Host: x\r\n\r\n" + _LIVE + b"X: ",
    "a trailer's name": _CHUNKED + b"0\r\n",
    "a trailer": _CHUNKED + b"0\r\nX: ",
    "an extension of a chunk": _CHUNKED + b"1;",
}

_HOSTS = {
    "no host": b"GET /api/v1/health/live HTTP/1.1\r\nConnection: close\r\n\r\n",
    "two hosts": _LIVE + b"Host: y\r\n" + _END,
    "the same host twice": _LIVE + b"Host: x\r\n" + _END,
    "an empty host": _LIVE + b"Host:\r\nConnection: close\r\n\r\n",
    "a host with a path": _LIVE + b"Host: x/y\r\nConnection: close\r\n\r\n",
    "a host with a user": _LIVE + b"Host: a@x\r\nConnection: close\r\n\r\n",
    "two hosts of an old version": b"GET /api/v1/health/live HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n",
}

_HTTP = {
    "asterisk": (b"OPTIONS * HTTP/1.1\r\n" + _END, 404),
    "another host": (b"GET http://evil.example/api/v1/health/live HTTP/1.1\r\n" + _END, 200),
    "escaped nonsense": (b"GET /api/v1/%ff%00%zz HTTP/1.1\r\n" + _END, 404),
    "escaped letters": (b"GET /api/v1/%68ealth/live HTTP/1.1\r\n" + _END, 200),
    "escaped slash": (b"GET /api/v1/health%2Flive HTTP/1.1\r\n" + _END, 404),
    "dots": (b"GET /api/v1/../v1/health/live HTTP/1.1\r\n" + _END, 404),
    "characters that urls escape": (b'GET /api/v1/"<>|^`{} HTTP/1.1\r\n' + _END, 404),
    "a url as long as may be": (_url(8_192), 404),
    "as many headers as may be": (_headers(100), 200),
    "headers as large as may be": (_header_bytes(32_768), 200),
    "escapes in a query": (b"GET /api/v1/health/live?%ff=%00&a&&= HTTP/1.1\r\n" + _END, 422),
    "another protocol": (_LIVE + b"Connection: Upgrade, close\r\nUpgrade: websocket\r\n" + _END, 200),
    "a user agent of bytes": (_LIVE + b"User-Agent: \xff\xfe\x80\r\n" + _END, 200),
    "an ipv6 host": (_LIVE + b"Host: [::1]:8000\r\nConnection: close\r\n\r\n", 200),
    "an old version": (b"GET /api/v1/health/live HTTP/1.0\r\n\r\n", 200),
    "more after the last request": (_LIVE + _END + b"more\r\n\r\n", 200),
}


async def _request_context(service: Service, sent: bytes) -> tuple[int, dict[str, str], bytes]:
    address = urlsplit(service.url)
    async with asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(sent)
        received = await reader.read()
        writer.close()
        await writer.wait_closed()
    head, _, body = received.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return int(status.split()[1]), headers, body


@pytest.mark.parametrize("sent", _NOT_HTTP.values(), ids=_NOT_HTTP.keys())
async def test_bytes_that_are_not_http_get_a_problem_and_close_the_connection(service: Service, sent: bytes) -> None:
    status, headers, body = await _request_context(service, sent)
    problem = json.loads(body)
    assert status == problem["status"] == 400
    assert headers["content-type"] == "application/problem+json"
    assert headers["connection"] == "close"
    assert problem["type"] == "https://api.hestami.ai/problems/malformed-request"
    assert problem["request_id"] == headers["request-id"]


@pytest.mark.parametrize(("sent", "expected"), _HTTP.values(), ids=_HTTP.keys())
async def test_unusual_but_valid_http_is_answered(service: Service, sent: bytes, expected: int) -> None:
    status, headers, body = await _request_context(service, sent)
    assert status == expected, body
    assert "server" not in headers
    if status >= 400:
        problem = json.loads(body)
        assert problem["request_id"] == headers["request-id"]
        assert problem["instance"].isascii()


@pytest.mark.parametrize("sent", _HOSTS.values(), ids=_HOSTS.keys())
async def test_a_host_that_names_no_place_is_refused(service: Service, sent: bytes) -> None:
    status, headers, body = await _request_context(service, sent)
    assert (status, headers["content-type"]) == (400, "application/problem+json")
    assert json.loads(body)["type"] == "https://api.hestami.ai/problems/malformed-request"


@pytest.mark.parametrize(
    ("name", "bound"),
    [
        ("too many headers", "There are more than 100 headers."),
        ("too large a header", "The headers are longer than 32768 bytes together."),
        ("too long a url", "The URL is longer than 8192 bytes."),
        ("far too much", "The headers are longer than 32768 bytes together."),
        ("garbage", "Invalid HTTP request received."),
    ],
)
async def test_a_refusal_names_the_bound(service: Service, name: str, bound: str) -> None:
    _, _, body = await _request_context(service, _NOT_HTTP[name])
    assert json.loads(body)["detail"] == bound


def _refresh(headers: bytes, trailers: bytes = b"") -> bytes:
    """Try to go on with a session that nobody has, with a body of two chunks: 401 to whoever reads it as it is."""
    body = b'{"refresh_token":"rt_0198a2c4e1b07c3f9d5e6a7b8c9d0e1f.V2hhdCBkaWQgeW91IGV4cGVjdA"}'
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (body[:20], body[20:]))
    head = b"POST /api/v1/auth/refresh HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    return head + headers + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n" + trailers + b"\r\n"


@pytest.mark.parametrize("piece", [1, 200, 10_000])
async def test_a_request_that_offers_another_protocol_keeps_its_body_and_what_follows(
    service: Service, piece: int
) -> None:
    """Java's client offers HTTP/2 with every request, and goes on with the connection."""
    offer = b"Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAEAAEAAAAIAAAAAAAMAAAAA\r\nUpgrade: h2c\r\n"
    sent = _refresh(offer) * 2 + _LIVE + b"Host: x\r\n" + offer + b"\r\n" + _LIVE + _END
    address = urlsplit(service.url)
    async with asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        for start in range(0, len(sent), piece):
            writer.write(sent[start : start + piece])
            await writer.drain()
        received = await reader.read()
        writer.close()
    assert re.findall(rb"HTTP/1\.1 ([0-9]+)", received) == [b"401", b"401", b"200", b"200"], received


async def test_whitespace_behind_a_value_is_no_part_of_it(service: Service, accounts: Accounts) -> None:
    """Take away what a proxy would, from those who come without one."""
    head = b"GET /api/v1/users/me HTTP/1.1\r\nHost: x \r\nConnection: close\t\r\n"
    signed = head + b"Authorization: Bearer %b \t \r\n\r\n" % (await accounts.make()).access_token.encode()
    status, _, body = await _request_context(service, signed)
    assert status == 200, body
    status, _, body = await _request_context(
        service, _refresh(b"Connection: close\r\n").replace(b": chunked", b": chunked ")
    )
    assert status == 401, body
    sent = _refresh(b"Connection: close\r\nExpect: 100-continue \r\n")
    status, _, _ = await _request_context(service, sent)
    assert status == 100


async def test_trailers_are_no_headers(service: Service) -> None:
    """A proxy sets and checks headers alone: whoever could send them as trailers would pass by it."""
    trailers = b"Content-Type: text/plain\r\nX-Forwarded-For: 192.0.2.1\r\n" + b"A: b\r\n" * 200
    status, _, body = await _request_context(service, _refresh(b"Connection: close\r\n", trailers))
    assert status == 401, body


async def test_trailers_without_an_end_are_given_up(service: Service) -> None:
    status, _, body = await _request_context(service, _refresh(b"", b"A: %b\r\n" % (b"b" * 1000) * 200))
    assert status == 400, body


@pytest.mark.parametrize("begun", _ENDLESS.values(), ids=_ENDLESS.keys())
async def test_a_line_without_an_end_is_given_up(service: Service, begun: bytes) -> None:
    address = urlsplit(service.url)
    async with asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(begun + b"a" * 400_000)
        received = await reader.read()
        writer.close()
    assert received.count(b"HTTP/1.1 400 ") == 1
    assert b"malformed-request" in received.rpartition(b"\r\n\r\n")[2]


@pytest.mark.parametrize(
    "begun", [_LIVE, _LIVE + b"Host: x\r\nX", _CHUNKED + b"1\r\na\r\n1;"], ids=["url", "header", "body"]
)
async def test_so_many_bytes_may_follow_what_was_read_without_the_end_of_a_line(begun: bytes) -> None:
    config = uvicorn.Config(Application(), **options(host="127.0.0.1", port=0))
    connection, packets = BoundedProtocol(config, ServerState(), app_state={}), Packets()
    connection.connection_made(packets)
    for part, is_refused in ((begun, False), (b"a" * 128 * 1024, False), (b"a", True)):
        connection.data_received(part)
        assert [b"without the end of a line" in one for one in packets.sent] == [True] * is_refused
    connection.connection_lost(None)


async def test_as_many_requests_as_may_wait_are_answered_and_more_are_given_up(service: Service) -> None:
    address = urlsplit(service.url)
    one = _LIVE + b"Host: x\r\n\r\n"
    received: list[bytes] = []
    for number in (100, 20_000):
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection(address.hostname, address.port)
            writer.write(one * number + _LIVE + _END)
            received.append(await reader.read())
            writer.close()
    assert [one.count(b"HTTP/1.1 200 ") for one in received] == [101, 101]


@pytest.mark.parametrize(
    "wrong",
    [_NOT_HTTP["unknown method"], _ENDLESS["a header"] + b"a" * 400_000, _CHUNKED + b"no length\r\n"],
    ids=["no method", "a line without an end", "a body"],
)
async def test_requests_before_a_wrong_one_are_answered(service: Service, wrong: bytes) -> None:
    address = urlsplit(service.url)
    async with asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write((_LIVE + b"Host: x\r\n\r\n") * 3 + wrong)
        received = await reader.read()
        writer.close()
    # What is wrong is told if nothing is waited for by then.
    assert re.findall(rb"HTTP/1\.1 ([0-9]+)", received) in ([b"200"] * 3, [b"200"] * 3 + [b"400"])
    assert b"connection: close\r\n" in received.rpartition(b"HTTP/1.1 ")[2]


async def test_a_head_beyond_the_bounds_ends_its_own_connection_alone(service: Service) -> None:
    address = urlsplit(service.url)
    whole = _LIVE + b"Host: x\r\n\r\n"
    async with asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        for name in ("too many headers", "too large a header", "too long a url", "far too much"):
            writer.write(whole)
            assert b" 200 " in await reader.readuntil(b"}")
            # After a request that is answered, on one connection.
            other, writing = await asyncio.open_connection(address.hostname, address.port)
            writing.write(whole)
            assert b" 200 " in await other.readuntil(b"}")
            writing.write(_NOT_HTTP[name])
            assert b" 400 " in await other.read()
            writing.close()
        writer.close()


async def test_idle_connections_keep_nobody_out_and_stay_usable(service: Service) -> None:
    address = urlsplit(service.url)
    whole = _LIVE + b"Host: x\r\n\r\n"

    async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(whole)
        assert b" 200 " in await reader.readuntil(b"}")

    async with asyncio.timeout(PATIENCE):
        idle = [await asyncio.open_connection(address.hostname, address.port) for _ in range(_IDLE)]
        # Some have asked for something, and some have said nothing at all.
        for place in range(0, _IDLE, 2):
            await ask(*idle[place])
        status, _, _ = await _request_context(service, _LIVE + _END)
        assert status == 200
        for _, writer in idle[::3]:
            writer.close()
        await asyncio.gather(*(ask(*one) for place, one in enumerate(idle) if place % 3))
        for _, writer in idle:
            writer.close()


@pytest.mark.parametrize(("excess", "allowed"), [(0, ORIGIN), (1, None)])
async def test_an_oversized_head_is_read_further_for_its_origin(
    proxied: Service, excess: int, allowed: str | None
) -> None:
    """Send 128 KiB, or a byte more, before the origin: 19 bytes of them are the path, and one a name."""
    sent = _LIVE + b"A: " + b"b" * (128 * 1024 + excess - 20) + b"\r\nOrigin: " + ORIGIN.encode() + b"\r\n" + _END
    status, headers, _ = await _request_context(proxied, sent)
    assert (status, headers.get("access-control-allow-origin")) == (400, allowed)


@pytest.mark.parametrize("name", ["too many headers", "too large a header", "too long a url"])
async def test_pages_of_a_listed_origin_may_read_what_the_parser_refuses(proxied: Service, name: str) -> None:
    for origin, allowed in ((ORIGIN, ORIGIN), ("https://evil.example", None)):
        sent = _NOT_HTTP[name].replace(_END, b"Origin: " + origin.encode() + b"\r\n" + _END)
        status, headers, _ = await _request_context(proxied, sent)
        assert status == 400
        assert headers.get("access-control-allow-origin") == allowed
        assert headers["vary"] == "Origin"
