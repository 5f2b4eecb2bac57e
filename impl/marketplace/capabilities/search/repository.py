"""Statements on the search index: what has all words, in a way that suits how many rows have them, and its order.

The order of relevance: the best tier first, in each tier what has the highest quality, and then the newest. A feature
gives two statements. One selects a page of few matches, which are all fetched, graded and sorted; the other one a page
of a single tier of many. `graded_page` and `tier_page` select the keys of such a page, narrowed by the feature's own
filters, and the feature joins what it shows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, Literal, Protocol, TypedDict
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Subquery,
    bindparam,
    case,
    false,
    insert,
    literal_column,
    not_,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel.paging import COUNTED, EACH, Counted, Page, Position, after_position, bounded_count, total_of
from impl.kernel.reader import Reader
from impl.kernel.statements import Change, Command, Query
from impl.kernel.tables import core_table
from impl.kernel.words import allows_prefix, end_of_prefix
from impl.marketplace.capabilities.search import postgresql, sqlite
from impl.marketplace.capabilities.search.postgresql import FIRST, LEXICON, NAMED_WORDS
from impl.marketplace.capabilities.search.tables import (
    BETTER,
    EVERYWHERE,
    WORDS,
    WORDS_BY_STEMS,
    IndexedText,
    ListingText,
    NewListingText,
    Term,
    TextIndex,
    Tier,
)

type Engine = Literal["postgresql", "sqlite"]
type WordBinds = dict[str, tuple[Term | str, ...]]
type Narrow = Callable[[Select[*tuple[Any, ...]], FromClause], Select[*tuple[Any, ...]]]
"""Keeps, in a statement on hits, what everyone may see and the filters let through."""

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


@dataclass(frozen=True, slots=True)
class PlannedSearch:
    """Plan for the rows that have all words, and the values that a statement with it binds for them."""

    plan: Plan
    binds: WordBinds = field(default_factory=dict)


class SearchPlanner:
    """Plans statements on the rows that have all words of a search."""

    def __init__(self, reader: Reader, engine: Engine) -> None:
        self._reader = reader
        self._engine = engine

    async def choose(self, index: TextIndex, words: tuple[str, ...] | None) -> PlannedSearch:
        """Look whether few rows have the words, where the engine needs to know.

        Without words, the plan is that of an order.
        """
        if words is None:
            return PlannedSearch(Plan(self._engine))
        if not _WORDS[self._engine].LOOKS_AHEAD:
            return PlannedSearch(Plan(self._engine, few=True), word_binds(words))
        binds = word_binds(await self._terms(words) if index.has_lexicon else words)
        return await self.of_tier(index, EVERYWHERE, binds)

    async def of_tier(self, index: TextIndex, tier: Tier, binds: WordBinds) -> PlannedSearch:
        """Look whether few rows have the words within the tier."""
        query = probe_query(index, tier, self._engine)
        return PlannedSearch(Plan(self._engine, few=await total_of(self._reader, query, **binds) <= COUNTED), binds)

    async def _terms(self, words: tuple[str, ...]) -> tuple[Term | str, ...]:
        """Name the words that begin with each, where these are few."""
        terms: list[Term | str] = []
        for word in words:
            end = end_of_prefix(word) if allows_prefix(word) else word + FIRST
            known = await self._reader.all(LEXICON, begin=word, end=end)
            longer = tuple(dict.fromkeys(row["word"] for row in known))
            terms.append(Term(word, longer) if len(longer) <= NAMED_WORDS else word)
        return tuple(terms)


def word_binds(words: tuple[Term | str, ...]) -> WordBinds:
    """Return the bind values of `hits`: the words as they are, and to be searched by their stems."""
    return {WORDS: words, WORDS_BY_STEMS: words}


class Ranked(TypedDict):
    """Columns that the row of a page has beside what it shows."""

    id: UUID
    tier: int
    quality: int


# Values of a rank in a cursor.
RANK_LENGTH: Final = 4


@dataclass(frozen=True, slots=True)
class Rank:
    """Position in the order of relevance, and the number of matches shown up to it."""

    tier: Tier
    quality: int
    last_id: UUID
    shown: int

    def position(self) -> Position:
        """Return what a cursor carries."""
        return [self.tier.value, self.quality, str(self.last_id), self.shown]

    @staticmethod
    def at(position: Position) -> "Rank":
        """Return the rank that a cursor carried."""
        tier, quality, last_id, shown = map(str, position)
        return Rank(Tier(int(tier)), int(quality), UUID(last_id), int(shown))


class GradedQuery[RowT](Protocol):
    """Makes the statement of a page of few matches."""

    def __call__(self, plan: Plan, /, *, continued: bool) -> Query[RowT]: ...


class TierQuery[RowT](Protocol):
    """Makes the statement of a page of one tier."""

    def __call__(self, tier: Tier, plan: Plan, /, *, continued: bool) -> Query[RowT]: ...


def graded_page(index: TextIndex, plan: Plan, narrow: Narrow, *, continued: bool) -> Subquery:
    """Select the keys, qualities and tiers of a page of few matches, all of which are fetched, graded and sorted."""
    found = graded_hits(index, plan)
    last = found.c[index.key]
    key = {"last_grade": -found.c.tier, "last_quality": found.c.quality, "last_id": last}
    walk = narrow(select(last, found.c.quality, found.c.tier), found)
    if continued:
        walk = walk.where(after_position(key, descending=True))
    return walk.order_by(*(column.desc() for column in key.values())).limit(_limit("limit")).subquery()


def tier_page(index: TextIndex, tier: Tier, plan: Plan, narrow: Narrow, *, continued: bool) -> Subquery:
    """Select the keys, qualities and tier of a page of what matches in this tier and in no better one.

    What better tiers have is left out of a bounded walk, not of its condition: the planner takes two conditions for
    independent, and would walk the whole index of qualities for what is nowhere.
    """
    found = hits(index, plan, tier)
    key = {"last_quality": found.c.quality, "last_id": found.c[index.key]}
    walk = narrow(select(found.c[index.key], found.c.quality, found.c.better), found)
    if continued:
        walk = walk.where(after_position(key, descending=True))
    met = walk.order_by(*(column.desc() for column in key.values())).limit(_limit("depth")).subquery()
    grade = literal_column(str(int(tier)), Integer).label("tier")
    best = select(met.c[index.key], met.c.quality, grade).where(not_(met.c.better))
    return best.order_by(met.c.quality.desc(), met.c[index.key].desc()).limit(_limit("limit")).subquery()


class Relevance:
    """Reads pages of an index in the order of relevance, up to COUNTED places of it."""

    def __init__(self, reader: Reader, engine: Engine, index: TextIndex) -> None:
        self._reader = reader
        self._planner = SearchPlanner(reader, engine)
        self._index = index

    async def page[RowT: Ranked, ValuesT: Mapping[str, object]](
        self,
        words: tuple[str, ...],
        binds: ValuesT,
        *,
        graded: GradedQuery[RowT],
        of_tier: TierQuery[RowT],
        after: Rank | None,
        limit: int,
    ) -> Page[tuple[Rank, RowT]]:
        """Return the next of the best COUNTED matches, each with its place.

        `binds` are the values of the feature's two statements but those for the words.
        """
        shown = 0 if after is None else after.shown
        most = min(limit, COUNTED - shown)
        if not words or most <= 0:
            return Page(())
        search = await self._planner.choose(self._index, words)
        values = {**binds, **search.binds}
        if search.plan.few:
            last = {} if after is None else {"last_grade": -after.tier, **_last(after)}
            query = graded(search.plan, continued=after is not None)
            found = [*await self._reader.all(query, limit=most + 1, **values, **last)]
        else:
            found = await self._by_tier(values, of_tier, search, after=after, limit=most + 1)
        places = [
            (Rank(Tier(row["tier"]), row["quality"], row["id"], shown + number), row)
            for number, row in enumerate(found[:most], start=1)
        ]
        return Page(places, more=len(found) > most and shown + most < COUNTED)

    async def _by_tier[RowT: Ranked, ValuesT: Mapping[str, object]](
        self, binds: ValuesT, of_tier: TierQuery[RowT], search: PlannedSearch, *, after: Rank | None, limit: int
    ) -> list[RowT]:
        found: list[RowT] = []
        for tier in self._index.tiers:
            if after is not None and tier < after.tier:
                continue
            last = {} if after is None or tier is not after.tier else _last(after)
            part = search if tier is EVERYWHERE else await self._planner.of_tier(self._index, tier, search.binds)
            wanted = limit - len(found)
            # Better tiers have fewer than COUNTED rows, otherwise this position would not be reached.
            depth = wanted + COUNTED * (tier > 0)
            query = of_tier(tier, part.plan, continued=bool(last))
            found += await self._reader.all(query, limit=wanted, depth=depth, **binds, **last)
            if len(found) >= limit:
                break
        return found


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


def _limit(name: str) -> Any:  # noqa: ANN401 - SQLAlchemy's own type of a limit is private
    return bindparam(name, type_=Integer)


def _last(after: Rank) -> dict[str, object]:
    return {"last_quality": after.quality, "last_id": after.last_id}
