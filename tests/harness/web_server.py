"""Server of uvicorn beside the tests, which says when it is ready and costs nothing while nobody asks."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING, Final, override

import uvicorn

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

_DATED_EVERY: Final = 1.0
"""Seconds after which uvicorn writes the header `Date` anew."""


class WebServer(uvicorn.Server):
    """Server that is told to end: uvicorn's own looks ten times a second, and a dozen of them live beside a test."""

    def __init__(self, config: uvicorn.Config, ready: threading.Event | None = None) -> None:
        super().__init__(config)
        self._ready = ready or threading.Event()
        self._ending = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def end(self) -> None:
        """End the server, from any thread."""
        self.should_exit = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # its loop has ended already
                self._loop.call_soon_threadsafe(self._ending.set)

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        self._ready.set()

    @override
    async def main_loop(self) -> None:
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_DATED_EVERY):
                    await self._ending.wait()

    @contextlib.contextmanager
    @override
    def capture_signals(self) -> Iterator[None]:
        yield  # signals belong to pytest, and only a main thread may take them
