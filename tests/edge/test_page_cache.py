"""Kept pages are never older than what was committed before a request came, whatever happens to Redis meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from sqlalchemy import text, update

from impl.edge.page_cache import LONGEST_PAUSE_SECONDS
from impl.gateways.page_store import StoredPage
from impl.kernel import table_changes
from impl.kernel.settings.redis import RedisSettings
from impl.marketplace.capabilities.categories.tables import Category
from openapi.runtime.conditions import etag_of
from tests.edge.caching import MAX_AGE, SLUG, CachingProcess, caching_process
from tests.harness.clock import MovableClock
from tests.harness.databases import Databases
from tests.harness.patience import PATIENCE
from tests.harness.redis import RedisServer, redis_server

_TABLE = "marketplace.categories"


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with redis_server() as running:
        yield running


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
async def processes(
    databases: Databases, server: RedisServer, clock: MovableClock, worker_id: str
) -> AsyncIterator[tuple[CachingProcess, CachingProcess]]:
    url = await asyncio.to_thread(databases.migrated, "postgresql", f"pages_{worker_id}")
    async with caching_process(url, server, clock) as one, caching_process(url, server, clock) as other:
        yield one, other
    await asyncio.to_thread(databases.drop, url)


async def _up(process: CachingProcess, *, is_up: bool) -> None:
    async with asyncio.timeout(PATIENCE):
        while process.circuit.is_up is not is_up:
            await process.page()


async def test_processes_share_a_page_until_what_it_shows_is_changed(
    processes: tuple[CachingProcess, CachingProcess],
) -> None:
    one, other = processes
    first = await one.page()
    await one.kept()
    made = one.made
    shared = await other.page()
    assert (shared.body, other.made, other.uses.all) == (first.body, 0, ["hit"])
    added = {"age": shared.headers["age"], "etag": etag_of(first.body)}
    assert shared.headers == {**first.headers, **added}

    for turn, (writer, reader) in enumerate(((one, other), (other, one)) * 3):
        await writer.rename(f"Pipes {turn}")
        assert await reader.name() == await writer.name() == f"Pipes {turn}"
        await reader.kept()
    assert one.made > made
    assert "stale" in one.uses.all + other.uses.all


async def test_only_what_is_committed_and_changes_a_row_counts(
    processes: tuple[CachingProcess, CachingProcess],
) -> None:
    one, _ = processes
    before = await table_changes.versions(one.database)
    async with one.database.begin() as tx:
        await tx.execute(update(Category).where(Category.slug == "nobody's").values(name="x"))
    async with one.database.begin() as tx, tx.begin_nested() as savepoint:
        await tx.execute(update(Category).where(Category.slug == SLUG).values(name="x"))
        assert await table_changes.versions(one.database) == before
        await savepoint.rollback()
    assert await table_changes.versions(one.database) == before
    await one.rename("Other pipes")
    after = await table_changes.versions(one.database)
    assert {name for name in after if after[name] != before[name]} == {_TABLE}


@pytest.mark.parametrize(("status", "reads"), [(404, True), (200, False), (404, False)])
async def test_what_is_no_success_or_shows_nothing_of_the_database_is_made_each_time(
    processes: tuple[CachingProcess, CachingProcess], status: int, reads: bool
) -> None:
    """Else nobody would know when it is outdated, or it would be a success the next time."""
    one, _ = processes
    one.status, one.reads = status, reads
    shown = [await one.page() for _ in range(3)]
    assert ([page.status for page in shown], one.made) == ([status] * 3, 3)
    assert set(one.uses.all) == {"miss"}


async def test_a_page_that_was_begun_before_a_change_is_not_used_after_it(
    processes: tuple[CachingProcess, CachingProcess],
) -> None:
    one, other = processes
    one.after = lambda: other.rename("Changed after it was read")
    await one.page()
    one.after = None
    assert await one.name() == await other.name() == "Changed after it was read"

    one.before = lambda: other.rename("Changed before it was read")
    assert (await one.page("a=1")).body == b"Changed before it was read"
    one.before = None
    # Given up early: it is newer than the versions that it is kept with.
    for process in processes:
        assert (await process.page("a=1")).body == b"Changed before it was read"
    assert one.uses.all[-1] in {"miss", "stale"}


async def test_requests_at_once_make_one_page(processes: tuple[CachingProcess, CachingProcess]) -> None:
    one, _ = processes
    come = asyncio.Event()

    async def all_have_come() -> None:
        await come.wait()

    one.before = all_have_come
    waiting = [asyncio.create_task(one.name()) for _ in range(20)]
    await one.begun.get()
    # A page with another query is another page.
    other = asyncio.create_task(one.page("a=1"))
    await one.begun.get()
    come.set()
    assert len(set(await asyncio.gather(*waiting))) == 1
    await other
    assert one.made == 2


async def test_one_process_makes_a_page_and_the_others_wait_for_it(
    processes: tuple[CachingProcess, CachingProcess],
) -> None:
    one, other = processes
    for process in processes:
        process.wait_for_others(PATIENCE)
    come = asyncio.Event()

    async def all_have_come() -> None:
        await come.wait()

    one.before = all_have_come
    making = asyncio.create_task(one.name())
    await one.begun.get()
    waiting = [asyncio.create_task(other.name()) for _ in range(20)]
    # Each has looked for the page, and nobody makes it a second time.
    async with asyncio.timeout(PATIENCE):
        while not other.cache.is_making:
            await table_changes.versions(other.database)
    come.set()
    assert {await making} == set(await asyncio.gather(*waiting))
    assert (one.made, other.made) == (1, 0)
    assert other.uses.all.count("awaited") == 1
    assert set(other.uses.all) <= {"awaited", "joined", "hit"}


@pytest.mark.parametrize("end", ["fails", "is changed", "lasts", "loses Redis"])
async def test_whoever_waits_in_vain_makes_the_page(
    processes: tuple[CachingProcess, CachingProcess], server: RedisServer, end: str
) -> None:
    one, other = processes
    go_on = asyncio.Event()

    async def end_somehow() -> None:
        await go_on.wait()
        if end == "fails":
            raise ZeroDivisionError

    one.after = end_somehow
    one.wait_for_others(PATIENCE)
    making = asyncio.create_task(one.name())
    await one.begun.get()
    if end == "is changed":
        await other.rename("Changed while it was made")
    other.wait_for_others(0.01 if end == "lasts" else PATIENCE)
    waiting = asyncio.create_task(other.name())
    async with asyncio.timeout(PATIENCE):
        while not other.cache.is_making and not waiting.done():
            await table_changes.versions(other.database)
    if end == "loses Redis":
        server.kill()
    if end in {"fails", "is changed"}:
        go_on.set()
    assert await waiting == ("Changed while it was made" if end == "is changed" else "Plumbing")
    assert other.made == 1
    go_on.set()
    await asyncio.gather(making, return_exceptions=True)


async def test_whoever_comes_after_a_change_does_not_join_those_who_came_before(
    processes: tuple[CachingProcess, CachingProcess],
) -> None:
    one, other = processes
    read, changed = asyncio.Event(), asyncio.Event()

    async def until_it_was_changed() -> None:
        read.set()
        await changed.wait()

    one.after = until_it_was_changed
    early = asyncio.create_task(one.name())
    await read.wait()
    await other.rename("Renamed meanwhile")
    late = asyncio.create_task(one.name())
    await asyncio.sleep(0)
    one.after = None
    changed.set()
    assert await late == "Renamed meanwhile"
    assert await early != "Renamed meanwhile"


async def test_a_page_that_could_not_be_made_is_made_by_the_next(
    processes: tuple[CachingProcess, CachingProcess],
) -> None:
    one, _ = processes

    async def fail() -> None:
        raise ZeroDivisionError

    one.before = fail
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            await one.page()
    one.before = None
    await one.page()


async def test_pages_grow_old_and_end(processes: tuple[CachingProcess, CachingProcess], clock: MovableClock) -> None:
    one, _ = processes
    await one.kept()
    clock.advance(timedelta(seconds=100))
    assert 100 <= int((await one.page()).headers["age"]) <= 102
    clock.advance(timedelta(seconds=MAX_AGE - 100))
    made = one.made
    assert "age" not in (await one.page()).headers
    assert one.made == made + 1


async def test_redis_holds_pages_for_no_longer_than_their_time(
    processes: tuple[CachingProcess, CachingProcess], server: RedisServer
) -> None:
    one, _ = processes
    await one.kept()
    async with Redis.from_url(server.url) as redis:
        (key,) = await redis.keys("hestami:page:*")
        assert str(key).count("{") == str(key).count("}") == 1
        assert 0 < await redis.pttl(key) <= MAX_AGE * 1000
        # Whoever reaches Redis can put nothing into our answers.
        content = await redis.get(key)
        assert isinstance(content, bytes)
        for forged in (content[:-1] + b"!", b"", content[:20]):
            await redis.set(key, forged)
            assert "age" not in (await one.page()).headers
            await one.kept()
        moved = await redis.get(key)
        assert isinstance(moved, bytes)
        await redis.set(one.store.key(b"another page"), moved)
    other = await one.store.find(one.store.key(b"another page"), None, useless=(), lease_milliseconds=1)
    assert isinstance(other, StoredPage)
    assert other.content is None


async def test_what_was_changed_during_an_outage_is_shown_in_it_and_after_it(
    processes: tuple[CachingProcess, CachingProcess], server: RedisServer
) -> None:
    one, other = processes
    await one.kept()
    server.freeze()
    try:
        # Those who hear of the outage first wait for it; the test's patience is not production's.
        for process in processes:
            await _up(process, is_up=False)
        await other.rename("Changed while Redis hung")
        assert await one.name() == await other.name() == "Changed while Redis hung"
        assert one.uses.all[-1] == "bypass"
    finally:
        server.thaw()
    for process in processes:
        await _up(process, is_up=True)
    assert await one.name() == await other.name() == "Changed while Redis hung"

    await one.kept()
    server.kill()
    await other.rename("Changed while Redis was gone")
    assert await one.name() == await other.name() == "Changed while Redis was gone"
    server.start()
    for process in processes:
        await _up(process, is_up=True)
        assert await process.name() == "Changed while Redis was gone"
        await process.kept()


async def test_no_reader_ever_sees_less_than_was_committed_before_it_asked(
    processes: tuple[CachingProcess, CachingProcess], server: RedisServer
) -> None:
    one, other = processes
    await one.rename("0")
    committed, done = 0, asyncio.Event()

    async def write() -> None:
        nonlocal committed
        for number in range(1, 61):
            await (one, other)[number % 2].rename(str(number))
            committed = number
            if number == 30:
                server.kill()
                server.start()
            for _ in range(number % 7):
                await other.page()
        done.set()

    async def read(process: CachingProcess) -> None:
        while not done.is_set():
            least = committed
            assert int(await process.name()) >= least

    await asyncio.gather(write(), *(read(process) for process in (*processes, *processes)))
    assert {"hit", "stale", "miss"} <= {*one.uses.all, *other.uses.all}


async def test_adding_up_changes_no_version(processes: tuple[CachingProcess, CachingProcess]) -> None:
    one, _ = processes
    async with one.database.begin() as tx:
        for number in range(300):
            await tx.execute(update(Category).where(Category.slug == SLUG).values(name=str(number)))
    before = await table_changes.versions(one.database)
    assert not await table_changes.add_up(one.database)
    assert await table_changes.versions(one.database) == before
    async with one.database.begin() as tx:
        rows = await tx.scalar(text("SELECT count(*) FROM operations.table_changes"))
    assert rows == len(before)


async def test_who_waits_for_a_page_goes_on_when_redis_hangs(
    processes: tuple[CachingProcess, CachingProcess], server: RedisServer
) -> None:
    # In production: no pause and answer together take longer than this.
    assert LONGEST_PAUSE_SECONDS > 0
    assert LONGEST_PAUSE_SECONDS + RedisSettings().redis_answer_seconds <= 0.05
    one, other = processes
    go_on = asyncio.Event()

    async def until_released() -> None:
        await go_on.wait()

    for process in processes:
        # A page is waited for beyond the patience of the test.
        process.wait_for_others(2 * PATIENCE)
    one.after = until_released
    making = asyncio.create_task(one.name())
    await one.begun.get()
    waiting = [asyncio.create_task(other.name()) for _ in range(9)]
    async with asyncio.timeout(PATIENCE):
        while not other.cache.is_making:
            await table_changes.versions(other.database)
    for process in processes:
        process.wait_for_redis(0.5)
    server.freeze()
    try:
        assert set(await asyncio.gather(*waiting)) == {"Plumbing"}
        assert not other.circuit.is_up
        # One request had the lease of a page that is older than this, and stores it when Redis is back.
        await other.rename("Changed while Redis hung")
        one.after = None
        assert await one.name() == await other.name() == "Changed while Redis hung"
        go_on.set()
        assert await making == "Plumbing"
    finally:
        server.thaw()
    for process in processes:
        process.wait_for_redis(PATIENCE)
        # The lease is still there: what it was for has gone on without it.
        process.wait_for_others(0.01)
        await _up(process, is_up=True)
        assert await process.name() == "Changed while Redis hung"
    for process in processes:
        await process.kept()
        assert await process.name() == "Changed while Redis hung"
