"""TCP proxy that fails as networks do: by silence, by a reset, by a refusal."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

_RESET_AT_CLOSE = struct.pack("ii", 1, 0)
_CHUNK = 65_536


@dataclass(slots=True, eq=False)
class Link:
    """Connection through the proxy, and the bytes that its client has sent since the proxy went silent."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    silent: bool = False
    deaf: bool = False
    # Number of times that the client may still send something before the proxy goes silent; any number if None.
    flights: int | None = None
    swallowed: bytearray = field(default_factory=bytearray)
    # The client has closed it; and both ends have.
    left: asyncio.Event = field(default_factory=asyncio.Event)
    closed: asyncio.Event = field(default_factory=asyncio.Event)


class TcpProxy:
    """Forwards each connection to a port of this machine, until a test changes that."""

    def __init__(self, target: int) -> None:
        self._target = target
        # Bound all the while and listening only at times: no other program gets the port meanwhile.
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", 0))
        self._server: asyncio.Server | None = None
        self._opened = asyncio.Event()
        self._flights: int | None = None
        self.links: list[Link] = []

    @property
    def port(self) -> int:
        """Return the port that clients connect to."""
        port: int = self._socket.getsockname()[1]
        return port

    def url(self, url: str) -> str:
        """Return the URL of a database with the proxy in place of its server."""
        return url.replace(f":{self._target}/", f":{self.port}/")

    async def accept(self) -> None:
        """Take new connections, as at the start."""
        if self._server is None:
            listening = self._socket.dup()
            self._server = await asyncio.start_server(self._serve, sock=listening)

    def listen(self) -> None:
        """Leave new connections to the system, which accepts them, unserved."""
        self._socket.listen()

    async def refuse(self) -> None:
        """Refuse new connections; open ones stay."""
        server, self._server = self._server, None
        if server is not None:
            port = self.port
            server.close()
            self._socket.close()
            self._socket = socket.socket()
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind(("127.0.0.1", port))

    async def opened(self, count: int) -> None:
        """Return once so many more connections have been opened."""
        awaited = len(self.links) + count
        while len(self.links) < awaited:
            self._opened.clear()
            await self._opened.wait()

    def swallow(self) -> list[Link]:
        """Pass on nothing more of the connections that are open now, and tell neither end; return them."""
        found = [link for link in self.links if not link.closed.is_set()]
        for link in found:
            link.silent = True
        return found

    def swallow_next_after(self, flights: int) -> None:
        """Go silent on the next connection once its client has sent something so many times."""
        self._flights = flights

    def deafen(self) -> list[Link]:
        """Pass on what the clients of the connections that are open now send, and no answer to it; return them."""
        found = [link for link in self.links if not link.closed.is_set()]
        for link in found:
            link.deaf = True
        return found

    def reset(self) -> list[Link]:
        """Cut the connections that are open now as a server does that has forgotten them; return them."""
        found = [link for link in self.links if not link.closed.is_set()]
        for link in found:
            client = link.client.get_extra_info("socket")
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_CLOSE)
            link.client.transport.abort()
            link.server.transport.abort()
        return found

    async def close(self) -> None:
        """End everything."""
        await self.refuse()
        self._socket.close()
        for link in self.links:
            link.client.transport.abort()
            link.server.transport.abort()
        await asyncio.gather(*(link.closed.wait() for link in self.links))

    async def _serve(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        upstream, server = await asyncio.open_connection("127.0.0.1", self._target)
        link, self._flights = Link(client, server, flights=self._flights), None
        self.links.append(link)
        self._opened.set()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._pump(link, reader, server, keep=True))
                tasks.create_task(self._pump(link, upstream, client, keep=False))
        finally:
            client.transport.abort()
            server.transport.abort()
            link.closed.set()

    @staticmethod
    async def _pump(link: Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, keep: bool) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(_CHUNK):
                if keep and link.flights is not None:
                    link.silent = link.silent or link.flights == 0
                    link.flights -= 1
                if not (link.silent or (link.deaf and not keep)):
                    writer.write(data)
                    await writer.drain()
                elif keep:
                    link.swallowed += data
        if keep:
            link.left.set()
        if not link.silent:
            writer.close()


@contextlib.asynccontextmanager
async def proxied(port: int) -> AsyncIterator[TcpProxy]:
    """Serve a proxy before a port until the block ends."""
    proxy = TcpProxy(port)
    await proxy.accept()
    try:
        yield proxy
    finally:
        await proxy.close()
