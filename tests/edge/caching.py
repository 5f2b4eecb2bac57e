"""Cache of public pages as a process has it, with one page, for tests that have two of them in one process."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, TypedDict

from sqlalchemy import bindparam, select, update

from generated.policies import LIST_CATEGORIES
from impl.edge.compression import Coding
from impl.edge.page_cache import PageCache, Use
from impl.gateways.page_store import PageStore
from impl.gateways.redis_circuit import RedisCircuit
from impl.kernel.database import Database
from impl.kernel.engines.connecting import connect
from impl.kernel.engines.connection_options import ConnectionOptions
from impl.kernel.statements import Query
from impl.marketplace.capabilities.categories.tables import Category
from openapi.runtime.wire import Reply
from tests.harness.clock import MovableClock
from tests.harness.patience import PATIENCE
from tests.harness.redis import RedisServer

MAX_AGE: Final = 300
SLUG: Final = "plumbing"


class _Name(TypedDict):
    name: str


_NAME = Query(select(Category.name).where(Category.slug == bindparam("slug")), _Name)


@dataclass
class Uses:
    """Uses of pages, in order."""

    all: list[str] = field(default_factory=list)

    def read_page(self, operation: str, use: Use) -> None:
        """Keep it."""
        assert operation == LIST_CATEGORIES.id
        self.all.append(use)


@dataclass
class CachingProcess:
    """Cache of one process, with a page that shows the name of a category, and how often it was made."""

    database: Database
    cache: PageCache
    circuit: RedisCircuit
    uses: Uses
    store: PageStore
    made: int = 0
    # Behind the name, so that the page is worth compressing.
    padding: bytes = b""
    status: int = 200
    # Whether the page shows anything of the database.
    reads: bool = True
    begun: asyncio.Queue[int] = field(default_factory=asyncio.Queue)
    # Waits between the look at versions and the look at the name, and after it.
    before: Callable[[], Awaitable[None]] | None = None
    after: Callable[[], Awaitable[None]] | None = None

    async def _make(self) -> Reply:
        self.made += 1
        self.begun.put_nowait(self.made)
        if self.before is not None:
            await self.before()
        row = await self.database.reader.first(_NAME, slug=SLUG) if self.reads else None
        if self.after is not None:
            await self.after()
        name = "" if row is None else row["name"]
        return Reply(self.status, {"content-type": "text/plain"}, name.encode() + self.padding)

    async def page(self, query: str = "", coding: Coding | None = None) -> Reply:
        scope = {"path": "/categories", "raw_path": b"/categories", "query_string": query.encode()}
        return await self.cache.page(scope, LIST_CATEGORIES, self._make, max_age=MAX_AGE, coding=coding)

    async def name(self) -> str:
        return (await self.page()).body.decode()

    def wait_for_others(self, seconds: float) -> None:
        """Have requests wait for so long for a page that another process makes."""
        self.cache.patience = seconds

    def wait_for_redis(self, seconds: float) -> None:
        """Have requests wait for so long for an answer of Redis."""
        self.circuit.answer_seconds = seconds

    async def kept(self) -> None:
        """Ask for the page until it comes from the cache."""
        async with asyncio.timeout(PATIENCE):
            while "age" not in (await self.page()).headers:
                pass

    async def rename(self, name: str) -> None:
        async with self.database.begin() as tx:
            await tx.execute(update(Category).where(Category.slug == SLUG).values(name=name))


@asynccontextmanager
async def caching_process(url: str, server: RedisServer, clock: MovableClock) -> AsyncIterator[CachingProcess]:
    database = connect(url, ConnectionOptions(size=4, wait=PATIENCE, statement=PATIENCE), clock=clock)
    await database.open()
    circuit = RedisCircuit(server.url, answer_seconds=5.0)
    await circuit.probe()
    store = PageStore(circuit, secret=b"one secret for all processes")
    uses = Uses()
    cache = PageCache(store, database, release="1.0.0", records=uses, patience=1.0)
    beside = [asyncio.create_task(run) for run in (circuit.run(), cache.run())]
    try:
        yield CachingProcess(database, cache, circuit, uses, store)
    finally:
        for task in beside:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await circuit.close()
        await database.close()
