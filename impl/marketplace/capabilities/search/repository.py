"""Statements on the search index: what has all words, in a way that suits how many rows have them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal, Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Select, false, select, text, update
from sqlalchemy.dialects.postgresql import Insert as PostgresInsert
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel.paging import COUNTED, EACH, Counted, bounded_count, total_of
from impl.kernel.reader import Reader
from impl.kernel.statements import Command, Query
from impl.kernel.tables import core_table
from impl.marketplace.capabilities.search import postgresql, sqlite
from impl.marketplace.capabilities.search.tables import IndexedText, ListingText, NewListingText, TextIndex, Tier

type Engine = Literal["postgresql", "sqlite"]

_TABLE: Final = core_table(ListingText)


def _upsert(statement: PostgresInsert | SqliteInsert) -> PostgresInsert | SqliteInsert:
    changed = {name: statement.excluded[name] for name in IndexedText.__annotations__}
    return statement.on_conflict_do_update(index_elements=["service_id"], set_=changed)


_PUT: Final = {
    name: Command(_upsert(insert(_TABLE)), NewListingText)
    for name, insert in (("postgresql", postgres_insert), ("sqlite", sqlite_insert))
}


class _Words(Protocol):
    """Full-text search of one engine; each implementation has a module of its own."""

    LOOKS_AHEAD: bool

    def matching(self, index: TextIndex, tier: Tier) -> ColumnElement[bool]: ...

    def fetched_first(self, hits: Select[*tuple[Any, ...]]) -> FromClause: ...


_WORDS: Final[Mapping[Engine, _Words]] = {"postgresql": postgresql, "sqlite": sqlite}


@dataclass(frozen=True, slots=True)
class Plan:
    """Way to the matches of a search: `few` are fetched from the index and sorted, many are met along the order."""

    engine: Engine
    few: bool = False


@cache
def hits(index: TextIndex, tier: Tier, plan: Plan) -> FromClause:
    """Select live rows that have all words, bound by `word_binds`, within the tier.

    They have the columns of the index but its words, and `better`: whether a better tier has all words too.
    """
    words = _WORDS[plan.engine]
    better = words.matching(index, Tier(tier - 1)) if tier else false()
    columns = [column for column in index.table.c if column.name not in index.fields[Tier.DESCRIPTION]]
    statement = select(*columns, better.label("better")).where(index.table.c.live, words.matching(index, tier))
    return words.fetched_first(statement) if plan.few else statement.subquery("hits")


@cache
def probe_query(index: TextIndex, tier: Tier, engine: Engine) -> Query[Counted]:
    rows = select(EACH).select_from(hits(index, tier, Plan(engine)))
    return Query(bounded_count(rows), Counted, replanned=True)


class PlanRepository:
    def __init__(self, reader: Reader, engine: Engine) -> None:
        self._reader = reader
        self._engine = engine

    async def plan(self, index: TextIndex, words: tuple[str, ...] | None, tier: Tier) -> Plan:
        """Look whether few rows have the words within the tier, where the engine needs to know."""
        if words is None or not _WORDS[self._engine].LOOKS_AHEAD:
            return Plan(self._engine)
        query = probe_query(index, tier, self._engine)
        return Plan(self._engine, few=await total_of(self._reader, query, **word_binds(words)) <= COUNTED)


def word_binds(words: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return the bind values of `hits`, in which the words of each tier have a name of their own."""
    return {f"words_{tier}": words for tier in Tier}


class SearchRepository:
    async def put(self, tx: AsyncSession, values: NewListingText) -> None:
        await _PUT[tx.get_bind().dialect.name].run(tx, values)

    async def set_live(self, tx: AsyncSession, service_id: UUID, *, live: bool) -> None:
        await tx.execute(update(_TABLE).where(_TABLE.c.service_id == service_id).values(live=live))

    async def compact(self, tx: AsyncSession) -> None:
        """Merge the index of FTS5, which only marks what is deleted; PostgreSQL's vectors go with their rows."""
        if tx.get_bind().dialect.name == "sqlite":
            await tx.execute(text("INSERT INTO listing_texts_fts (listing_texts_fts) VALUES ('optimize')"))

    async def rename_business(self, tx: AsyncSession, profile_id: UUID, business: str) -> None:
        await tx.execute(update(_TABLE).where(_TABLE.c.profile_id == profile_id).values(business=business))
