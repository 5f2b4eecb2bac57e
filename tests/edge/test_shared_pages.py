"""Public pages that two processes share in Redis: what one has written, the other shows at once."""

from __future__ import annotations

import asyncio
import gzip
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
from redis.asyncio import Redis

from tests.harness.client import open_browser, open_client
from tests.harness.databases import Databases
from tests.harness.patience import PATIENCE
from tests.harness.processes import Fleet, two_processes_unlogged
from tests.harness.redis import RedisServer, redis_server
from tests.marketplace.categories.staff import category, rename

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


async def _kept(client: httpx.AsyncClient, path: str) -> httpx.Response:
    """Read a page until it is a kept one."""
    async with asyncio.timeout(PATIENCE):
        while "age" not in (answer := await client.get(path)).headers:
            assert answer.status_code == 200, answer.text
    return answer


@pytest.fixture(scope="module")
async def shared(
    databases: Databases, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Fleet, RedisServer]]:
    """Return two processes on PostgreSQL, and the Redis that they share."""
    folder: Path = tmp_path_factory.mktemp("shared_pages")
    with redis_server() as server:
        # Longer than production waits, so that a busy machine is no outage.
        settings = {"REDIS_URL": server.url, "REDIS_ANSWER_SECONDS": "5", "RESPONSE_CACHE_WAIT_SECONDS": "30"}
        name = f"shared_pages_{worker_id}"
        async with two_processes_unlogged(databases, name, folder, **settings) as fleet:
            yield fleet, server


async def test_what_one_process_has_written_the_other_shows_at_once(shared: tuple[Fleet, RedisServer]) -> None:
    fleet, server = shared
    staff = await fleet.accounts.staff("STAFF_MODERATOR")
    kept = await category(staff)
    path = f"/categories/{kept['slug']}/questions"
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(open_client(one.url)) for one in (fleet.first, fleet.second)]
        for turn in range(4):
            # The account's client writes to the first process.
            renamed = await rename(staff, kept, name=f"Kept by staff {turn}")
            assert renamed.status_code == 200, renamed.text
            shown = [await client.get(path) for client in clients]
            assert {answer.json()["category"]["name"] for answer in shown} == {f"Kept by staff {turn}"}
            again = [await _kept(client, path) for client in clients]
            assert {answer.content for answer in again} == {shown[0].content}

        server.freeze()
        try:
            await rename(staff, kept, name="Renamed while Redis hung")
            hung = [(await client.get(path)).json()["category"]["name"] for client in clients]
        finally:
            server.thaw()
        assert hung == ["Renamed while Redis hung"] * 2
        assert {(await _kept(client, path)).json()["category"]["name"] for client in clients} == {hung[0]}


async def test_a_kept_page_is_answered_like_one_that_was_made(shared: tuple[Fleet, RedisServer]) -> None:
    fleet, server = shared
    # A response that is compressed on its way has no length.
    plain = {"Accept-Encoding": "identity"}
    async with (
        open_client(fleet.first.url, headers=plain) as client,
        open_client(fleet.second.url, headers=plain) as other,
        Redis.from_url(server.url) as redis,
    ):
        await redis.flushall()
        made = await client.get("/categories")
        kept = await _kept(other, "/categories")
        assert kept.content == made.content
        assert kept.headers.keys() - made.headers.keys() == {"age"}
        for name in ("content-type", "etag", "cache-control", "content-length"):
            assert kept.headers[name] == made.headers[name]

        known = await client.get("/categories", headers={"If-None-Match": made.headers["etag"]})
        assert (known.status_code, known.content, known.headers["etag"]) == (304, b"", made.headers["etag"])
        assert "age" in known.headers
        head = await client.head("/categories")
        assert (head.content, head.headers["etag"]) == (b"", made.headers["etag"])
        plain = {"Accept-Encoding": "identity"}
        whole, head = await client.get("/categories", headers=plain), await client.head("/categories", headers=plain)
        assert (head.content, head.headers["content-length"]) == (b"", whole.headers["content-length"])

        pages = await redis.keys("hestami:page:*")
        assert (await client.get("/categories", headers={"Accept": "text/html"})).status_code == 406
        for path in ("/categories/none/questions", "/services?sort=price", "/providers/nobody", "/services?limit=0"):
            assert 400 <= (await client.get(path)).status_code < 500
        assert await redis.keys("hestami:page:*") == pages


async def test_many_who_ask_two_processes_at_once_have_the_page_made_once(shared: tuple[Fleet, RedisServer]) -> None:
    fleet, server = shared
    async with (
        open_client(fleet.first.url) as client,
        open_client(fleet.second.url) as other,
        Redis.from_url(server.url) as redis,
    ):
        for words in ("limit=3", "limit=4", "limit=5"):
            await redis.config_resetstat()
            asking = [one.get(f"/services?{words}") for one in (client, other) * 12]
            answers = await asyncio.gather(*asking)
            assert {answer.status_code for answer in answers} == {200}
            assert len({answer.content for answer in answers}) == 1
            # Whoever makes a page answers without an age, and everybody else with that of the page.
            assert ["age" in answer.headers for answer in answers].count(False) == 1
            async with asyncio.timeout(PATIENCE):
                while "cmdstat_del" not in await redis.info("commandstats"):
                    await client.get("/health/live")


async def _raw(web: httpx.AsyncClient, method: str = "GET", **headers: str) -> tuple[httpx.Response, bytes]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    async with web.stream(method, "/api/v1/categories", headers=sent) as answer:
        return answer, b"".join([chunk async for chunk in answer.aiter_raw()])


async def test_a_page_is_compressed_once_for_all_processes(shared: tuple[Fleet, RedisServer]) -> None:
    fleet, server = shared
    async with (
        open_browser(fleet.first.url) as web,
        open_browser(fleet.second.url) as other,
        Redis.from_url(server.url, decode_responses=True) as redis,
    ):
        await redis.flushall()
        made, body = await _raw(web, Accept_Encoding="identity")
        for coding, decoded in (("gzip", gzip.decompress), ("zstd", zstd.decompress)):
            takes = {"Accept_Encoding": coding}
            async with asyncio.timeout(PATIENCE):
                while not await redis.keys(f"hestami:page:*:{coding}"):
                    await _raw(web, **takes)
            kept, small = await _raw(other, **takes)
            assert (decoded(small), kept.headers["content-encoding"]) == (body, coding)
            assert int(kept.headers["content-length"]) == len(small) < len(body)
            assert kept.headers["etag"] == f'{made.headers["etag"][:-1]}-{coding}"'
            assert "accept-encoding" in kept.headers["vary"].lower()
            assert "age" in kept.headers
            known, _ = await _raw(other, **takes, If_None_Match=kept.headers["etag"])
            assert (known.status_code, known.headers["etag"]) == (304, kept.headers["etag"])
            head, nothing = await _raw(other, "HEAD", **takes)
            assert (nothing, head.headers["content-encoding"]) == (b"", coding)
        again, plain = await _raw(other, Accept_Encoding="identity")
        assert ("content-encoding" in again.headers, plain) == (False, body)
