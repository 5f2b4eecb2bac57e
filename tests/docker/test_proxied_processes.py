"""Processes behind the proxy of production: streams, uploads, limits and compression are as they are without it."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import UUID

import httpx
import pytest

from tests.docker.proxy import client_of, named, proxied
from tests.gateways.picture_files import noise, saved
from tests.harness.patience import PATIENCE
from tests.harness.processes import Fleet, two_processes_unlogged
from tests.harness.redis import redis_server
from tests.identity.roles.role_requests import id_of
from tests.marketplace.notification_stream.listening import PATH, Listener, tell
from tests.marketplace.payloads import PROPERTIES, house

if TYPE_CHECKING:
    from tests.harness.accounts import Account
    from tests.harness.databases import Databases
    from tests.harness.programs import Program

pytestmark = pytest.mark.nginx

# An operator may have nginx compress what comes from others.
_BESIDE: Final = """
    upstream both {{
        server {first};
        server {second};
    }}
    gzip on;
    gzip_proxied any;
    gzip_types application/json;
"""


@dataclass(frozen=True, slots=True)
class Proxied:
    fleet: Fleet
    program: Program
    """The first of the two processes that the proxy asks in turn; the other is the first of the fleet."""
    client: httpx.AsyncClient
    folder: Path

    def from_address(self, address: str) -> httpx.AsyncClient:
        port = self.client.base_url.port
        assert port is not None
        return client_of(self.folder / "proxy.pem", port, address=address)


@pytest.fixture(scope="module")
async def behind(
    databases: Databases, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Proxied]:
    folder: Path = tmp_path_factory.mktemp("proxied")
    async with AsyncExitStack() as stack:
        settings = {
            "REDIS_URL": stack.enter_context(redis_server()).url,
            "REDIS_ANSWER_SECONDS": "5",
            "TRUSTED_PROXIES": "127.0.0.1",
            "RATE_LIMIT_SCALE": "1",
            "STREAM_HEARTBEAT_SECONDS": "600",
            "DRAIN_SECONDS": "0",
        }
        name = f"proxied_processes_{worker_id}"
        fleet = await stack.enter_async_context(two_processes_unlogged(databases, name, folder, **settings))
        another, program = await stack.enter_async_context(fleet.another())
        first, second = (one.url.removeprefix("http://") for one in (another, fleet.first))
        beside = _BESIDE.format(first=first, second=second)
        _, client = stack.enter_context(proxied(folder / "nginx", "both", beside=beside))
        yield Proxied(fleet, program, await stack.enter_async_context(client), folder / "nginx")


@pytest.fixture
async def owner(behind: Proxied) -> Account:
    return await behind.fleet.accounts.hire("HOMEOWNER")


def _headers(account: Account, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {account.access_token}", **more}


async def test_an_upload_that_takes_its_time_arrives_whole(behind: Proxied, owner: Account) -> None:
    made = await owner.client.post(PROPERTIES, json=house())
    picture = saved(noise(900, 600), "PNG")
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'

    async def pieces() -> AsyncIterator[bytes]:
        whole = head + picture + b"\r\n--b--\r\n"
        for place in range(0, len(whole), 50_000):
            yield whole[place : place + 50_000]

    answer = await behind.client.post(
        **named(f"/api/v1{PROPERTIES}/{made.json()['id']}/photos"),
        content=pieces(),
        headers=_headers(owner, **{"Content-Type": "multipart/form-data; boundary=b"}),
    )
    assert answer.status_code == 201, answer.text


async def test_addresses_have_one_budget_each_whichever_process_answers(behind: Proxied) -> None:
    async with behind.from_address("127.0.0.2") as client, behind.from_address("127.0.0.3") as other:
        sign_in = {**named("/api/v1/auth/login"), "content": b"{}", "headers": {"Content-Type": "text/plain"}}
        assert [(await client.post(**sign_in)).status_code for _ in range(32)] == [415] * 30 + [429, 429]
        assert (await other.post(**sign_in)).status_code == 415
        # Nor does it help to say that one is somebody else.
        spoofed = {**sign_in, "headers": {**sign_in["headers"], "X-Forwarded-For": "127.0.0.9"}}
        assert (await client.post(**spoofed)).status_code == 429


async def test_what_the_service_compresses_is_not_compressed_again_and_requests_keep_their_id(behind: Proxied) -> None:
    headers = {"Accept-Encoding": "gzip", "Request-Id": "asked-through-the-proxy"}
    async with behind.client.stream("GET", **named("/api/v1/categories"), headers=headers) as answer:
        raw = b"".join([chunk async for chunk in answer.aiter_raw()])
    assert answer.headers.get_list("content-encoding") == ["gzip"]
    assert gzip.decompress(raw).startswith(b"{")
    assert int(answer.headers["content-length"]) == len(raw)
    assert answer.headers["etag"].endswith('-gzip"')
    assert not answer.headers["etag"].startswith("W/")
    assert answer.headers["request-id"] == "asked-through-the-proxy"


@asynccontextmanager
async def _listening(behind: Proxied, account: Account, **headers: str) -> AsyncIterator[Listener]:
    async with behind.client.stream("GET", **named(PATH), headers=_headers(account, **headers)) as response:
        assert response.status_code == 200
        # This header is for nginx, which does not pass it on; the contract is about the service's own answer.
        assert "x-accel-buffering" not in response.headers
        response.headers["x-accel-buffering"] = "no"
        yield Listener(response)


async def test_a_stream_arrives_at_once_and_goes_on_at_another_process(behind: Proxied, owner: Account) -> None:
    """Last, since one of the processes ends."""
    owner_id = UUID(await id_of(owner))
    async with _listening(behind, owner) as here, _listening(behind, owner) as there:
        for stream in (here, there):
            assert (await stream.next())["event"] == "OPENED"
        await tell(behind.fleet.first, owner_id)
        # Each is read while it is open, and no heartbeat pushes anything out of a buffer.
        assert [(await stream.next())["notification"]["number"] for stream in (here, there)] == [1, 1]

        behind.program.terminate()
        ends = [asyncio.create_task(stream.ended()) for stream in (here, there)]
        (ended,), (left,) = await asyncio.wait(ends, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        # As streams end, and not broken off; the one at the other process goes on.
        await ended
        left.cancel()
    await tell(behind.fleet.first, owner_id)
    async with _listening(behind, owner, **{"Last-Event-ID": "1"}) as again:
        assert (await again.next())["event"] == "OPENED"
        assert (await again.next())["notification"]["number"] == 2
