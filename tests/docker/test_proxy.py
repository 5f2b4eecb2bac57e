"""The proxy's configuration, in nginx itself: it ends TLS, tells who the client is, and answers with problems."""

from __future__ import annotations

import asyncio
import re
import socket
import struct
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import override

import httpx
import pytest

from tests.docker.proxy import HOST, named, proxied
from tests.harness.client import assert_problem, open_browser
from tests.harness.databases import Databases, Engine
from tests.harness.service import Service, run_service
from tests.harness.settings import production_settings
from tests.harness.sockets import listen

pytestmark = pytest.mark.nginx

_SCHEMES = ("https", "http", "https, http")


@pytest.fixture(scope="module")
async def production(databases: Databases, engine: Engine, worker_id: str) -> AsyncIterator[Service]:
    name = f"proxied_{worker_id}"
    changes = {**production_settings(), "trusted_proxies": ("127.0.0.1",), "log_level": "INFO"}
    async with run_service(databases, engine, name, **changes) as running:
        yield running


@pytest.fixture
async def proxy(production: Service, tmp_path: Path) -> AsyncIterator[tuple[str, httpx.AsyncClient]]:
    with proxied(tmp_path / "proxy", production.url.removeprefix("http://")) as (plain, client):
        async with client:
            yield plain, client


class _Names(asyncio.DatagramProtocol):
    """Name server that knows one name, which leads to these addresses of IPv4."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self._answers = [b"\xc0\x0c\0\1\0\1\0\0\0\1\0\4" + socket.inet_aton(address) for address in addresses]

    @override
    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]  # as asyncio calls it
        self._transport = transport

    @override
    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer a question (RFC 1035, section 4) by its id, which comes first, and its type, which is near the end."""
        answers = self._answers if data[-4:-2] == b"\0\1" else []
        head = data[:2] + b"\x81\x80\0\1" + struct.pack(">H", len(answers)) + b"\0\0\0\0"
        self._transport.sendto(head + data[12:] + b"".join(answers), addr)


async def test_who_comes_by_https_is_served_and_others_are_led_there(
    proxy: tuple[str, httpx.AsyncClient], production: Service
) -> None:
    plain, client = proxy
    answer = await client.get(**named("/api/v1/categories"))
    assert answer.status_code == 200
    assert answer.http_version == "HTTP/1.1"
    assert "strict-transport-security" in answer.headers
    # The scheme is the one that a trusted proxy names, and that of the connection otherwise.
    async with open_browser(production.url) as web:
        found = [await web.get("/api/v1/categories", headers={"X-Forwarded-Proto": scheme}) for scheme in _SCHEMES]
        assert [answer.status_code for answer in found] == [200, 403, 403]
        assert_problem(await web.get("/api/v1/categories"), 403, "forbidden")

    moved = await client.get(f"{plain}/api/v1/categories?limit=5")
    assert moved.status_code == 308
    assert moved.headers["location"] == f"https://{HOST}/api/v1/categories?limit=5"


async def test_a_client_cannot_say_who_it_is(proxy: tuple[str, httpx.AsyncClient]) -> None:
    _, client = proxy
    left = []
    for number in range(3):
        spoofed = {"X-Forwarded-For": f"203.0.113.{number}", "X-Forwarded-Proto": "http"}
        # Its quota is of ten minutes, in which even a slow machine sends three requests.
        asked = await client.post(
            **named("/api/v1/auth/reset-password"), json={"email": f"nobody{number}@example.com"}, headers=spoofed
        )
        assert asked.status_code == 202
        left.append(int(re.findall(r";r=(\d+)", asked.headers["ratelimit"])[0]))
    assert left == [left[0], left[0] - 1, left[0] - 2], "each address would have a quota of its own"


async def test_another_host_gets_no_certificate(proxy: tuple[str, httpx.AsyncClient]) -> None:
    _, client = proxy
    with pytest.raises(httpx.ConnectError, match="unrecognized name"):
        await client.get("/health/live", extensions={"sni_hostname": "other.test"})


async def test_what_is_too_large_is_a_problem(proxy: tuple[str, httpx.AsyncClient]) -> None:
    _, client = proxy
    answer = await client.post(**named("/api/v1/auth/login"), content=b"x" * (13 * 1024 * 1024 + 1))
    members = assert_problem(answer, 413, "payload-too-large")
    assert members["request_id"] == answer.headers["request-id"]


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/api/v1/categories", {"Cookie": "b" * 17_000}),
        ("GET", "/api/v1/categories?q=" + "b" * 17_000, {}),
        ("GET", "/api/v1/%2e%2e/%2e%2e/%2e%2e/docs", {}),
        ("TRACE", "/api/v1/categories", {}),
    ],
    ids=["a long head", "a long url", "a path out of the site", "a method that tells what was sent"],
)
async def test_what_the_proxy_does_not_read_is_a_problem(
    proxy: tuple[str, httpx.AsyncClient], method: str, path: str, headers: dict[str, str]
) -> None:
    _, client = proxy
    answer = await client.request(method, **named(path), headers=headers)
    members = assert_problem(answer, 400, "malformed-request")
    assert members["request_id"] == answer.headers["request-id"]
    assert answer.headers["cache-control"] == "no-store"


async def test_a_process_that_refuses_is_passed_over(production: Service, tmp_path: Path) -> None:
    """Ask for a name of two addresses, of which one has no process any more, as while a container is replaced."""
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: _Names(["127.0.0.2", "127.0.0.1"]), local_addr=("127.0.0.1", 0)
    )
    port = production.url.rpartition(":")[2]
    resolver = "127.0.0.1:{}".format(transport.get_extra_info("sockname")[1])
    with proxied(tmp_path / "proxy", f"api.test:{port}", resolver) as (_, client):
        async with client:
            answers = [await client.get(**named("/api/v1/categories")) for _ in range(6)]
            body = {"email": "nobody@example.com"}
            asked = [await client.post(**named("/api/v1/auth/reset-password"), json=body) for _ in range(4)]
    transport.close()
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.status_code for answer in asked} == {202}


async def test_without_the_service_it_is_unavailable_and_says_when_to_come_back(tmp_path: Path) -> None:
    with listen() as closed:
        upstream = f"127.0.0.1:{closed.getsockname()[1]}"
    with proxied(tmp_path / "proxy", upstream) as (_, client):
        async with client:
            answer = await client.get(**named("/api/v1/services?q=%22"))
    members = assert_problem(answer, 503, "unavailable")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"] == "2"
    assert members["instance"] == "/api/v1/services"
