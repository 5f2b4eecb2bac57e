"""Lists and searches on many listings: what each costs in the database, first and late pages alike, and its plan."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import signal
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, override
from uuid import UUID

import asyncpg
from sqlalchemy.dialects.postgresql import asyncpg as over_asyncpg

from bench.database import SETTINGS
from bench.search_cases import LATE, PAGE, ROUNDS, Case, Marketplace, cases
from bench.search_seed import fill
from impl.kernel.clock import Clock, SystemClock
from impl.kernel.engines.connecting import connect
from impl.kernel.engines.connection_options import ConnectionOptions
from impl.kernel.reader import Reader
from impl.marketplace.capabilities.filter_bits.service import FilterBitsKeeper
from impl.marketplace.capabilities.frequent_words.service import FrequentWordsKeeper
from impl.marketplace.capabilities.search.service import SearchService
from impl.marketplace.capabilities.spelling.service import SpellingService
from impl.marketplace.provider_profile.tables import HIDDEN_IDS
from tests.harness import postgres
from tests.harness.databases import migrate

if TYPE_CHECKING:
    from impl.kernel.statements import Query

_DIALECT: Final = over_asyncpg.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's own


class PlainReader(Reader):
    """Runs queries as the service does, and adds up the processor time of the server's process on them."""

    def __init__(self, connection: asyncpg.Connection, pid: int) -> None:
        self.clock: Clock = SystemClock()
        self.milliseconds = 0.0
        self._connection = connection
        self._scheduled = Path(f"/proc/{pid}/schedstat")

    @override
    async def all[R](self, query: Query[R], /, **binds: object) -> Sequence[R]:
        compiled = query.compiled(_DIALECT)
        sql, values = compiled.call(binds)
        before = self._processor_time()
        if query.replanned:
            records = await (await self._connection.prepare(sql, name="")).fetch(*values)
        else:
            records = await self._connection.fetch(sql, *values)
        self.milliseconds += self._processor_time() - before
        rows: Sequence[R] = compiled.rows(records)
        return rows

    @override
    async def first[R](self, query: Query[R], /, **binds: object) -> R | None:
        rows = await self.all(query, **binds)
        return rows[0] if rows else None

    def _processor_time(self) -> float:
        """Return what a busy machine changes little, where it is to be had (Linux)."""
        return int(self._scheduled.read_text().split()[0]) / 1e6 if self._scheduled.exists() else 0.0


class ExplainingReader(PlainReader):
    """Runs each query under EXPLAIN ANALYZE first, and adds up its execution, and its planning if that is not kept."""

    def __init__(self, connection: asyncpg.Connection, pid: int) -> None:
        super().__init__(connection, pid)
        # How the rows were found: the indexes, and the tables that were read from end to end.
        self.shape: set[str] = set()

    @override
    async def all[R](self, query: Query[R], /, **binds: object) -> Sequence[R]:
        sql, values = query.compiled(_DIALECT).call(binds)
        plan = await self._connection.fetchval(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}", *values)
        reported = json.loads(plan)[0]
        self.shape |= _shape(reported["Plan"])
        explained = self.milliseconds + reported["Execution Time"]
        if query.replanned:
            explained += reported["Planning Time"]
        rows = await super().all(query, **binds)
        self.milliseconds = explained
        return rows


def _shape(node: Mapping[str, Any]) -> set[str]:
    """Return the indexes that a plan uses, and the tables that it reads from end to end."""
    found = {node["Index Name"]} if "Index Name" in node else set()
    if node["Node Type"] == "Seq Scan":
        found.add(f"all of {node['Relation Name']}")
    return found.union(*(_shape(below) for below in node.get("Plans", ())))


@dataclass(frozen=True, slots=True)
class Measured:
    """Milliseconds of a request's queries: as PostgreSQL reports them, its processor time, and with our process."""

    name: str
    reported: list[float]
    processor: list[float]
    elapsed: list[float]

    def line(self) -> str:
        parts = (
            *(_cuts(self.reported)[cut] for cut in (49, 94, 98)),
            *(_cuts(self.processor)[cut] for cut in (49, 94)),
            *(_cuts(self.elapsed)[cut] for cut in (49, 94)),
        )
        return f"{self.name:<48}" + "".join(f"{part:>9.1f}" for part in parts)


def _cuts(figures: list[float]) -> list[float]:
    return statistics.quantiles(figures, n=100, method="inclusive")


HEAD: Final = f"{'milliseconds':<48}{'in the database':>27}{'its CPU':>18}{'our process':>18}\n{'':<48}" + "".join(
    f"{cut:>9}" for cut in ("p50", "p95", "p99", "p50", "p95", "p50", "p95")
)


async def measure_in_turn(name: str, explained: tuple[PlainReader, Case], run: tuple[PlainReader, Case]) -> Measured:
    """Take each round of a request explained and as it is, one after the other, so that a busy machine slows both."""
    measured = Measured(name, [], [], [])
    for number in range(ROUNDS):
        explaining, case = explained
        explaining.milliseconds = 0.0
        await case(number)
        measured.reported.append(explaining.milliseconds)
        plain, case = run
        plain.milliseconds = 0.0
        started = time.perf_counter()
        await case(number)
        measured.elapsed.append((time.perf_counter() - started) * 1000)
        measured.processor.append(plain.milliseconds)
    return measured


