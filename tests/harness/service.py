"""Real service on a loopback port in a thread of this process, with its worker, database and SMTP server."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import httpx
import uvicorn
import uvloop

from impl.app import create_app
from impl.assembly import Services, assemble
from impl.edge import server as edge_server
from impl.kernel.settings.service import Settings
from impl.kernel.signal import Signal
from impl.worker import run as run_worker
from impl.worker import worker_of
from tests.harness import deliveries
from tests.harness.client import open_client
from tests.harness.clock import MovableClock
from tests.harness.databases import Databases, Engine
from tests.harness.inbox import Inbox, receive
from tests.harness.openid import OpenId, serving
from tests.harness.patience import PATIENCE
from tests.harness.settings import make_settings
from tests.harness.sockets import listen
from tests.harness.web_server import WebServer


@dataclass(frozen=True, slots=True)
class Service:
    """Running service, with access to it from outside and inside."""

    engine: Engine
    url: str
    settings: Settings
    clock: MovableClock
    inbox: Inbox
    openid: OpenId
    services: Services
    """Assembly over the same database for the test's own event loop, since connections cannot cross loops."""

    def client(self, **headers: str) -> httpx.AsyncClient:
        """Open another validating client; header names are given with _ for -."""
        return open_client(self.url, headers={name.replace("_", "-"): value for name, value in headers.items()})

    async def run_periodic_tasks(self) -> None:
        """Run all of the worker's periodic tasks once, for tests that would wait for the live worker to come round."""
        for task in worker_of(self.services).periodic_tasks.values():
            await task()


class Sockets(NamedTuple):
    """Addresses on which a service and its peers listen."""

    web: socket.socket
    smtp: socket.socket
    openid: socket.socket


class _Live:
    """Runs the programs in a thread with an event loop of its own."""

    def __init__(self, settings: Settings, clock: MovableClock, inbox: Inbox, openid: OpenId, sockets: Sockets) -> None:
        self._settings = settings
        self._clock = clock
        self._inbox = inbox
        self._openid = openid
        self._sockets = sockets
        self._ready = threading.Event()
        self._error: BaseException | None = None
        self._server: WebServer | None = None
        self._messages: Signal | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._main, name="service", daemon=True)

    def start(self) -> None:
        self._thread.start()
        if not self._ready.wait(PATIENCE) or self._error is not None:
            message = "the service did not start"
            raise RuntimeError(message) from self._error

    def stop(self) -> None:
        if self._server is not None:
            self._server.end()
        self._thread.join(PATIENCE)
        if self._error is not None:
            message = "the service died"
            raise RuntimeError(message) from self._error

    def _main(self) -> None:
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:  # the loop of production
                runner.run(self._serve())
        except BaseException as error:  # noqa: BLE001 - handed to the test's thread, which raises it
            self._error = error
        finally:
            self._ready.set()

    def wake(self) -> None:
        """Wake the worker, from any thread, to look for due messages."""
        if self._messages is not None and self._loop is not None:
            self._loop.call_soon_threadsafe(self._messages.send)

    async def _serve(self) -> None:
        services = assemble(self._settings, clock=self._clock)
        self._messages, self._loop = services.database.messages, asyncio.get_running_loop()
        smtp = await receive(self._inbox, self._sockets.smtp)
        options = edge_server.options(host="127.0.0.1", port=0)
        worked = replace(services, outbox_handlers=deliveries.counted(services.outbox_handlers))
        app = create_app(self._settings, services, companions=[lambda _: run_worker(worked)])
        self._server = WebServer(uvicorn.Config(app, **options), self._ready)
        async with smtp, serving(self._openid.app, self._sockets.openid):
            await self._server.serve(sockets=[self._sockets.web])


@contextlib.asynccontextmanager
async def run_service(databases: Databases, engine: Engine, name: str, **changes: object) -> AsyncIterator[Service]:
    """Run a service on a migrated database of that name until the context ends; `changes` are settings by field."""
    url = await asyncio.to_thread(databases.migrated, engine, name)
    async with run_instance(engine, url, MovableClock(), Inbox(), **changes) as running:
        yield running
    await asyncio.to_thread(databases.drop, url)


@contextlib.asynccontextmanager
async def run_instance(
    engine: Engine, url: str, clock: MovableClock, inbox: Inbox, **changes: object
) -> AsyncIterator[Service]:
    """Run a service on a database that others may serve too."""
    with listen() as web, listen() as smtp, listen() as provider:
        web_port, smtp_port, openid_port = (listener.getsockname()[1] for listener in (web, smtp, provider))
        openid = OpenId(clock, port=openid_port)
        providers = {name: openid.settings(name) for name in ("google", "work")}
        given = {"oauth_providers": providers, **changes}
        settings = make_settings(url, web_port=web_port, smtp_port=smtp_port, **given)
        live = _Live(settings, clock, inbox, openid, Sockets(web, smtp, provider))
        await asyncio.to_thread(live.start)
        services = assemble(settings, clock=clock)
        await services.open()
        clock.listeners.append(live.wake)
        forwarding = asyncio.create_task(_forward(services.database.messages, live.wake))
        try:
            yield Service(engine, f"http://127.0.0.1:{web_port}", settings, clock, inbox, openid, services)
        finally:
            clock.listeners.remove(live.wake)
            forwarding.cancel()
            await services.close()
            await asyncio.to_thread(live.stop)


async def _forward(messages: Signal, wake: Callable[[], None]) -> None:
    """Wake the service's worker for each message that a test queues in an event loop of its own."""
    while True:
        await messages.next.wait()
        wake()
