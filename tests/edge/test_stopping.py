"""A service that is asked to end answers what it was sent, and says what it could not finish."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import override
from urllib.parse import urlsplit

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from impl.edge.connections import BoundedProtocol
from impl.edge.server import options
from impl.edge.stopping import Server, Stop
from tests.harness.client import assert_problem, open_client
from tests.harness.patience import PATIENCE
from tests.harness.programs import Program, running

_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")
_LONG = "3600"
_BODY = b'{"email": "ann@example.test", "password": "Copper-Kettle-58", "full_name": "Ann"}'
_HEAD = (
    b"POST /api/v1/auth/register HTTP/1.1\r\nHost: hestami.test\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n" % len(_BODY)
)
_WAITING = 20


@asynccontextmanager
async def _serving(url: str, folder: Path, **settings: str) -> AsyncIterator[tuple[Program, str]]:
    told = {"ENVIRONMENT": "test", "DATABASE_URL": url, "DATA_DIR": str(folder), "BCRYPT_COST": "4", **settings}
    async with running("impl.app", "--port", "0", folder=folder, settings=told) as program:
        address = _ADDRESS.search(await program.wait_for_line("Uvicorn running"))
        assert address is not None
        yield program, address[0]


class _Request:
    """Request whose head the service has read, and whose body it waits for."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def begin(cls, address: str) -> _Request:
        reader, writer = await _connected(address)
        writer.write(_HEAD)
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        return cls(reader, writer)

    async def finish(self) -> bytes:
        """Send the body, and return all that is said until the connection ends."""
        self._writer.write(_BODY)
        return await self.rest()

    async def rest(self) -> bytes:
        """Return all that is said until the connection ends."""
        async with asyncio.timeout(PATIENCE):
            said = await self._reader.read()
        self._writer.close()
        await self._writer.wait_closed()
        return said


