"""Graceful shutdown of the server: unready first, then closed to new connections, then finished."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import time
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Timer
from typing import TYPE_CHECKING, Final, override

import uvicorn

from impl.edge.connections import LEAVING, BoundedProtocol
from impl.edge.request_context import operation_of
from impl.edge.server import options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from fastapi import FastAPI

# Time for closing connections to the database after everything has been finished or cut off.
_CLOSING_SECONDS: Final = 5.0
_KILLED: Final = 128
_CUT_OFF: Final = 1
_log = logging.getLogger("hestami.stopping")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Parameters of a shutdown: how to become unready, for how long, and the time limit of the rest (seconds)."""

    leave: Callable[[], None]
    unready: float
    finish: int


class Server(uvicorn.Server):
    """Server of uvicorn that becomes unready before it stops serving, so that proxies can leave it out.

    SIGTERM makes it unready, and after some time closed to new connections; SIGINT, of a terminal, does the second at
    once. What is under way then has a time to be finished. A second signal ends the process where it stands.
    """

    def __init__(self, config: uvicorn.Config, stop: Stop) -> None:
        super().__init__(config)
        self._stop = stop
        self._closes_at: float | None = None
        self._has_left = False
        self.has_cut = False

    @override
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self._closes_at is not None:
            os._exit(_KILLED + sig)
        now = time.monotonic()
        self._closes_at = now + self._stop.unready if sig == signal.SIGTERM else now

    @override
    async def on_tick(self, counter: int) -> bool:
        if self._closes_at is not None:
            if not self._has_left:
                self._has_left = True
                self._stop.leave()
                # From here on an answer is the last one on its connection, so that proxies open none here again.
                self.lifespan.state[LEAVING] = True
                _log.info("unready from now on, closed to new connections in %g seconds", self._stop.unready)
            self.should_exit = self.should_exit or time.monotonic() >= self._closes_at
        return await super().on_tick(counter)

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        loop = asyncio.get_running_loop()
        await self._accept_waiting(loop)
        telling = loop.call_later(self._stop.finish, self._tell_what_is_cut_off)
        with ending_within(self._stop.finish + _CLOSING_SECONDS):
            await super().shutdown(sockets)
        telling.cancel()

    async def _accept_waiting(self, loop: asyncio.AbstractEventLoop) -> None:
        """Accept the connections that wait at the socket, which the system would reset when it is closed."""

        def protocol() -> asyncio.Protocol:
            return BoundedProtocol(self.config, self.server_state, self.lifespan.state, loop)

        accepted: list[socket.socket] = []
        for server in self.servers:
            for listening in server.sockets:
                # A descriptor of our own: the loop's socket cannot be used beside it.
                with socket.socket(fileno=os.dup(listening.fileno())) as own, suppress(BlockingIOError):
                    own.setblocking(False)
                    while True:
                        accepted.append(own.accept()[0])
            server.close()
        for one in accepted:
            one.setblocking(False)
            await loop.connect_accepted_socket(protocol, one)

    def _tell_what_is_cut_off(self) -> None:
        self.has_cut = True
        connections = [one for one in self.server_state.connections if isinstance(one, BoundedProtocol)]
        names = Counter(operation_of(one.scope) for one in connections if not one.is_idle)
        _log.error(
            "not finished within %d seconds and cut off: %s",
            self._stop.finish,
            ", ".join(f"{name} {count}" for name, count in sorted(names.items())) or "connections that wait",
        )


@contextmanager
def ending_within(seconds: float) -> Iterator[None]:
    """End the process if the block takes longer than so many seconds."""
    timer = Timer(seconds, _exit)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _exit() -> None:
    _log.error("closing takes too long, the process exits")
    os._exit(_CUT_OFF)


def serve(app: FastAPI, *, host: str, port: int, stop: Stop) -> None:
    """Serve until asked to end; the exit status is 1 when something was cut off."""
    server = Server(uvicorn.Config(app, **options(host=host, port=port, finish_seconds=stop.finish)), stop)
    server.run()
    if server.has_cut:
        raise SystemExit(_CUT_OFF)
