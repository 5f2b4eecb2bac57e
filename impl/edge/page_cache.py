"""Cache of the contract's public reads (`x-cache`), shared by processes, which never returns an outdated page.

A page is kept with the versions of the tables that it was read from. It is used while they are the same, which the
database is asked at each use, after the request came: what was committed before is in it. One request of all processes
makes a page that is missing, and the others wait for it, for a bounded time.
"""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from math import ceil
from typing import TYPE_CHECKING, Final, Literal, Protocol, override

from pydantic_core import from_json, to_json

from impl.edge.compression import compress_aside, is_worth_it
from impl.gateways.redis_circuit import RedisOutage
from impl.kernel import presence
from impl.kernel.table_changes import versions
from impl.kernel.tables_read import tables_read
from openapi.runtime.conditions import etag_of
from openapi.runtime.wire import CompressedReply, Reply

if TYPE_CHECKING:
    from starlette.types import Scope

    from impl.edge.compression import Coding
    from impl.gateways.page_store import PageStore
    from impl.kernel.database import Database
    from impl.kernel.presence import Presence
    from openapi.runtime.wire import Operation

type Make = Callable[[], Awaitable[Reply]]
type Use = Literal["hit", "joined", "awaited", "miss", "stale", "bypass", "untracked"]

# Part of each key. Another release may shape its pages otherwise, so that its keys are others, too.
_FORMAT: Final = b"2"
_LENGTH: Final = struct.Struct(">I")
_WAITING_MAX: Final = 256
# Leases of waits: a process that dies while it makes a page has the others wait for it until its lease ends.
_LEASE: Final = 4
_FIRST_PAUSE_SECONDS: Final = 0.005
# With the time for an answer of Redis below 50 ms: no request waits longer for a page when Redis hangs meanwhile.
LONGEST_PAUSE_SECONDS: Final = 0.02
# Pages under one key that are of no use, before it is made anew: the plain one, a compressed one, and newer ones.
_USELESS_MAX: Final = 8


class Records(Protocol):
    """Recorder of the ways in which pages were obtained."""

    def read_page(self, operation: str, use: Use) -> None: ...


class NoRecords(Records):
    """Recorder that discards everything."""

    @override
    def read_page(self, operation: str, use: Use) -> None:
        """Record nothing."""


@dataclass(frozen=True, slots=True)
class Page:
    """Kept reply: when the first of it was read, and from which versions of which tables."""

    read_at: float
    versions: Mapping[str, int]
    headers: Mapping[str, str]
    body: bytes
    coding: Coding | None
    plain_size: int
    """Coding of a body that is compressed, and its size before that."""

    def is_current(self, current: Mapping[str, int]) -> bool:
        """Return whether nothing that it was read from has changed."""
        return all(current.get(table) == version for table, version in self.versions.items())

    def age(self, now: float) -> float:
        """Return its age in seconds, which is negative where the clock of who has made it is ahead."""
        return now - self.read_at

    def is_young(self, now: float, max_age: int) -> bool:
        """Return whether the page is recent enough; one from the future (a wrong clock) is not."""
        return -1 < self.age(now) < max_age

    def reply(self, now: float) -> Reply:
        """Return the page as a reply that tells its age."""
        # Rounded up, so that no cache on the way keeps it beyond the policy's time (RFC 9111, section 5.1).
        headers = {**self.headers, "age": str(ceil(self.age(now)))}
        if self.coding is None:
            return Reply(200, headers, self.body)
        return CompressedReply(200, headers, self.body, coding=self.coding, plain_size=self.plain_size)

    async def compressed(self, coding: Coding) -> Page:
        return replace(self, body=await compress_aside(self.body, coding), coding=coding)

    def serialize(self) -> bytes:
        head = to_json([self.read_at, self.versions, self.headers, self.coding, self.plain_size])
        return _LENGTH.pack(len(head)) + head + self.body

    @classmethod
    def parse(cls, content: bytes) -> Page:
        """Parse what `serialize` made."""
        begin = _LENGTH.size + _LENGTH.unpack_from(content)[0]
        read_at, kept, headers, coding, plain_size = from_json(content[_LENGTH.size : begin])
        return cls(read_at, kept, headers, content[begin:], coding, plain_size)


