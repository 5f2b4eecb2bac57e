"""Statements on the search index: rows with all words, by a plan that suits their number."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any, Final, Protocol, TypedDict
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Uuid,
    and_,
    bindparam,
    case,
    false,
    func,
    insert,
    not_,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel.paging import after_position
from impl.kernel.reader import Reader
from impl.kernel.statements import Change, Command, Query, among
from impl.kernel.tables import core_table
from impl.kernel.words import allows_prefix, end_of_prefix
from impl.marketplace.capabilities.frequent_words.service import FrequentWords
from impl.marketplace.capabilities.row_bits.service import ROWS_OF_PART, Span
from impl.marketplace.capabilities.search import postgresql, sqlite
from impl.marketplace.capabilities.search.postgresql import (
    FIRST,
    FIRST_WORDS,
    LEXICON,
    MORE,
    NAMED_WORDS,
    best_query,
    first_of,
    limit_by,
    look_query,
    met_query,
    numbered_query,
    places_query,
    sample_query,
)
from impl.marketplace.capabilities.search.tables import (
    BETTER,
    BOUNDS,
    EVERYWHERE,
    HITS,
    LEVELS,
    LISTINGS,
    QUALITY_MAX,
    WORDS,
    Bounds,
    Engine,
    IndexedText,
    ListingText,
    LookRow,
    NewListingText,
    Plan,
    PlannedSearch,
    Term,
    Terms,
    TextIndex,
    Tier,
    WordBinds,
    word_binds,
)

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


class _Number(TypedDict):
    number: int


_OTHERWISE: Final = select(_TABLE.c.number).where(
    _TABLE.c.category_id == bindparam("category_id"),
    or_(_TABLE.c.category_id != bindparam("into_id", type_=Uuid), _TABLE.c.category != bindparam("words")),
)
_OTHERWISE_FILED: Final = Query(
    _OTHERWISE.order_by(_TABLE.c.number).limit(bindparam("most", type_=Integer)).with_for_update(skip_locked=True),
    _Number,
)
_ANY_OTHERWISE_FILED: Final = Query(_OTHERWISE.limit(1), _Number)


class _Words(Protocol):
    """Full-text search of one engine; each implementation has a module of its own."""

    LOOKS_AHEAD: bool

    def matching(self, index: TextIndex, tier: Tier) -> ColumnElement[bool]: ...

    def found(self, index: TextIndex, tier: Tier) -> ColumnElement[bool]: ...

    def fetched_first(self, hits: Select[*tuple[Any, ...]]) -> FromClause: ...


_WORDS: Final[Mapping[Engine, _Words]] = {"postgresql": postgresql, "sqlite": sqlite}


# One match among so many of the best rows says that the matches are not few.
_SPARSE: Final = 100
# Rows in which one statement looks for a word: of all at once it could take longer than it may.
_TOGETHER: Final = 8 * ROWS_OF_PART


@cache
def hits(index: TextIndex, plan: Plan, tier: Tier = EVERYWHERE) -> FromClause:
    """Select live rows that have all words, bound by `word_binds`, within the tier.

    They have the columns of the index but its words, and `better`: whether a better tier has all words too.
    """
    words = _WORDS[plan.engine]
    condition = words.found(index, tier) if plan.few else and_(index.shown, words.matching(index, tier))
    statement = select(*columns_of(index), is_better(index, plan, tier).label("better")).where(condition)
    return words.fetched_first(statement) if plan.few else statement.subquery("hits")


@cache
def graded_hits(index: TextIndex, plan: Plan, providers: Select[UUID] | None = None) -> FromClause:
    """Select live rows that have all words anywhere, and the best `tier` that has them: one statement for few rows.

    A plan that is `placed` looks through the rows of these providers.
    """
    words = _WORDS[plan.engine]
    tiers = [(words.matching(index, tier), int(tier)) for tier in index.tiers if tier is not EVERYWHERE]
    tier = case(*tiers, else_=int(EVERYWHERE)).label("tier")
    if providers is not None:
        rows = select(*columns_of(index), *postgresql.vectors(index))
        rows = rows.where(index.shown, among(index.table.c.profile_id, providers))
        # By the name of the table, as the conditions on words have it; none of them is tried before.
        near = rows.offset(0).subquery(index.table.name)
        met = select(*(near.c[column.name] for column in columns_of(index)), tier)
        return met.where(words.matching(index, EVERYWHERE)).subquery("hits")
    statement = select(*columns_of(index), tier).where(words.found(index, EVERYWHERE))
    return words.fetched_first(statement)


@cache
def next_hits(index: TextIndex, tier: Tier, *, continued: bool) -> FromClause:
    """Select those of the next rows in the order of quality that have all words in this tier and in no better one."""
    table = index.table
    key = {"last_quality": table.c.quality, "last_id": table.c[index.key]}
    rows = select(*columns_of(index), *postgresql.vectors(index)).where(index.shown)
    if continued:
        rows = rows.where(after_position(key, descending=True))
    # By the name of the table, because the conditions on words name the vectors by it.
    rows_next = (
        rows.order_by(*(column.desc() for column in key.values())).limit(limit_by("walked")).subquery(table.name)
    )
    plan = Plan("postgresql", brief=True)
    met = select(*(rows_next.c[column.name] for column in columns_of(index)))
    return met.where(postgresql.matching(index, tier), not_(is_better(index, plan, tier))).subquery("hits")


def is_better(index: TextIndex, plan: Plan, tier: Tier) -> ColumnElement[bool]:
    """Return whether a row has all words in a better tier, too."""
    return or_(false(), *(_WORDS[plan.engine].matching(index, one) for one in BETTER[tier]))


def columns_of(index: TextIndex) -> list[ColumnElement[Any]]:
    return [column for column in index.table.c if column.name not in index.everything]


class SearchPlanner:
    """Plans statements on the rows that have all words of a search."""

    def __init__(self, reader: Reader, engine: Engine, bounds: Bounds = BOUNDS) -> None:
        self._reader = reader
        self._engine: Engine = engine
        self.bounds = bounds
        self._frequent_words = FrequentWords(reader)

    @property
    def looks_ahead(self) -> bool:
        """Return whether the engine needs to know how many rows have the words."""
        return _WORDS[self._engine].LOOKS_AHEAD

    async def choose(
        self, index: TextIndex, words: tuple[str, ...] | None, today: date | None = None, *, titles: int = 1
    ) -> PlannedSearch:
        """Return the plan of a search, after a look whether few rows have the words, where the engine needs to know.

        Without words, the plan is that of an order. Of a prefix of very many words, matches in titles are fetched
        first, `titles` times as many as are few and an eighth more: all would take long, and these may be enough.
        """
        if words is None:
            return PlannedSearch(Plan(self._engine))
        terms = await self.terms(index, words, today)
        if terms.are_frequent and len(words) == 1:
            # In many rows for certain.
            first = None if terms.first is None else PlannedSearch(Plan(self._engine), terms.first)
            return PlannedSearch(Plan(self._engine), terms.binds, first)
        if terms.are_frequent and terms.have_prefix and self.knows_best(index, Tier.TITLE):
            binds = {
                **terms.binds,
                LEVELS: [*range(QUALITY_MAX, -1, -1)],
                "most": titles * self.bounds.few + self.bounds.few // 8 + 1,
            }
            titled = [row["id"] for row in await self._reader.all(best_query(index, Tier.TITLE_STEMS), **binds)]
            if len(titled) > self.bounds.few:
                first = PlannedSearch(Plan(self._engine, few=True), {HITS: titled})
                return PlannedSearch(Plan(self._engine), terms.binds, first)
        return await self.everywhere(index, terms)

    async def everywhere(self, index: TextIndex, terms: Terms) -> PlannedSearch:
        """Return the plan for rows with the words anywhere; of a prefix of very many words, a sample is read first."""
        many = PlannedSearch(Plan(self._engine), terms.binds)
        if index.has_lexicon and self.looks_ahead and len(terms.binds["words"]) > 1:
            bits = await self._frequent_words.bits(terms.words, at_least=2)
            if bits is not None and (numbers := bits.numbers(self.bounds.few)) is not None:
                return many.of_few(await self.among(index, many, numbers))
            if bits is not None and bits.whole:
                return many
        if terms.are_frequent and terms.have_prefix:
            seen = await self._reader.first(sample_query(index), **{**terms.binds, "walked": self.bounds.walked})
            if seen is not None and seen["total"] * _SPARSE >= self.bounds.walked:
                return many
        return await self.of_tier(index, EVERYWHERE, terms.binds)

    async def of_tier(self, index: TextIndex, tier: Tier, binds: WordBinds) -> PlannedSearch:
        """Return the plan for rows with the words within the tier, after a look whether they are few."""
        if not self.looks_ahead:
            return PlannedSearch(Plan(self._engine, few=True), binds)
        found = await self.look(index, tier, binds)
        if len(found) > self.bounds.few:
            return PlannedSearch(Plan(self._engine), binds)
        return PlannedSearch(Plan(self._engine), binds).of_few(found)

    async def look(
        self, index: TextIndex, tier: Tier, binds: WordBinds, levels: Sequence[int] | None = None
    ) -> Sequence[LookRow]:
        """Return rows with the words within the tier, of these qualities if any are given, up to one more than few."""
        terms, most = binds["words"], self.bounds.few + 1
        banded = {} if levels is None else {LEVELS: [*levels]}
        # Of one quality, the other index merges words sooner, but collects all that begins with a prefix.
        is_wide = any(not isinstance(term, Term) for term in terms) or (levels is not None and len(levels) > 1)
        if levels is not None and is_wide and self.knows_best(index, tier):
            return await self._reader.all(best_query(index, tier), **{**binds, **banded, "most": most})
        query = look_query(index, tier, words=len(terms), banded=levels is not None)
        each = {f"{WORDS}_{number}": (term,) for number, term in enumerate(terms)}
        return await self._reader.all(query, **{**binds, **each, **banded, "most": most})

    async def among(self, index: TextIndex, search: PlannedSearch, numbers: Sequence[int]) -> Sequence[LookRow]:
        """Return those of the rows with these numbers that have all words anywhere, if there are words."""
        if not numbers:
            return []
        query = met_query(index) if WORDS in search.binds else numbered_query(index)
        return await self._reader.all(query, **search.binds, numbers=[*numbers])

    async def numbers(self, words: tuple[str, ...], numbers: Collection[int]) -> Sequence[int]:
        """Return those of these row numbers whose rows have all words anywhere."""
        binds = {**word_binds(words), "numbers": [*numbers]}
        found = await self._reader.all(places_query(LISTINGS, of_some=True), **binds)
        return [row["part"] * ROWS_OF_PART + place for row in found for place in row["places"]]

    async def of_span(self, index: TextIndex, tier: Tier, binds: WordBinds, span: Span) -> Sequence[LookRow]:
        """Return the rows of a span that have one of its qualities, and all words within the tier."""
        if not span.numbers:
            return []
        levels = [*range(span.lowest, span.highest + 1)]
        query = met_query(index, tier, banded=True)
        return await self._reader.all(query, **{**binds, "numbers": [*span.numbers], LEVELS: levels})

    async def has(self, index: TextIndex, tier: Tier, binds: WordBinds) -> bool:
        """Return whether any row, with a licence or without, has the word within the tier."""
        query = look_query(LISTINGS if index.of_licensed else index, tier)
        return await self._reader.first(query, **{**binds, f"{WORDS}_0": binds["words"], "most": 1}) is not None

    @staticmethod
    def knows_best(index: TextIndex, tier: Tier) -> bool:
        """Return whether an index holds the words of the tier together with the quality."""
        return index.has_qualities and tier.fields is Tier.TITLE

    async def best(self, index: TextIndex, tier: Tier, binds: WordBinds, top: int) -> Sequence[LookRow]:
        """Return the best rows with the words within the tier, of qualities up to `top`; at most one more than few."""
        levels = {LEVELS: [*range(top, -1, -1)], "most": self.bounds.few + 1}
        return await self._reader.all(best_query(index, tier), **{**binds, **levels})

    async def terms(self, index: TextIndex, words: tuple[str, ...], today: date | None = None) -> Terms:
        """Look words up in the lexicon: the longer words that each stands for, if few, and how frequent they are."""
        if not (index.has_lexicon and self.looks_ahead):
            return Terms(word_binds(words, today))
        terms: list[Term | str] = []
        fewest, first = self.bounds.frequent, None
        for word in words:
            reach = {"begin": word, "end": end_of_prefix(word) if allows_prefix(word) else word + FIRST}
            known = await self._reader.all(LEXICON, **reach)
            longer = tuple(dict.fromkeys(row["word"] for row in known))
            listings = sum(row["listings"] for row in known)
            if len(longer) > NAMED_WORDS:
                terms.append(word)
                if len(words) == 1:
                    first = first_of(word, known)
                listings *= MORE if len(longer) > FIRST_WORDS else 1
            else:
                terms.append(Term(word, longer))
            fewest = min(fewest, listings)
        are_frequent, are_many = fewest >= self.bounds.frequent, fewest > self.bounds.few
        return Terms(word_binds(tuple(terms), today), are_frequent, are_many, first)


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

    async def put_category(self, tx: AsyncSession, category_id: UUID, into_id: UUID, words: str, *, most: int) -> bool:
        """File up to `most` rows of a category under another one, with its words; return whether more are left.

        It waits for nobody who has a row locked: two who change many rows could wait for each other.
        """
        binds = {"category_id": category_id, "into_id": into_id, "words": words}
        numbers = [row["number"] for row in await _OTHERWISE_FILED.fetch_all(tx, most=most, **binds)]
        if numbers:
            filed = update(_TABLE).where(_TABLE.c.number.in_(numbers))
            await tx.execute(filed.values(category_id=into_id, category=words))
        return await _ANY_OTHERWISE_FILED.fetch_first(tx, **binds) is not None

    async def lock_free(self, tx: AsyncSession, service_ids: Collection[UUID]) -> Collection[UUID]:
        """Lock the rows of those of the services that nobody else has locked, and return the others."""
        these = select(_TABLE.c.service_id).where(_TABLE.c.service_id.in_(service_ids))
        free = (await tx.scalars(these.with_for_update(skip_locked=True, key_share=True))).all()
        return {*(await tx.scalars(these)).all()}.difference(free)

    async def refile(self, tx: AsyncSession, service_ids: Collection[UUID], into_id: UUID, words: str) -> None:
        """File these rows under the category that has taken them over, with its words."""
        filed = update(_TABLE).where(_TABLE.c.service_id.in_(service_ids))
        differs = or_(_TABLE.c.category_id != into_id, _TABLE.c.category != words)
        await tx.execute(filed.where(differs).values(category_id=into_id, category=words))

    async def rename_business(self, tx: AsyncSession, profile_id: UUID, business: str) -> None:
        await tx.execute(update(_TABLE).where(_TABLE.c.profile_id == profile_id).values(business=business))

    async def rows_of_word(
        self, tx: AsyncSession, word: str, numbers: Collection[int] | None
    ) -> Mapping[int, Sequence[int]]:
        """Return the places, by part, of rows that have the word: of those with these numbers, or of all."""
        binds = word_binds((word,))
        if numbers is not None:
            found = await places_query(LISTINGS, of_some=True).fetch_all(tx, **binds, numbers=[*numbers])
        else:
            last, query = await tx.scalar(select(func.max(_TABLE.c.number))) or 0, places_query(LISTINGS, of_some=False)
            parts = range(0, last + 1, _TOGETHER)
            each = [await query.fetch_all(tx, **binds, first=first, end=first + _TOGETHER) for first in parts]
            found = [row for some in each for row in some]
        return {row["part"]: row["places"] for row in found}
