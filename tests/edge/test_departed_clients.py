"""Clients that leave before their answer, and more requests at once than a process takes."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, override
from urllib.parse import urlsplit

import asyncpg
import pytest
import uvicorn

from impl.app import create_app
from impl.assembly import assemble
from impl.edge import server as edge_server
from tests.edge.application import lines_of_log
from tests.harness.accounts import Accounts
from tests.harness.clock import MovableClock
from tests.harness.inbox import Inbox
from tests.harness.openid import OpenId
from tests.harness.patience import PATIENCE
from tests.harness.service import Service
from tests.harness.settings import make_settings
from tests.harness.sockets import listen

pytestmark = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)

_MANY: Final = 5
_LOCK: Final = "LOCK TABLE {} IN ACCESS EXCLUSIVE MODE"
_BLOCKED: Final = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
_LIVE: Final = b"GET /health/live HTTP/1.1\r\nHost: hestami.test\r\n\r\n"
_GET: Final = b"GET /api/v1/categories HTTP/1.1\r\nHost: hestami.test\r\n\r\n"
_UPLOAD: Final = (
    b"POST /api/v1/auth/reset-password HTTP/1.1\r\nHost: hestami.test\r\n"
    b"Content-Type: application/json\r\nContent-Length: 30\r\n\r\n"
)
_BODY: Final = b'{"email":"nobody@example.com"}'

type Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    @override
    def capture_signals(self) -> Iterator[None]:
        yield  # signals belong to pytest


@asynccontextmanager
async def _narrow(url: str, **changes: object) -> AsyncIterator[Service]:
    """Serve, within this event loop and without a worker, with one connection to read and one to write."""
    given: dict[str, object] = {"database_pool_size": 2, **changes}
    with listen() as web:
        port = web.getsockname()[1]
        settings = make_settings(url, web_port=port, smtp_port=port, **given)
        clock = MovableClock()
        services = assemble(settings, clock=clock)
        options = edge_server.options(host="127.0.0.1", port=0)
        server = _Server(uvicorn.Config(create_app(settings, services), **options))
        serving = asyncio.create_task(server.serve(sockets=[web]))
        openid = OpenId(clock, port=port)
        yield Service("postgresql", f"http://127.0.0.1:{port}", settings, clock, Inbox(), openid, services)
        server.should_exit = True
        await serving


@asynccontextmanager
async def _locked(url: str, table: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    async with connection.transaction():
        await connection.execute(_LOCK.format(table))
        yield connection
    await connection.close()


async def _until_blocked(connection: asyncpg.Connection) -> None:
    async with asyncio.timeout(PATIENCE):
        while await connection.fetchval(_BLOCKED) == 0:
            # A transaction sees it as of its first look otherwise.
            await connection.execute("SELECT pg_stat_clear_snapshot()")


async def _until_waiting(service: Service, use: str, count: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while service.services.database.loads[use].waiting != count:
            await _status(await _sent(service, _LIVE))


async def _sent(service: Service, request: bytes) -> Stream:
    address = urlsplit(service.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(request)
    return reader, writer


async def _status(stream: Stream) -> int:
    """Return the status of an answer, the last one of its connection."""
    reader, writer = stream
    async with asyncio.timeout(PATIENCE):
        line = await reader.readline()
    writer.close()
    return int(line.split()[1])


async def _leave(service: Service, streams: Sequence[Stream]) -> None:
    """Close connections, and wait until the service knows: it hears of what came before it hears of what came after."""
    for _, writer in streams:
        writer.close()
    assert await _status(await _sent(service, _LIVE)) == 200


async def _logged(service: Service, lines: Sequence[Mapping[str, Any]], operation: str, count: int) -> Counter[int]:
    """Return the statuses of an operation once so many requests have ended."""
    async with asyncio.timeout(PATIENCE):
        while True:
            found = Counter[int](line["status"] for line in lines if line.get("operation") == operation)
            if found.total() >= count:
                return found
            await _status(await _sent(service, _LIVE))


async def test_reads_for_departed_clients_are_not_executed(fresh_database_url: str) -> None:
    async with _narrow(fresh_database_url) as service:
        with lines_of_log() as lines:
            async with _locked(fresh_database_url, "marketplace.categories") as connection:
                first = await _sent(service, _GET)
                await _until_blocked(connection)
                others = [await _sent(service, _GET) for _ in range(_MANY)]
                await _until_waiting(service, "reading", _MANY)
                last = await _sent(service, _GET)
                await _until_waiting(service, "reading", _MANY + 1)
                await _leave(service, [first, *others])
            assert await _status(last) == 200
            # What has begun is finished, though nobody hears of it.
            assert await _logged(service, lines, "listCategories", _MANY + 2) == {200: 2, 499: _MANY}


async def test_a_change_of_a_client_that_has_left_does_not_begin_and_one_that_has_begun_is_finished(
    fresh_database_url: str,
) -> None:
    async with _narrow(fresh_database_url) as service:
        accounts = Accounts(service)
        owner = await accounts.make()

        def rename(name: str) -> bytes:
            body = b'{"full_name": "%b"}' % name.encode()
            return (
                b"PATCH /api/v1/users/me HTTP/1.1\r\nHost: hestami.test\r\nAuthorization: Bearer %b\r\n"
                b"Content-Type: application/merge-patch+json\r\nContent-Length: %d\r\n\r\n%b"
            ) % (owner.access_token.encode(), len(body), body)

        with lines_of_log() as lines:
            async with _locked(fresh_database_url, "operations.audit_events") as connection:
                first = await _sent(service, rename("Has Begun"))
                await _until_blocked(connection)
                others = [await _sent(service, rename("Has Not Begun")) for _ in range(_MANY)]
                await _until_waiting(service, "writing", _MANY)
                await _leave(service, [first, *others])
            assert await _logged(service, lines, "updateAccount", _MANY + 1) == {200: 1, 499: _MANY}
        assert (await owner.client.get("/users/me")).json()["full_name"] == "Has Begun"
        await accounts.close()


async def test_more_requests_at_once_than_a_process_takes_are_told_to_come_back_at_once(
    fresh_database_url: str,
) -> None:
    async with _narrow(fresh_database_url, requests_at_once=2) as service, service.client() as client:
        # A body that is still to come takes no place.
        slow = [await _sent(service, _UPLOAD) for _ in range(_MANY)]
        async with _locked(fresh_database_url, "marketplace.categories") as connection:
            sent = [await _sent(service, _GET) for _ in range(2)]
            await _until_blocked(connection)
            await _until_waiting(service, "reading", 1)
            refused = await client.get("/categories")
            assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (503, "unavailable")
            assert int(refused.headers["Retry-After"]) > 0
            slow[0][1].write(_BODY)
            assert await _status(slow[0]) == 503
            assert await _status(await _sent(service, _LIVE)) == 200
        assert [await _status(one) for one in sent] == [200, 200]
        slow[1][1].write(_BODY)
        assert await _status(slow[1]) == 202
        await _leave(service, slow)
