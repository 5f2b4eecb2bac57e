"""Forwarding from a port to a socket of this machine, as stunnel and slow networks do."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

_CHUNK = 65_536


@asynccontextmanager
async def forwarding(
    path: str, *, delay: Callable[[], float] = lambda: 0.0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """Forward to the socket at a path, and yield the port; `delay` is in seconds, for each answer."""

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, wait: Callable[[], float]) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(_CHUNK):
                await asyncio.sleep(wait())
                writer.write(data)
                await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream, server = await asyncio.open_unix_connection(path)
        await asyncio.gather(pump(reader, server, lambda: 0.0), pump(upstream, writer, delay))

    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls) as listening:
        yield listening.sockets[0].getsockname()[1]