@dataclass(frozen=True, slots=True)
class _Flight:
    """Page that a request makes for others as well, and the presence of its client."""

    landing: asyncio.Future[Page | None]
    client: Presence | None


@dataclass(frozen=True, slots=True)
class _Task:
    """Page to store, or lease to give up if there is none; with a coding, if it is to be compressed."""

    key: str
    page: Page | None
    max_age: int
    coding: Coding | None = None
    flight: _Flight | None = None


@dataclass(slots=True)
class _Search:
    """Search for a page of a request, with the signatures of pages under its key that have turned out useless."""

    key: str
    current: Mapping[str, int]
    max_age: int
    useless: set[bytes] = field(default_factory=set)


class PageCache:
    """Cache of public pages, for anonymous requests that differ by path and query only."""

    def __init__(
        self,
        store: PageStore,
        database: Database,
        *,
        release: str,
        records: Records | None = None,
        patience: float,
    ) -> None:
        self._store = store
        self._database = database
        self._prefix = b"%b %b " % (_FORMAT, release.encode())
        self._records = records or NoRecords()
        self._flights: dict[str, _Flight] = {}
        self.patience = patience
        """Seconds for which a request waits for a page that another process makes."""
        self._tasks: asyncio.Queue[_Task] = asyncio.Queue(_WAITING_MAX)
        self._compressing: set[tuple[str, Coding]] = set()

    @property
    def is_making(self) -> bool:
        """Return whether requests of this process make pages, or wait for those that are made."""
        return bool(self._flights)

    async def page(
        self, scope: Scope, operation: Operation, make: Make, *, max_age: int, coding: Coding | None = None
    ) -> Reply:
        """Return the kept reply of this request if it is true now, or make one and keep it for so many seconds.

        It is compressed already if it is there in the coding that the client takes.
        """
        # Before anything else is looked at: whatever is kept must have been read from nothing older.
        current = await versions(self._database)
        search = _Search(self._store.key(self._name(scope, operation)), current, max_age)
        try:
            found = await self._look(search, coding)
        except RedisOutage:
            self._records.read_page(operation.id, "bypass")
            return await make()
        if isinstance(found, Page):
            self._records.read_page(operation.id, "hit")
            self._compress(search, found, coding)
            return found.reply(self._now())
        flight = self._flights.get(search.key)
        is_over = flight is None or flight.landing.done()
        if flight is not None:
            if found and not is_over:
                self._release(search)
            if flight.client is not None:
                flight.client.finish_anyway()
            made = await asyncio.shield(flight.landing)
            # Whoever made it may have begun before a change that this request must show.
            if made is not None and self._is_usable(made, search):
                # A lease that this request got meanwhile ends when the page is stored, which is still to come.
                self._records.read_page(operation.id, "joined")
                return made.reply(self._now())
        if not is_over:
            self._records.read_page(operation.id, "stale" if search.useless else "miss")
            return await make()
        return await self._lead(operation, search, make, is_leased=found)

    async def run(self) -> None:
        """Store rendered pages in the background, so that no request waits."""
        while True:
            task = await self._tasks.get()
            with suppress(RedisOutage):
                await self._store_page(task)
            if task.flight is not None:
                self._land(task.key, task.flight)
            if task.coding is not None:
                self._compressing.discard((task.key, task.coding))

    async def _store_page(self, task: _Task) -> None:
        page = task.page
        if page is None:
            await self._store.release(task.key)
            return
        if task.coding is not None:
            page = await page.compressed(task.coding)
        left = int((task.max_age - (self._now() - page.read_at)) * 1000)
        await self._store.put(task.key, page.serialize(), milliseconds=left, coding=task.coding)

    async def _look(self, search: _Search, coding: Coding | None) -> Page | bool:
        """Return the page if one is there that is true, and otherwise whether it is this request that makes it."""
        while len(search.useless) < _USELESS_MAX:
            found = await self._store.find(
                search.key, coding, useless=search.useless, lease_milliseconds=int(_LEASE * self.patience * 1000)
            )
            if isinstance(found, bool):
                return found
            page = None if found.content is None else Page.parse(found.content)
            if page is not None and self._is_usable(page, search):
                return page
            search.useless.add(found.signature)
        return True

    async def _lead(self, operation: Operation, search: _Search, make: Make, *, is_leased: bool) -> Reply:
        """Make the page for all who ask for it in this process meanwhile, unless another process makes it in time."""
        flight = _Flight(asyncio.get_running_loop().create_future(), presence.current())
        self._flights[search.key] = flight
        page: Page | None = None
        is_made = False
        try:
            page = None if is_leased else await self._await_page(search)
            if page is not None:
                self._records.read_page(operation.id, "awaited")
                return page.reply(self._now())
            self._records.read_page(operation.id, "stale" if search.useless else "miss")
            is_made = True
            read_at = self._now()
            with tables_read() as tables:
                reply = await make()
            if reply.status == 200 and tables:
                if tables <= search.current.keys():
                    kept = {table: search.current[table] for table in tables}
                    headers = {**reply.headers, "etag": reply.headers.get("etag") or etag_of(reply.body)}
                    page = Page(read_at, kept, headers, reply.body, None, len(reply.body))
                else:
                    self._records.read_page(operation.id, "untracked")
            return reply
        finally:
            flight.landing.set_result(page)
            # Others join it until it is stored.
            if not is_made or self._tasks.full():
                self._land(search.key, flight)
            else:
                self._tasks.put_nowait(_Task(search.key, page, search.max_age, flight=flight))

    async def _await_page(self, search: _Search) -> Page | None:
        """Wait for the page that another process makes; return None when this one has to make it."""
        pause, ends = _FIRST_PAUSE_SECONDS, time.monotonic() + self.patience
        while time.monotonic() < ends:
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            try:
                # The plain one, which serves all who join, whatever they take.
                found = await self._look(search, None)
            except RedisOutage:
                return None
            if found is not False:
                return found if isinstance(found, Page) else None
        return None

    def _release(self, search: _Search) -> None:
        """End a lease of which no use is made: those who wait for its page would wait until it ends by itself."""
        if not self._tasks.full():
            self._tasks.put_nowait(_Task(search.key, None, search.max_age))

    def _compress(self, search: _Search, page: Page, coding: Coding | None) -> None:
        """Queue the compressed form of a plain page for storage, so that no other process has to compress it."""
        if coding is None or page.coding is not None or (search.key, coding) in self._compressing:
            return
        if is_worth_it(page.body, page.headers.get("content-type", "")) and not self._tasks.full():
            self._compressing.add((search.key, coding))
            self._tasks.put_nowait(_Task(search.key, page, search.max_age, coding))

    def _land(self, key: str, flight: _Flight) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]

    def _is_usable(self, page: Page, search: _Search) -> bool:
        return page.is_young(self._now(), search.max_age) and page.is_current(search.current)

    def _name(self, scope: Scope, operation: Operation) -> bytes:
        """Return the key of the page: operation, path and query, with sorted parameters."""
        path: bytes = scope.get("raw_path") or scope["path"].encode()
        query = b"&".join(sorted(scope["query_string"].split(b"&")))
        return b"%b%b %b?%b" % (self._prefix, operation.id.encode(), path.partition(b"?")[0], query)

    def _now(self) -> float:
        return self._database.clock.now().timestamp()
