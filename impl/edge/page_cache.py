"""Cache of the contract's public reads (`x-cache`), which processes share, and which never shows what has changed.

A page is kept with the versions of the tables that it was read from. It is used while they are the same, which the
database is asked at each use, after the request came: what was committed before is in it.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Final, Literal, Protocol, override

from pydantic_core import from_json, to_json

from impl.gateways.redis_circuit import RedisOutage
from impl.kernel.table_changes import versions
from impl.kernel.tables_read import tables_read
from openapi.runtime.wire import Reply

if TYPE_CHECKING:
    from starlette.types import Scope

    from impl.gateways.page_store import PageStore
    from impl.kernel.database import Database
    from openapi.runtime.wire import Operation

type Make = Callable[[], Awaitable[Reply]]
type Use = Literal["hit", "joined", "miss", "stale", "bypass", "untracked"]

# Part of each key. Another release may shape its pages otherwise, so that its keys are others, too.
_FORMAT: Final = b"1"
_LENGTH: Final = struct.Struct(">I")
_WAITING_MAX: Final = 256


class Records(Protocol):
    """Records of how pages were come by."""

    def read_page(self, operation: str, use: Use) -> None: ...


class NoRecords(Records):
    """Records that nobody reads."""

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

    def is_true(self, current: Mapping[str, int]) -> bool:
        """Return whether nothing that it was read from has changed."""
        return all(current.get(table) == version for table, version in self.versions.items())

    def age(self, now: float) -> float | None:
        """Return its age in seconds; None where clocks differ so much that it would come from the future."""
        age = now - self.read_at
        return None if age < -1 else max(0.0, age)

    def reply(self, age: float) -> Reply:
        # Rounded up, so that no cache on the way keeps it beyond the policy's time (RFC 9111, section 5.1).
        return Reply(200, {**self.headers, "age": str(ceil(age))}, self.body)

    def packed(self) -> bytes:
        head = to_json([self.read_at, self.versions, self.headers])
        return _LENGTH.pack(len(head)) + head + self.body

    @classmethod
    def unpacked(cls, content: bytes) -> Page:
        begin = _LENGTH.size + _LENGTH.unpack_from(content)[0]
        read_at, kept, headers = from_json(content[_LENGTH.size : begin])
        return cls(read_at, kept, headers, content[begin:])


type _Flight = asyncio.Future[Page | None]


class PageCache:
    """Cache of public pages, for anonymous requests that differ by path and query only."""

    def __init__(self, store: PageStore, database: Database, *, release: str, records: Records | None = None) -> None:
        self._store = store
        self._database = database
        self._prefix = b"%b %b " % (_FORMAT, release.encode())
        self._records = records or NoRecords()
        self._flights: dict[str, _Flight] = {}
        self._waiting: asyncio.Queue[tuple[str, _Flight, int]] = asyncio.Queue(_WAITING_MAX)

    async def page(self, scope: Scope, operation: Operation, make: Make, *, max_age: int) -> Reply:
        """Return the kept reply of this request if it is true now, or make one and keep it for so many seconds."""
        # Before anything else is looked at: whatever is kept must have been read from nothing older.
        current = await versions(self._database)
        key = self._store.key(self._name(scope, operation))
        try:
            content = await self._store.get(key)
        except RedisOutage:
            self._records.read_page(operation.id, "bypass")
            return await make()
        kept = None if content is None else Page.unpacked(content)
        if kept is not None and (reply := self._usable(kept, current, max_age)) is not None:
            self._records.read_page(operation.id, "hit")
            return reply
        flight = self._flights.get(key)
        is_over = flight is None or flight.done()
        if flight is not None:
            made = await asyncio.shield(flight)
            # Whoever made it may have begun before a change that this request must show.
            if made is not None and (reply := self._usable(made, current, max_age)) is not None:
                self._records.read_page(operation.id, "joined")
                return reply
        self._records.read_page(operation.id, "miss" if kept is None else "stale")
        return await (self._lead(key, operation, current, make, max_age) if is_over else make())

    async def run(self) -> None:
        """Store what was made, beside the requests: none of them waits for that."""
        while True:
            key, flight, max_age = await self._waiting.get()
            page = flight.result()
            if page is not None:
                left = max_age - (self._now() - page.read_at)
                with suppress(RedisOutage):
                    await self._store.put(key, page.packed(), milliseconds=int(left * 1000))
            self._land(key, flight)

    async def _lead(
        self, key: str, operation: Operation, current: Mapping[str, int], make: Make, max_age: int
    ) -> Reply:
        flight: _Flight = asyncio.get_running_loop().create_future()
        self._flights[key] = flight
        page: Page | None = None
        try:
            read_at = self._now()
            with tables_read() as tables:
                reply = await make()
            if reply.status == 200 and tables:
                if tables <= current.keys():
                    page = Page(read_at, {table: current[table] for table in tables}, dict(reply.headers), reply.body)
                else:
                    self._records.read_page(operation.id, "untracked")
            return reply
        finally:
            flight.set_result(page)
            # Others join it until it is stored.
            if page is None or self._waiting.full():
                self._land(key, flight)
            else:
                self._waiting.put_nowait((key, flight, max_age))

    def _land(self, key: str, flight: _Flight) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]

    def _usable(self, page: Page, current: Mapping[str, int], max_age: int) -> Reply | None:
        age = page.age(self._now())
        if age is None or age >= max_age or not page.is_true(current):
            return None
        return page.reply(age)

    def _name(self, scope: Scope, operation: Operation) -> bytes:
        """Return what the page depends on; the order of parameters is of no matter, and none comes twice."""
        path: bytes = scope.get("raw_path") or scope["path"].encode()
        query = b"&".join(sorted(scope["query_string"].split(b"&")))
        return b"%b%b %b?%b" % (self._prefix, operation.id.encode(), path.partition(b"?")[0], query)

    def _now(self) -> float:
        return self._database.clock.now().timestamp()
