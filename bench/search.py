"""Lists and searches of the catalogue on many listings: what each costs in the database, first and late pages alike."""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import statistics
import tempfile
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
from impl.marketplace.catalogue.repository import Filters
from impl.marketplace.catalogue.service import CatalogueService
from impl.marketplace.catalogue.tables import CatalogueSort
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


class ExplainingReader(Reader):
    """Runs each query twice: once under EXPLAIN ANALYZE, whose planning and execution it adds up."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.clock: Clock = SystemClock()
        self.spent = 0.0
        self._connection = connection

    @override
    async def all[R](self, query: Query[R], /, **binds: object) -> Sequence[R]:
        compiled = query.compiled(_DIALECT)
        sql, values = compiled.call(binds)
        plan = await self._connection.fetchval(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}", *values)
        told = json.loads(plan)[0]
        self.spent += told["Planning Time"] + told["Execution Time"]
        rows: Sequence[R] = compiled.rows(await self._connection.fetch(sql, *values))
        return rows

    @override
    async def first[R](self, query: Query[R], /, **binds: object) -> R | None:
        rows = await self.all(query, **binds)
        return rows[0] if rows else None


@dataclass(frozen=True, slots=True)
class Measured:
    """Milliseconds in the database, of all queries of a request."""

    name: str
    milliseconds: list[float]

    def line(self) -> str:
        cuts = statistics.quantiles(self.milliseconds, n=100, method="inclusive")
        return f"{self.name:<44}{cuts[49]:>9.2f}{cuts[94]:>9.2f}{cuts[98]:>9.2f}"


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


async def measure(url: str) -> None:
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
        reader = ExplainingReader(connection)
        database = cast("Database", SimpleNamespace(reader=reader, dialect="postgresql"))
        catalogue = CatalogueService(database, cast("Any", None), SpellingService(database))
        print(f"{count} listings, {_ROUNDS} rounds")
        print(f"{'milliseconds in the database':<44}{'p50':>9}{'p95':>9}{'p99':>9}")
        for name, case in cases(catalogue, (row[0], row[1])).items():
            spent = []
            for number in range(_ROUNDS):
                reader.spent = 0.0
                await case(number)
                spent.append(reader.spent)
            print(Measured(name, spent).line(), flush=True)
    finally:
        await connection.close()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--services", type=int, default=1_000_000)
    arguments.add_argument("--providers", type=int, default=40_000)
    chosen = arguments.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="hestami-bench-search-"))
    folder.chmod(0o755)  # the server runs as another user when we are root
    try:
        with postgres.serve(folder, SETTINGS) as address:
            url = address.url("hestami_search", scheme="postgresql")
            asyncio.run(_create(address.url("postgres", scheme="postgresql")))
            migrate(address.url("hestami_search"))
            asyncio.run(fill(url, services=chosen.services, providers=chosen.providers))
            asyncio.run(measure(url))
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
