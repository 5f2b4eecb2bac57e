"""Streams through a function that reads a file and writes another one, in a thread of its own."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from typing import IO, Final

_CHUNK_BYTES: Final = 256 * 1024


@asynccontextmanager
async def piped(
    content: AsyncGenerator[bytes, None], work: Callable[[IO[bytes], IO[bytes]], None]
) -> AsyncIterator[AsyncGenerator[bytes, None]]:
    """Yield the result of a function over the content, in chunks, so that nothing is held whole.

    What the content or the function raises, the reader of the last chunk is raised: it never takes a part for a whole.
    """
    their_input, our_output = os.pipe()
    our_input, their_output = os.pipe()

    async def feed() -> None:
        with suppress(BrokenPipeError), os.fdopen(our_output, "wb", 0) as pipe:
            async with aclosing(content):
                async for chunk in content:
                    await asyncio.to_thread(_write_whole, pipe, chunk)

    def run() -> None:
        with suppress(BrokenPipeError), os.fdopen(their_input, "rb") as read, os.fdopen(their_output, "wb") as written:
            work(read, written)

    working = asyncio.create_task(asyncio.to_thread(run))
    feeding = asyncio.create_task(feed())
    made = os.fdopen(our_input, "rb", 0)

    async def chunks() -> AsyncGenerator[bytes, None]:
        while chunk := await asyncio.to_thread(made.read, _CHUNK_BYTES):
            yield chunk
        # What the content raised is the reason why the function could make nothing of it.
        await feeding
        await working

    try:
        yield chunks()
    finally:
        made.close()
        await asyncio.gather(working, feeding, return_exceptions=True)


def _write_whole(pipe: IO[bytes], chunk: bytes) -> None:
    rest = memoryview(chunk)
    while rest:
        rest = rest[pipe.write(rest) :]
