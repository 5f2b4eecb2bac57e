"""Streams of events: each is sent when it happens, and they are closed however the stream ends."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from starlette.requests import ClientDisconnect
from starlette.types import Message

from openapi.runtime import streaming
from tests.runtime.service import ENDLESS, Seen, application

_PATH = "/api/v1/books/events"


async def test_a_stream_is_events_with_ids_and_data_and_signs_of_life(library: httpx.AsyncClient, seen: Seen) -> None:
    answer = await library.get(_PATH, headers={"Last-Event-ID": "6"})
    assert answer.status_code == 200
    assert answer.text == (
        'retry: 2000\n\nid: 7\ndata: {"kind":"SOFT"}\n\n:\n\nid: 8\ndata: {"kind":"HARD","weight_grams":90}\n\n'
    )
    assert answer.headers["content-type"] == "text/event-stream"
    assert answer.headers["x-accel-buffering"] == "no"
    assert "content-length" not in answer.headers
    assert seen.arguments == {"last_event_id": 6}
    assert seen.closed.is_set()


async def test_a_head_has_the_headers_of_a_stream_and_closes_it(library: httpx.AsyncClient, seen: Seen) -> None:
    answer = await library.head(_PATH, headers={"Last-Event-ID": str(ENDLESS)})
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == "text/event-stream"
    assert seen.closed.is_set()


async def test_an_id_that_is_none_of_the_streams_is_refused(library: httpx.AsyncClient) -> None:
    assert (await library.get(_PATH, headers={"Last-Event-ID": "seven"})).status_code == 422


async def _open(seen: Seen, receive: asyncio.Queue[Message], sent: asyncio.Queue[Message]) -> asyncio.Task[None]:
    """Open an endless stream by hand: the transport of the other tests collects an answer before it shows it."""
    headers = [(b"authorization", b"librarian"), (b"last-event-id", str(ENDLESS).encode())]
    scope = {
        "type": "http",
        "method": "GET",
        "path": _PATH,
        "query_string": b"",
        "headers": headers,
        "http_version": "1.1",
        "scheme": "http",
        "server": ("library", 80),
    }
    receive.put_nowait({"type": "http.request", "body": b"", "more_body": False})
    return asyncio.create_task(application(seen)(scope, receive.get, sent.put))


async def test_a_client_that_has_gone_ends_its_stream_while_nothing_happens(seen: Seen) -> None:
    received: asyncio.Queue[Message] = asyncio.Queue()
    sent: asyncio.Queue[Message] = asyncio.Queue()
    running = await _open(seen, received, sent)
    messages = [await sent.get() for _ in range(5)]
    assert [message.get("more_body") for message in messages] == [None, True, True, True, True]
    assert not running.done()
    received.put_nowait({"type": "http.disconnect"})
    await running
    assert seen.closed.is_set()
    assert running.cancelling() == 0


async def test_whoever_cancels_a_stream_sees_it_cancelled(seen: Seen) -> None:
    received: asyncio.Queue[Message] = asyncio.Queue()
    sent: asyncio.Queue[Message] = asyncio.Queue()
    running = await _open(seen, received, sent)
    await sent.get()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert seen.closed.is_set()


async def test_a_client_that_does_not_read_is_left(seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "SECONDS_TO_READ", 0)
    received: asyncio.Queue[Message] = asyncio.Queue()
    # Takes the start, and is full after it.
    sent: asyncio.Queue[Message] = asyncio.Queue(maxsize=1)
    running = await _open(seen, received, sent)
    with pytest.raises(ClientDisconnect):
        await running
    assert seen.closed.is_set()
