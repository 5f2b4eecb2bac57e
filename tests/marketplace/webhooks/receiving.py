"""A provider's own system: a real HTTPS server on loopback that is sent webhooks, and answers as a test says."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.harness.contract import load_contract
from tests.harness.patience import PATIENCE

if TYPE_CHECKING:
    import ssl

_REASON = "Answered by a test"


@dataclass(frozen=True, slots=True)
class Received:
    """Request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        """Return the body; the request is as the contract's section `webhooks` says."""
        load_contract().check_event(self.headers, self.body)
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


type Answer = tuple[int, dict[str, str]]


@dataclass
class Receiver:
    """Requests that have come, and the answer to the next one."""

    port: int = 0
    answer: Answer = (204, {})
    received: list[Received] = field(default_factory=list)
    answering: asyncio.Event = field(default_factory=asyncio.Event)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    def url(self, path: str = "/hook") -> str:
        return f"https://localhost:{self.port}{path}"

    async def got(self, count: int, of: Callable[[Received], bool] = lambda _: True) -> list[Received]:
        """Wait for that many requests of a kind, and return them."""
        async with asyncio.timeout(PATIENCE), self._news:
            await self._news.wait_for(lambda: sum(map(of, self.received)) >= count)
        return [one for one in self.received if of(one)]

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read one request and answer it."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            async with self._news:
                self.received.append(Received(head[0].split(" ")[1], headers, body))
                self._news.notify_all()
            await self.answering.wait()
            status, more = self.answer
            lines = [f"HTTP/1.1 {status} {_REASON}", *(f"{name}: {value}" for name, value in more.items())]
            writer.write("\r\n".join([*lines, "content-length: 0", "connection: close", "", ""]).encode())
            await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def receiving(context: ssl.SSLContext) -> AsyncIterator[Receiver]:
    """Let a receiver listen on a loopback port, which answers at once until told otherwise."""
    receiver = Receiver()
    receiver.answering.set()
    server = await asyncio.start_server(receiver.talk, "127.0.0.1", 0, ssl=context)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        receiver.answering.set()
        server.close()
