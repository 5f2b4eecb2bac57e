"""Sending of streams: until the events end, the client has gone, or it does not read."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from typing import Final

from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Send

from openapi.runtime.wire import EventReply

# Milliseconds after which a client whose connection has ended comes again.
_RETRY: Final = b"retry: 2000\n\n"
# Time for a client to make room for an event: one that does not read is as good as gone.
SECONDS_TO_READ: Final = 15.0


async def send_events(reply: EventReply, start: Message, receive: Receive, send: Send, *, is_head: bool) -> None:
    """Send a reply whose start is given, each event when it happens, and close the events."""
    async with aclosing(reply.events):
        await send(start)
        if not is_head:
            async with _until_gone(receive):
                async for chunk in chunks_of(reply):
                    await _send_chunk(send, chunk)
        await send({"type": "http.response.body", "body": b""})


async def chunks_of(reply: EventReply) -> AsyncGenerator[bytes, None]:
    """Yield the bytes of one event after the other; the caller closes the events."""
    yield _RETRY
    async for event in reply.events:
        yield reply.line(event)


async def _send_chunk(send: Send, chunk: bytes) -> None:
    try:
        async with asyncio.timeout(SECONDS_TO_READ):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    except TimeoutError:
        raise ClientDisconnect from None


@asynccontextmanager
async def _until_gone(receive: Receive) -> AsyncGenerator[None, None]:
    """Cancel the block when the client has gone, which a wait for the next event would not notice."""
    task = asyncio.current_task()
    has_gone = False

    async def watch() -> None:
        nonlocal has_gone
        while (await receive())["type"] != "http.disconnect":
            pass
        has_gone = True
        if task is not None:
            task.cancel()

    watching = asyncio.create_task(watch())
    try:
        yield
    except asyncio.CancelledError:
        # Cancelled by somebody else as well, it is theirs to see.
        if not has_gone or task is None or task.uncancel():
            raise
    finally:
        watching.cancel()
