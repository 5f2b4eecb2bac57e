"""A geocoder is asked over real HTTP, costs a bounded time, and whatever it answers never fails a write."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Literal
from urllib.parse import parse_qs, urlsplit

import pytest

from impl.gateways.geocoding import HttpGeocoder, PostalAddress
from tests.harness.clock import MovableClock
from tests.harness.patience import PATIENCE
from tests.harness.sockets import listen

HOME = PostalAddress("Hauptstraße 1", "Füssen", None, "87629", "DE")
PHOTON = {"features": [{"geometry": {"type": "Point", "coordinates": [10.7, 47.57]}}]}
NOMINATIM = [{"lat": "47.57", "lon": "10.7"}]

type Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Place:
    """HTTP server that answers as a test says, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answer: Answer = saying(PHOTON)
        self.url = ""
        self.under_way: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def serving(self, listener: socket.socket) -> AsyncIterator[None]:
        """Serve on a bound socket until the context ends."""
        server = await asyncio.start_server(self.serve, sock=listener)
        yield
        server.close()
        for task in self.under_way:
            task.cancel()
        await asyncio.gather(*self.under_way, return_exceptions=True)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if (task := asyncio.current_task()) is not None:
            self.under_way.add(task)
        head = await reader.readuntil(b"\r\n\r\n")
        self.asked.append(head.split(b" ")[1].decode())
        try:
            with contextlib.suppress(ConnectionError):
                await self.answer(writer)
        finally:
            writer.close()


def saying(content: object, status: str = "200 OK", *headers: str) -> Answer:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()

    async def answer(writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        await writer.drain()

    return answer


async def silence(_: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def drops(writer: asyncio.StreamWriter) -> None:
    """Send one byte after the other, each in time, without an end."""
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"1\r\n \r\n")
        await writer.drain()
        await asyncio.sleep(0)


async def flood(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    while True:
        writer.write(chunk)
        await writer.drain()


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    serving = Place()
    listener = listen()
    serving.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with serving.serving(listener):
        yield serving


@contextlib.asynccontextmanager
async def geocoder(
    place: Place, clock: MovableClock, speech: Literal["photon", "nominatim"] = "photon", seconds: float = PATIENCE
) -> AsyncIterator[HttpGeocoder]:
    made = HttpGeocoder(place.url, speech, clock=clock, timeout=seconds)
    yield made
    await made.close()


async def test_photon_and_nominatim_are_asked_each_in_its_way(place: Place, clock: MovableClock) -> None:
    async with geocoder(place, clock) as photon:
        assert await photon.find(HOME) == (47.57, 10.7)
    place.answer = saying(NOMINATIM)
    async with geocoder(place, clock, "nominatim") as nominatim:
        assert await nominatim.find(HOME) == (47.57, 10.7)
    first, second = (urlsplit(path) for path in place.asked)
    assert (first.path, parse_qs(first.query)) == ("/api", {"q": ["Hauptstraße 1, Füssen, 87629, DE"], "limit": ["1"]})
    assert second.path == "/search"
    assert parse_qs(second.query)["countrycodes"] == ["de"]


@pytest.mark.parametrize(("speech", "nothing"), [("photon", {"features": []}), ("nominatim", [])])
async def test_an_unknown_address_is_no_failure(
    place: Place, clock: MovableClock, speech: Literal["photon", "nominatim"], nothing: object
) -> None:
    place.answer = saying(nothing)
    async with geocoder(place, clock, speech) as asked:
        assert [await asked.find(HOME), await asked.find(HOME)] == [None, None]
    assert len(place.asked) == 2


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[" * 60_000,
        b"null",
        {"features": "none"},
        {"features": [{}]},
        {"features": [{"geometry": {"coordinates": [10.7]}}]},
        {"features": [{"geometry": {"coordinates": [10.7, 91]}}]},
        {"features": [{"geometry": {"coordinates": ["NaN", "NaN"]}}]},
        {"features": [{"geometry": {"coordinates": {"0": 1}}}]},
        b'{"features": [{"geometry": {"coordinates": [1e999, 1]}}]}',
        b'{"features": [{"geometry": {"coordinates": [1, 1' + b"0" * 400 + b"]}}]}",
    ],
    ids=lambda content: str(content)[:30],
)
async def test_a_wrong_answer_is_none_and_ends_the_asking_for_a_while(
    place: Place, clock: MovableClock, content: object
) -> None:
    place.answer = saying(content)
    async with geocoder(place, clock) as asked:
        assert [await asked.find(HOME), await asked.find(HOME)] == [None, None]
        assert len(place.asked) == 1
        place.answer = saying(PHOTON)
        clock.advance(timedelta(seconds=31))
        assert await asked.find(HOME) == (47.57, 10.7)


@pytest.mark.parametrize("answer", [silence, drops], ids=["silence", "drops"])
async def test_nobody_waits_longer_than_the_setting_says(place: Place, clock: MovableClock, answer: Answer) -> None:
    place.answer = answer
    async with geocoder(place, clock, seconds=0.2) as asked, asyncio.timeout(PATIENCE):
        assert await asked.find(HOME) is None


@pytest.mark.parametrize(
    "answer",
    [flood, saying(gzip.compress(json.dumps(PHOTON).encode()), "200 OK", "Content-Encoding: gzip")],
    ids=["long", "packed"],
)
async def test_an_answer_that_grows_is_left(place: Place, clock: MovableClock, answer: Answer) -> None:
    place.answer = answer
    async with geocoder(place, clock) as asked, asyncio.timeout(PATIENCE):
        assert await asked.find(HOME) is None


async def test_no_redirect_is_followed(place: Place, clock: MovableClock) -> None:
    place.answer = saying(b"", "302 Found", f"Location: {place.url}/inside")
    async with geocoder(place, clock) as asked:
        assert await asked.find(HOME) is None
    assert [urlsplit(path).path for path in place.asked] == ["/api"]


async def test_a_server_that_says_how_long_is_left_alone_that_long(place: Place, clock: MovableClock) -> None:
    place.answer = saying(b"", "429 Too Many Requests", "Retry-After: 120")
    with clock.stopped():
        async with geocoder(place, clock) as asked:
            assert await asked.find(HOME) is None
            place.answer = saying(PHOTON)
            clock.advance(timedelta(seconds=119))
            assert await asked.find(HOME) is None
            clock.advance(timedelta(seconds=2))
            assert await asked.find(HOME) == (47.57, 10.7)
    assert len(place.asked) == 2


async def test_a_server_that_is_not_there_is_none(place: Place, clock: MovableClock) -> None:
    place.url = "http://127.0.0.1:1"
    async with geocoder(place, clock) as asked:
        assert await asked.find(HOME) is None
