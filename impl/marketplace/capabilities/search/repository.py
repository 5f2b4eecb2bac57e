"""Statements on the search index: what has all words, in a way that suits how many rows have them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal, Protocol, TypedDict
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Select, bindparam, case, false, insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel.paging import COUNTED, EACH, Counted, bounded_count, total_of
from impl.kernel.reader import Reader
from impl.kernel.statements import Change, Command, Query
from impl.kernel.tables import core_table
from impl.marketplace.capabilities.search import postgresql, sqlite
from impl.marketplace.capabilities.search.tables import (
    BETTER,
    EVERYWHERE,
    WORDS,
    WORDS_BY_STEMS,
    IndexedText,
    ListingText,
    NewListingText,
    TextIndex,
    Tier,
)

type Engine = Literal["postgresql", "sqlite"]

_TABLE: Final = core_table(ListingText)


class _ServiceId(TypedDict):
    service_id: UUID


# Not an upsert, which uses up a number of the row each time, and parts of the sitemap are ranges of numbers.
_RENEW: Final = Change(
    update(_TABLE).where(_TABLE.c.service_id == bindparam("text_of")).returning(_TABLE.c.service_id),
    IndexedText,
    _ServiceId,
)
_ADD: Final = Command(insert(_TABLE), NewListingText)


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
def hits(index: TextIndex, plan: Plan, tier: Tier = EVERYWHERE) -> FromClause:
    """Select live rows that have all words, bound by `word_binds`, within the tier.

    They have the columns of the index but its words, and `better`: whether a better tier has all words too.
    """
    words = _WORDS[plan.engine]
    better = or_(false(), *(words.matching(index, one) for one in BETTER[tier]))
    statement = select(*_columns(index), better.label("better")).where(index.table.c.live, words.matching(index, tier))
    return words.fetched_first(statement) if plan.few else statement.subquery("hits")


@cache
def graded_hits(index: TextIndex, plan: Plan) -> FromClause:
    """Select live rows that have all words anywhere, and the best `tier` that has them: one statement for few rows."""
    words = _WORDS[plan.engine]
    tiers = [(words.matching(index, tier), int(tier)) for tier in index.tiers if tier is not EVERYWHERE]
    statement = select(*_columns(index), case(*tiers, else_=int(EVERYWHERE)).label("tier")).where(
        index.table.c.live, words.matching(index, EVERYWHERE)
    )
    return words.fetched_first(statement)


def _columns(index: TextIndex) -> list[ColumnElement[Any]]:
    return [column for column in index.table.c if column.name not in index.everything]


@cache
def probe_query(index: TextIndex, tier: Tier, engine: Engine) -> Query[Counted]:
    rows = select(EACH).select_from(hits(index, Plan(engine), tier))
    return Query(bounded_count(rows), Counted, replanned=True)


class Plans:
    """Chooses how a statement comes to the rows that have all words."""

    def __init__(self, reader: Reader, engine: Engine) -> None:
        self._reader = reader
        self._engine = engine

    async def choose(self, index: TextIndex, words: tuple[str, ...] | None, tier: Tier = EVERYWHERE) -> Plan:
        """Look whether few rows have the words within the tier, where the engine needs to know.

        Without words, the plan is that of an order.
        """
        if words is None:
            return Plan(self._engine)
        if not _WORDS[self._engine].LOOKS_AHEAD:
            return Plan(self._engine, few=True)
        query = probe_query(index, tier, self._engine)
        return Plan(self._engine, few=await total_of(self._reader, query, **word_binds(words)) <= COUNTED)


def word_binds(words: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return the bind values of `hits`: the words as they are, and to be searched by their stems."""
    return {WORDS: words, WORDS_BY_STEMS: words}


class SearchRepository:
    async def put(self, tx: AsyncSession, service_id: UUID, values: IndexedText) -> None:
        """Write the words of a service's listing, which is locked, so that nobody else writes them at the same time."""
        if await _RENEW.fetch_first(tx, values, text_of=service_id) is None:
            await _ADD.run(tx, {**values, "service_id": service_id})

    async def set_live(self, tx: AsyncSession, service_id: UUID, *, live: bool) -> None:
        await tx.execute(update(_TABLE).where(_TABLE.c.service_id == service_id).values(live=live))

    async def compact(self, tx: AsyncSession) -> None:
        """Merge the index of FTS5, which only marks what is deleted; PostgreSQL's vectors go with their rows."""
        if tx.get_bind().dialect.name == "sqlite":
            await tx.execute(text("INSERT INTO listing_texts_fts (listing_texts_fts) VALUES ('optimize')"))

    async def lock_index(self, tx: AsyncSession) -> None:
        """Let nobody else write to the index until the commit: two who change many rows could wait for each other."""
        if tx.get_bind().dialect.name == "postgresql":
            await tx.execute(text("LOCK TABLE marketplace.listing_texts IN EXCLUSIVE MODE"))

    async def put_category(self, tx: AsyncSession, category_id: UUID, into_id: UUID, words: str) -> None:
        filed = update(_TABLE).where(_TABLE.c.category_id == category_id)
        await tx.execute(filed.values(category_id=into_id, category=words))

    async def rename_business(self, tx: AsyncSession, profile_id: UUID, business: str) -> None:
        await tx.execute(update(_TABLE).where(_TABLE.c.profile_id == profile_id).values(business=business))