async def _connected(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    parts = urlsplit(address)
    return await asyncio.open_connection(parts.hostname, parts.port)


async def test_it_is_unready_first_and_goes_on_serving(fresh_database_url: str, tmp_path: Path) -> None:
    async with (
        _serving(fresh_database_url, tmp_path, DRAIN_SECONDS=_LONG) as (program, address),
        open_client(address) as client,
    ):
        assert (await client.get("/health/ready")).status_code == 200
        program.terminate()
        await program.wait_for_line("unready from now on")
        assert_problem(await client.get("/health/ready"), 503, "unavailable")
        for _ in range(2):
            answer = await client.get("/categories")
            assert (answer.status_code, answer.headers["connection"]) == (200, "close")
        program.terminate()
        assert await program.exit_status() == 128 + signal.SIGTERM, "a second signal ends it at once"


async def test_a_request_under_way_is_answered(fresh_database_url: str, tmp_path: Path) -> None:
    async with _serving(fresh_database_url, tmp_path) as (program, address):
        request = await _Request.begin(address)
        program.terminate()
        await program.wait_for_line("Shutting down")
        with pytest.raises(ConnectionRefusedError):
            await _connected(address)
        answer = await request.finish()
        assert answer.startswith(b"HTTP/1.1 202 "), answer
        assert b"connection: close" in answer
        assert await program.exit_status() == 0, program.output


async def test_who_has_connected_before_the_end_is_answered(fresh_database_url: str, tmp_path: Path) -> None:
    """Also those whom the process has not come to, since the system would break them off with its socket."""
    async with _serving(fresh_database_url, tmp_path) as (program, address):
        idle = await _connected(address)
        os.kill(program.pid, signal.SIGSTOP)
        waiting = [await _connected(address) for _ in range(_WAITING)]
        for _, writer in (idle, *waiting):
            writer.write(b"GET /health/live HTTP/1.1\r\nHost: hestami.test\r\n\r\n")
        program.terminate()
        os.kill(program.pid, signal.SIGCONT)
        async with asyncio.timeout(PATIENCE):
            answers = [await reader.read() for reader, _ in (idle, *waiting)]
        for _, writer in (idle, *waiting):
            writer.close()
            await writer.wait_closed()
        assert all(answer.startswith(b"HTTP/1.1 200 ") for answer in answers), answers
        assert await program.exit_status() == 0, program.output


async def test_what_takes_too_long_is_cut_off_and_logged(fresh_database_url: str, tmp_path: Path) -> None:
    async with _serving(fresh_database_url, tmp_path, STOP_SECONDS="1") as (program, address):
        request = await _Request.begin(address)
        program.terminate()
        assert "register 1" in await program.wait_for_line("cut off")
        await request.rest()
        assert await program.exit_status() == 1, program.output


async def _answer(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


async def _until(happens: Callable[[], bool]) -> None:
    while not happens():  # noqa: ASYNC110 - the server tells nobody
        await asyncio.sleep(0)


class _Patient:
    """Application that answers each request when it may."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.may_answer = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            for word in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{word}.complete"})
            return
        self.asked.set()
        await self.may_answer.wait()
        await _answer(scope, receive, send)


@asynccontextmanager
async def _server(
    app: _Patient, *, unready: float, finish: int, meanwhile: Callable[[], None] = lambda: None
) -> AsyncIterator[tuple[Server, str, list[str]]]:
    """Run a server in this process; give it, its address, and a list that it writes to as it leaves."""
    left: list[str] = []

    def leave() -> None:
        left.append("left")
        meanwhile()

    config = uvicorn.Config(app, **options(host="127.0.0.1", port=0, finish_seconds=finish))
    server = Server(config, Stop(leave=leave, unready=unready, finish=finish))
    async with asyncio.timeout(PATIENCE):
        running = asyncio.create_task(server.serve())
        await _until(lambda: server.started)
        host, port = server.servers[0].sockets[0].getsockname()
        yield server, f"http://{host}:{port}", left
        server.should_exit = True
        await running


async def _ask(address: str) -> bytes:
    reader, writer = await _connected(address)
    writer.write(b"GET / HTTP/1.1\r\nHost: hestami.test\r\n\r\n")
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


async def test_a_server_that_is_to_leave_says_so_once_and_goes_on() -> None:
    app = _Patient()
    app.may_answer.set()
    async with _server(app, unready=3600, finish=1) as (server, address, left):
        server.handle_exit(signal.SIGTERM, None)
        await _until(lambda: bool(left))
        for _ in range(2):
            assert b"connection: close" in await _ask(address)
            assert not await server.on_tick(1)
        assert left == ["left"]
        assert not server.has_cut


async def test_a_server_that_a_terminal_ends_finishes_what_is_under_way() -> None:
    app = _Patient()
    async with _server(app, unready=3600, finish=60) as (server, address, left):
        asking = asyncio.create_task(_ask(address))
        await app.asked.wait()
        server.handle_exit(signal.SIGINT, None)
        await _until(lambda: not server.servers[0].is_serving())
        with pytest.raises(ConnectionRefusedError):
            await _connected(address)
        app.may_answer.set()
        assert (await asking).startswith(b"HTTP/1.1 200 ")
    assert (left, server.has_cut) == (["left"], False)


async def test_who_connects_while_the_server_leaves_is_answered() -> None:
    app = _Patient()
    app.may_answer.set()
    opened: list[socket.socket] = []

    def connect() -> None:
        # The loop does not turn meanwhile, so that the server has not come to them when it closes.
        for _ in range(_WAITING):
            one = socket.create_connection(place)
            one.sendall(b"GET / HTTP/1.1\r\nHost: hestami.test\r\n\r\n")
            opened.append(one)

    async with _server(app, unready=0, finish=60, meanwhile=connect) as (server, _, _):
        place = server.servers[0].sockets[0].getsockname()
        server.handle_exit(signal.SIGTERM, None)
        await _until(lambda: bool(opened))
        for one in opened:
            reader, writer = await asyncio.open_connection(sock=one)
            assert (await reader.read()).startswith(b"HTTP/1.1 200 ")
            writer.close()
            await writer.wait_closed()


async def test_a_server_knows_that_it_has_cut_something_off() -> None:
    app = _Patient()
    async with _server(app, unready=0, finish=0) as (server, address, _):
        asking = asyncio.create_task(_ask(address))
        await app.asked.wait()
        server.handle_exit(signal.SIGTERM, None)
        assert b"200" not in await asking
    assert server.has_cut


async def test_a_connection_that_waits_is_looked_at_once_more_before_it_is_closed() -> None:
    """A request that was just sent on an idle connection must not be broken off."""
    config = uvicorn.Config(_answer, **options(host="127.0.0.1", port=0))
    config.load()
    connections: asyncio.Queue[BoundedProtocol] = asyncio.Queue()

    class Connection(BoundedProtocol):
        @override
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
            super().connection_made(transport)
            connections.put_nowait(self)

    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(config=config, server_state=ServerState(), app_state={}), "127.0.0.1", 0
    )
    host, port = server.sockets[0].getsockname()
    try:
        async with asyncio.timeout(PATIENCE):
            for asks, begins in ((True, b"HTTP/1.1 200 OK"), (False, b"")):
                reader, writer = await asyncio.open_connection(host, port)
                connection = await connections.get()
                assert connection.is_idle
                connection.shutdown()
                assert not connection.transport.is_closing()
                if asks:
                    writer.write(b"GET / HTTP/1.1\r\nHost: hestami.test\r\n\r\n")
                response = await reader.read()
                assert response.startswith(begins)
                assert (b"connection: close" in response) is asks
                assert connection.transport.is_closing()
                writer.close()
                await writer.wait_closed()
    finally:
        # Not waited for: a connection that was not closed would never let it end.
        server.close()