_GROUP: Final = "category_id = (SELECT id FROM marketplace.categories WHERE slug = 'plumbing')"
_RATED: Final = "rating_tenths >= 40"
# Lists by the key of their order, which goes upwards or downwards, and what narrows them.
_LISTS: Final = {
    "newest": ("listings", "published_at DESC", "live"),
    "oldest": ("listings", "published_at", "live"),
    "cheapest": ("listings", "price_rank_up", "live AND currency = 'USD'"),
    "dearest": ("listings", "price_rank_down", "live AND currency = 'USD'"),
    "best rated": ("listings", "rating_rank DESC", "live"),
    "newest of the well rated": ("listings", "published_at DESC", f"live AND {_RATED}"),
    "newest of a group": ("placements", "published_at DESC", f"live AND {_GROUP}"),
    "cheapest of a group": ("placements", "price_rank_up", f"live AND currency = 'USD' AND {_GROUP}"),
    "best rated of a group": ("placements", "rating_rank DESC", f"live AND {_GROUP}"),
    "providers, newest": ("provider_pages", "published_at DESC", "live"),
    "providers, by name": ("provider_pages", "sort_key", "live"),
    "providers, best rated": ("provider_pages", "rating_rank DESC", "live"),
}


async def _late(connection: asyncpg.Connection) -> dict[str, tuple[Any, UUID]]:
    """Return the last row before page 10,000 of each list, or before the last page where there are fewer."""
    late: dict[str, tuple[Any, UUID]] = {}
    for name, (table, order, condition) in _LISTS.items():
        key, _, direction = order.partition(" ")
        last = "profile_id" if table == "provider_pages" else "service_id"
        rows = f"FROM marketplace.{table} WHERE {condition}"
        row = await connection.fetchrow(
            f"SELECT {key}, {last} {rows} ORDER BY {key} {direction}, {last} {direction} "
            f"OFFSET least($1, (SELECT greatest(count(*) - $2, 0) {rows})) LIMIT 1",
            LATE,
            PAGE + 1,
        )
        if row is None:
            raise RuntimeError(f"there is nothing to measure of {name}")
        late[name] = row[0], row[1]
    return late


async def measure(url: str, only: str = "") -> None:
    # As the service is connected, with one process for each statement.
    settings = dict(ConnectionOptions(statement=0).server_settings)
    connection = await asyncpg.connect(url, server_settings=settings)
    try:
        count = await connection.fetchval("SELECT count(*) FROM marketplace.listings")
        late = await _late(connection)
        pid = await connection.fetchval("SELECT pg_backend_pid()")
        explaining, plain = ExplainingReader(connection, pid), PlainReader(connection, pid)
        pairs = zip(cases(Marketplace(explaining), late).items(), cases(Marketplace(plain), late).values(), strict=True)
        print(f"{count} listings, {ROUNDS} rounds\n{HEAD}")
        for (name, explained), case in pairs:
            if only in name:
                explaining.shape.clear()
                print((await measure_in_turn(name, (explaining, explained), (plain, case))).line())
                print(f"    {', '.join(sorted(explaining.shape))}", flush=True)
    finally:
        await connection.close()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--services", type=int, default=1_000_000)
    arguments.add_argument("--providers", type=int, default=40_000)
    arguments.add_argument("--url", help="a database that is filled already, as a libpq URL")
    arguments.add_argument("--keep", action="store_true", help="say the URL, and keep the database until interrupted")
    arguments.add_argument("--only", default="", help="measure only what has this in its name")
    chosen = arguments.parse_args()
    if chosen.url is not None:
        asyncio.run(measure(chosen.url, chosen.only))
        return
    folder = Path(tempfile.mkdtemp(prefix="hestami-bench-search-"))
    folder.chmod(0o755)  # the server runs as another user when we are root
    try:
        with postgres.serve(folder, SETTINGS | _memory()) as address:
            url = address.url("hestami_search", scheme="postgresql")
            asyncio.run(create(address.url("postgres", scheme="postgresql"), "hestami_search"))
            migrate(address.url("hestami_search"))
            asyncio.run(fill(url, services=chosen.services, providers=chosen.providers))
            asyncio.run(keep_bits(address.url("hestami_search")))
            asyncio.run(measure(url, chosen.only))
            if chosen.keep:
                print(f"kept until interrupted: {url}", flush=True)
                signal.pause()
    except KeyboardInterrupt:
        pass
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _memory() -> dict[str, str]:
    """Return settings that give PostgreSQL a quarter of the machine's memory (docs/postgresql.md)."""
    megabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return {"shared_buffers": f"{megabytes // 4}MB", "effective_cache_size": f"{megabytes // 2}MB"}


async def keep_bits(url: str) -> None:
    """Do what the worker does of words that very many listings have, and of filters."""
    options = ConnectionOptions(size=1, wait=60, statement=600)
    database = connect(url, options, clock=SystemClock(), audit_keys=[b"bench"])
    await database.open()
    words = FrequentWordsKeeper(database, SearchService(SpellingService(database)).rows_of_word)
    for keeper in (words, FilterBitsKeeper(database, HIDDEN_IDS)):
        while await keeper.add_up():
            pass
    await database.close()


async def create(url: str, name: str) -> None:
    """Make an empty database at the server of this URL."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()


if __name__ == "__main__":
    main()
