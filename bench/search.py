"""Lists and searches of the catalogue on many listings: what each costs in the database, first and late pages alike."""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final, cast, override
from uuid import UUID

import asyncpg
from sqlalchemy.dialects.postgresql import asyncpg as over_asyncpg

from bench.database import SETTINGS
from bench.search_seed import fill, name_of
from impl.kernel.clock import Clock, SystemClock
from impl.kernel.reader import Reader
from impl.kernel.words import tokenize_query
from impl.marketplace.capabilities.geography.service import Nearby
from impl.marketplace.capabilities.spelling.service import SpellingService
from impl.marketplace.catalogue.service import CatalogueService
from impl.marketplace.catalogue.tables import CatalogueSort, Filters
from tests.harness import postgres
from tests.harness.databases import migrate

if TYPE_CHECKING:
    from impl.kernel.database import Database
    from impl.kernel.statements import Query

_DIALECT: Final = over_asyncpg.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's own
_ROUNDS: Final = 20
_PAGE: Final = 20
_LATE: Final = 10_000 * _PAGE

type Case = Callable[[int], Awaitable[object]]


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

    @override
    async def all[R](self, query: Query[R], /, **binds: object) -> Sequence[R]:
        sql, values = query.compiled(_DIALECT).call(binds)
        plan = await self._connection.fetchval(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}", *values)
        reported = json.loads(plan)[0]
        explained = self.milliseconds + reported["Execution Time"]
        if query.replanned:
            explained += reported["Planning Time"]
        rows = await super().all(query, **binds)
        self.milliseconds = explained
        return rows


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


_HEAD: Final = f"{'milliseconds':<48}{'in the database':>27}{'its CPU':>18}{'our process':>18}\n{'':<48}" + "".join(
    f"{cut:>9}" for cut in ("p50", "p95", "p99", "p50", "p95", "p50", "p95")
)


def cases(catalogue: CatalogueService, last: tuple[Any, UUID]) -> dict[str, Case]:
    """Return a request of each kind, by the number of its round."""

    def words(text: str) -> Filters:
        return Filters(words=tokenize_query(text))

    def page(filters: Filters, sort: CatalogueSort, after: tuple[Any, UUID] | None = None) -> Awaitable[object]:
        return catalogue.page(filters, sort, after=after, limit=_PAGE)

    def ranked(text: str) -> Awaitable[object]:
        return catalogue.ranked(words(text), after=None, limit=_PAGE)

    near = [Nearby((35 + n % 10, -100 + n % 20), 50) for n in range(_ROUNDS)]
    rare = [name_of(7 + n * 13) for n in range(_ROUNDS)]
    typos = [word[:2] + word[3:] if len(word) > 4 else word + "x" for word in rare]
    priced = Filters(currency="USD")
    return {
        "newest, page 1": lambda _: page(Filters(), CatalogueSort.NEWEST),
        "newest, page 10,000": lambda _: page(Filters(), CatalogueSort.NEWEST, last),
        "newest of a group": lambda _: page(Filters(category="plumbing"), CatalogueSort.NEWEST),
        "cheapest": lambda _: page(priced, CatalogueSort.CHEAPEST),
        "dearest of a group": lambda _: page(Filters(category="plumbing", currency="USD"), CatalogueSort.DEAREST),
        "nearest": lambda n: page(Filters(near=near[n]), CatalogueSort.NEAREST),
        "relevance, rare word": lambda n: ranked(rare[n]),
        "relevance, frequent word": lambda _: ranked("copper"),
        "relevance, word of all rows": lambda _: ranked("materials"),
        "relevance, two frequent words that never meet": lambda _: ranked("copper marble"),
        "relevance, rare and frequent word": lambda n: ranked(f"{rare[n]} copper"),
        "relevance, beginning of words": lambda _: ranked("re"),
        "relevance, other form of a word": lambda _: ranked("plumber"),
        "text by date": lambda _: page(words("copper"), CatalogueSort.NEWEST),
        "text that never meets by date": lambda _: page(words("copper marble"), CatalogueSort.NEWEST),
        "text, place and price": lambda n: page(
            Filters(words=("copper",), near=near[n], currency="USD"), CatalogueSort.CHEAPEST
        ),
        "total of a text": lambda _: catalogue.count(words("copper")),
        "correction of a typo": lambda n: catalogue.correct(typos[n]),
        "facets of everything": lambda _: catalogue.facets(priced),
        "facets of a frequent word": lambda _: catalogue.facets(Filters(words=("copper",), currency="USD")),
        "facets of a rare word": lambda n: catalogue.facets(Filters(words=(rare[n],), currency="USD")),
        "suggestions": lambda n: catalogue.suggest(rare[n][:3]),
    }


def _catalogue(reader: PlainReader) -> CatalogueService:
    database = cast("Database", SimpleNamespace(reader=reader, dialect="postgresql", clock=reader.clock))
    return CatalogueService(database, cast("Any", None), SpellingService(database))


async def _measured(name: str, explained: tuple[PlainReader, Case], run: tuple[PlainReader, Case]) -> Measured:
    measured = Measured(name, [], [], [])
    for number in range(_ROUNDS):
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


async def measure(url: str, only: str = "") -> None:
    connection = await asyncpg.connect(url)
    try:
        count = await connection.fetchval("SELECT count(*) FROM marketplace.listings")
        row = await connection.fetchrow(
            "SELECT published_at, service_id FROM marketplace.listings WHERE live "
            "ORDER BY published_at DESC, service_id DESC OFFSET $1 LIMIT 1",
            min(_LATE, count - _PAGE - 1),
        )
        if row is None:
            raise RuntimeError("there is nothing to measure")
        pid = await connection.fetchval("SELECT pg_backend_pid()")
        explaining, plain = ExplainingReader(connection, pid), PlainReader(connection, pid)
        last = row[0], row[1]
        pairs = zip(cases(_catalogue(explaining), last).items(), cases(_catalogue(plain), last).values(), strict=True)
        print(f"{count} listings, {_ROUNDS} rounds\n{_HEAD}")
        for (name, explained), case in pairs:
            if only in name:
                print((await _measured(name, (explaining, explained), (plain, case))).line(), flush=True)
    finally:
        await connection.close()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--services", type=int, default=1_000_000)
    arguments.add_argument("--providers", type=int, default=40_000)
    arguments.add_argument("--url", help="a database that is filled already, as a libpq URL")
    arguments.add_argument("--only", default="", help="measure only what has this in its name")
    chosen = arguments.parse_args()
    if chosen.url is not None:
        asyncio.run(measure(chosen.url, chosen.only))
        return
    folder = Path(tempfile.mkdtemp(prefix="hestami-bench-search-"))
    folder.chmod(0o755)  # the server runs as another user when we are root
    try:
        with postgres.serve(folder, SETTINGS) as address:
            url = address.url("hestami_search", scheme="postgresql")
            asyncio.run(_create(address.url("postgres", scheme="postgresql")))
            migrate(address.url("hestami_search"))
            asyncio.run(fill(url, services=chosen.services, providers=chosen.providers))
            asyncio.run(measure(url, chosen.only))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _create(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("CREATE DATABASE hestami_search")
    finally:
        await connection.close()


if __name__ == "__main__":
    main()
