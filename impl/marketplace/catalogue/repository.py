"""Queries on the public catalogue: the category tree, and published services of approved providers."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache, partial
from typing import Final
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Double,
    FromClause,
    Integer,
    String,
    and_,
    any_,
    bindparam,
    cast,
    func,
    literal_column,
    null,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import aliased

from impl.kernel.paging import COUNT_LIMIT, COUNTED, EACH, LIMIT, Counted, Page, after_position, bounded_count, total_of
from impl.kernel.reader import Reader
from impl.kernel.statements import Query, among
from impl.kernel.tables import Uuid
from impl.marketplace.capabilities.categories.tables import NAMING, Category
from impl.marketplace.capabilities.filter_bits.service import FilterBits, FilterCounts
from impl.marketplace.capabilities.listing_filters.service import (
    BAND,
    IN_CATEGORY,
    Order,
    Selection,
    indexed,
    most,
    with_category,
    with_filters,
)
from impl.marketplace.capabilities.listings.tables import LISTED_COLUMNS, Listing, ListingCategory
from impl.marketplace.capabilities.pages.service import PAGES
from impl.marketplace.capabilities.ratings.tables import Rating
from impl.marketplace.capabilities.relevance.service import Rank, Relevance, graded_page, tier_page
from impl.marketplace.capabilities.search.service import (
    BOUNDS,
    EVERYWHERE,
    HITS,
    LICENSED_LISTINGS,
    LISTINGS,
    Bounds,
    Engine,
    LookRow,
    Plan,
    PlannedSearch,
    SearchPlanner,
    Shortlist,
    Tier,
    hits,
    index_of,
    word_binds,
)
from impl.marketplace.catalogue.tables import (
    DESCENDING,
    KEYS,
    LOOKED_THROUGH,
    PRICE_SORTS,
    CatalogueRow,
    CatalogueSort,
    FacetRow,
    Filters,
    MetRow,
    NamedRow,
    RankedRow,
    SingleRow,
    are_told_by_bits,
    asks_bits,
    binds_of,
    may_be_rare,
)
from impl.marketplace.photos.tables import PhotoSet
from impl.marketplace.places.tables import TOWN, Place
from impl.marketplace.provider_profile.tables import HIDDEN_IDS, NEARNESS, SUMMARY, VISIBLE, ProviderProfile, in_place
from impl.marketplace.verifications.tables import has_licence, last_end, licensed

_ROWS: Final = (
    select(*LISTED_COLUMNS, *SUMMARY, *NAMING)
    .join(ProviderProfile, ProviderProfile.id == Listing.profile_id)
    .join(Category, Category.id == Listing.category_id)
    .where(VISIBLE)
)
ROWS, NEAR_ROWS = (_ROWS.add_columns(column.label("nearness")) for column in (cast(null(), Double), NEARNESS))
_ONE: Final = Query(
    ROWS.add_columns(
        *TOWN,
        Rating.review_count,
        has_licence(ProviderProfile.user_id).label("is_verified"),
        ProviderProfile.updated_at.label("profile_updated_at"),
        Category.updated_at.label("category_updated_at"),
        Rating.updated_at.label("rating_changed_at"),
        PhotoSet.changed_at.label("photos_changed_at"),
        ProviderProfile.verifications_changed_at,
        last_end(ProviderProfile.user_id).label("last_end_date"),
    )
    .outerjoin(Place, Place.id == ProviderProfile.base_place_id)
    .outerjoin(Rating, Rating.provider_id == ProviderProfile.user_id)
    .outerjoin(PhotoSet, PhotoSet.subject_id == Listing.service_id)
    .where(Listing.live, Listing.service_id == bindparam("id")),
    SingleRow,
)
_SOME: Final = Query(
    ROWS.where(Listing.live, Listing.service_id.in_(bindparam("ids", type_=Uuid(), expanding=True))), CatalogueRow
)
_BUSINESS: Final = aliased(ProviderProfile)
_LICENSED: Final = licensed(_BUSINESS.id, _BUSINESS.user_id)


def _filtered(
    names: frozenset[str], sort: CatalogueSort | None = None
) -> tuple[ColumnElement[bool], ColumnElement[bool] | None]:
    order = ListingCategory if "category" in names else Listing
    return with_filters(names, order, _LICENSED, downwards=sort is CatalogueSort.DEAREST)


def narrowed(names: frozenset[str], walk: Selection, found: FromClause, *, one_by_one: bool = False) -> Selection:
    """Keep of these hits what everyone may see and the filters let through; a few are looked up `one_by_one`."""
    walk = walk.join(ProviderProfile, ProviderProfile.id == found.c.profile_id).where(VISIBLE, *in_place(names))
    priced, quoted = _filtered(names)
    condition = priced if quoted is None else or_(priced, quoted)
    if "category" in names:
        placed = and_(ListingCategory.service_id == found.c.service_id, ListingCategory.live, IN_CATEGORY)
        if one_by_one:  # the planner might read all of the category for them
            return walk.where(select(EACH).where(placed, condition).correlate(found).offset(0).exists())
        walk = walk.join(ListingCategory, placed)
    elif names & {"pricing", "currency", "profile_id", "min_rating"}:
        # Live, as the hit is, so that an index of what is live will do.
        walk = walk.join(Listing, Listing.service_id == found.c.service_id).where(Listing.live)
    return walk.where(condition)


def matching[S: Selection](each: S, names: frozenset[str], plan: Plan, tier: Tier = EVERYWHERE) -> S:
    priced, quoted = _filtered(names)
    each = each.where(Listing.profile_id.not_in(HIDDEN_IDS), priced if quoted is None else or_(priced, quoted))
    if plan.has_hits(names):
        # Joined, so that no index of a filter is gone through for them.
        met = func.unnest(bindparam(HITS, type_=ARRAY(Uuid()))).table_valued("id").render_derived("met")
        each = each.join(met, met.c.id == Listing.service_id)
    if "near" in names:
        each = each.join(ProviderProfile, ProviderProfile.id == Listing.profile_id).where(*in_place(names))
    return with_category(each, names, plan, tier)


@cache
def few_query(names: frozenset[str]) -> Query[MetRow]:
    """Select rows that pass the filters, in no order, up to one more than are few."""
    order = ListingCategory if "category" in names else Listing
    if "near" in names:
        near = matching(select(Listing.service_id.label("id")), names, Plan("postgresql"))
        return Query(near.limit(most(COUNT_LIMIT)), MetRow, replanned=True)
    rows = indexed(names, order.service_id, _LICENSED, HIDDEN_IDS).limit(COUNT_LIMIT).subquery()
    return Query(select(rows.c.one.label("id")), MetRow, replanned=True)


@cache
def met_query(names: frozenset[str], tier: Tier) -> Query[LookRow]:
    """Select up to `most` rows that have all words within the tier and pass the filters, in no order."""
    found = hits(index_of(names), Plan("postgresql"), tier)
    rows = narrowed(names, select(found.c.service_id.label("id"), found.c.quality), found)
    return Query(rows.limit(most(bindparam("most", type_=Integer))), LookRow, replanned=True)


@cache
def page_query(
    names: frozenset[str], sort: CatalogueSort, plan: Plan, *, continued: bool, without_price: bool = False
) -> Query[CatalogueRow]:
    """Select a page; in an order by price, of services that have one, or of those `without_price`, which come after."""
    priced, quoted = _filtered(names, sort)
    replanned = bool({"words", "near"} & names)  # they may be anywhere or nowhere
    if quoted is None:
        condition = priced
    elif sort in PRICE_SORTS:
        condition = quoted if without_price else priced
    else:
        condition = or_(priced, quoted)
    return Query(ordered(names, sort, condition, plan, continued=continued), CatalogueRow, replanned=replanned)


def ordered(
    names: frozenset[str], sort: CatalogueSort, condition: ColumnElement[bool], plan: Plan, *, continued: bool
) -> Selection:
    """Select a page of matches in an order that an index on listings or listing categories answers."""
    order, rows = ListingCategory if "category" in names else Listing, NEAR_ROWS if "near" in names else ROWS
    first = NEARNESS if sort is CatalogueSort.NEAREST else getattr(order, KEYS[sort])
    key = {"last_key": first, "last_id": order.service_id}
    is_few = plan.has_hits(names)
    by_keys = is_few or ("words" in names and not plan.few and sort is not CatalogueSort.NEAREST)
    if is_few:
        statement = _met(select(*key.values()), order, names)
    elif by_keys:
        statement = _with_words(select(*key.values()), order, names, plan)
    else:
        statement = with_category(rows, names, plan)
    statement = statement.where(condition, *(() if is_few else in_place(names)))
    if continued:
        statement = statement.where(after_position(key, descending=sort in DESCENDING))
        if sort is CatalogueSort.NEAREST:
            # What nearer ones offer is not read. As a number: the planner would expect few, and sort all of them.
            nearer = bindparam("last_key", type_=Double) > NEARNESS
            statement = statement.where(cast(nearer, Integer) != 1)
    by = [part.desc() if sort in DESCENDING else part.asc() for part in key.values()]
    # All rows have one currency or none, so that it does not change the order, and lets PostgreSQL use the index.
    if sort in PRICE_SORTS:
        by.insert(0, order.currency.asc())
    page = statement.order_by(*by).limit(LIMIT)
    if not by_keys:
        return page
    keys = page.subquery()
    by = [part.desc() if sort in DESCENDING else part.asc() for part in keys.c]
    return rows.join(keys, keys.c.service_id == Listing.service_id).order_by(*by)


def _with_words(keys: Selection, order: Order, names: frozenset[str], plan: Plan) -> Selection:
    """Keep the keys of rows that have all words; of others that are met on the way, nothing else is fetched."""
    found = hits(index_of(names), plan)
    keys = keys.join(found, found.c.service_id == order.service_id).where(VISIBLE, order.live)
    keys = keys.join(ProviderProfile, ProviderProfile.id == found.c.profile_id)
    return keys.where(IN_CATEGORY) if "category" in names else keys


def _met(keys: Selection, order: Order, names: frozenset[str]) -> Selection:
    """Keep the keys of the rows that are bound as `hits`, which a look has found to pass the filters."""
    these = order.service_id == any_(bindparam(HITS, type_=ARRAY(Uuid())))
    keys = keys.where(order.live, order.profile_id.not_in(HIDDEN_IDS), these)
    return keys.where(IN_CATEGORY) if "category" in names else keys


@cache
def graded_query(names: frozenset[str], plan: Plan, *, continued: bool) -> Query[RankedRow]:
    """Select a page of few matches."""
    near = select(ProviderProfile.id).where(*in_place(names)) if plan.placed else None
    narrow = partial(narrowed, names, one_by_one=True)
    page = graded_page(index_of(names), plan, narrow, continued=continued, providers=near)
    return _ranked_rows(names, page)


@cache
def near_query(names: frozenset[str]) -> Query[Counted]:
    """Count the services of providers near a point."""
    offers = select(EACH).where(among(Listing.profile_id, select(ProviderProfile.id).where(*in_place(names))))
    return Query(bounded_count(offers), Counted, replanned=True)


@cache
def ranked_query(names: frozenset[str], tier: Tier, plan: Plan, *, continued: bool) -> Query[RankedRow]:
    """Select a page of what matches in this tier and in no better one."""
    narrow = partial(narrowed, names, one_by_one=plan.few or plan.brief)
    return _ranked_rows(names, tier_page(index_of(names), tier, plan, narrow, continued=continued))


def _ranked_rows(names: frozenset[str], page: FromClause) -> Query[RankedRow]:
    rows = NEAR_ROWS if "near" in names else ROWS
    rows = rows.add_columns(page.c.quality, page.c.tier).join(page, page.c.service_id == Listing.service_id)
    return Query(rows.order_by(page.c.tier, page.c.quality.desc(), page.c.service_id.desc()), RankedRow, replanned=True)


@cache
def count_query(names: frozenset[str], plan: Plan) -> Query[Counted]:
    if not ({"words", "near"} & names or plan.has_hits(names)):
        return Query(bounded_count(indexed(names, EACH, _LICENSED, HIDDEN_IDS)), Counted, replanned="today" in names)
    names = plan.left_of(names)
    met = matching(select(EACH).select_from(Listing), names, plan).limit(most(COUNT_LIMIT)).subquery()
    return Query(select(func.count().label("total")).select_from(met), Counted, replanned=True)


@cache
def facet_query(names: frozenset[str], plan: Plan, tier: Tier = EVERYWHERE) -> Query[FacetRow]:
    """Count what facets tell apart among the matches, of which LOOKED_THROUGH + 1 are fetched at most."""
    names = plan.left_of(names)
    kind = type_coerce(Listing.pricing_kind, String).label("pricing_kind")
    met = (
        matching(select(Listing.category_id, kind, BAND, Listing.rating_tenths), names, plan, tier)
        .limit(most(literal_column(str(LOOKED_THROUGH + 1), Integer)))
        .subquery()
    )
    alike = (met.c.category_id, met.c.pricing_kind, met.c.band, met.c.rating_tenths)
    return Query(select(*alike, func.count().label("total")).group_by(*alike), FacetRow, replanned=True)


@cache
def named_query(plan: Plan) -> Query[NamedRow]:
    """Select the businesses that have all words in their names, those with the best pages first."""
    found = hits(PAGES, plan, Tier.TITLE)
    rows = select(ProviderProfile.id, ProviderProfile.slug, ProviderProfile.business_name).where(VISIBLE)
    rows = rows.join(found, found.c.profile_id == ProviderProfile.id)
    rows = rows.order_by(found.c.quality.desc(), found.c.profile_id.desc()).limit(LIMIT)
    return Query(rows, NamedRow, replanned=True)


class CatalogueRepository:
    def __init__(self, reader: Reader, engine: Engine, bounds: Bounds = BOUNDS) -> None:
        self._reader = reader
        self._planner = SearchPlanner(reader, engine, bounds)
        self._bits = FilterBits(reader, self._planner)
        self._counts = FilterCounts(reader, self._planner, HIDDEN_IDS)
        self._relevance = {index: Relevance(reader, engine, index, bounds) for index in (LISTINGS, LICENSED_LISTINGS)}

    async def find(self, service_id: UUID) -> SingleRow | None:
        return await self._reader.first(_ONE, id=service_id, today=self._reader.clock.now().date())

    async def some(self, service_ids: Collection[UUID]) -> Sequence[CatalogueRow]:
        """Return those of the services that are published now."""
        return await self._reader.all(_SOME, ids=list(service_ids))

    async def page(
        self, filters: Filters, sort: CatalogueSort, *, after: tuple[datetime | float, UUID] | None, limit: int
    ) -> Sequence[CatalogueRow]:
        search = await self._rare(filters, await self.plan(filters), sort)
        if search.is_empty:
            return []
        binds = {**binds_of(filters), **search.binds}
        query = partial(page_query, filters.names(), sort, search.plan, continued=after is not None)
        if after is not None:
            binds["last_key"], binds["last_id"] = after
        rows = await self._reader.all(query(), limit=limit, **binds)
        if sort not in PRICE_SORTS or len(rows) >= limit or {"min_price", "max_price"} & filters.names():
            return rows
        # What has no price is looked for only where it is needed: a word may never meet it, but in many listings.
        shown = {row["id"] for row in rows}
        others = await self._reader.all(query(without_price=True), limit=limit - len(rows), **binds)
        return [*rows, *(row for row in others if row["id"] not in shown)]

    async def ranked(self, filters: Filters, *, after: Rank | None, limit: int) -> Page[tuple[Rank, RankedRow]]:
        """Return a page of the best COUNTED matches, each with its place."""
        names = filters.names()
        return await self._relevance[index_of(names)].page(
            filters.words or (),
            binds_of(filters),
            graded=partial(graded_query, names),
            of_tier=partial(ranked_query, names),
            after=after,
            limit=limit,
            near=near_query(names & {"near", "coming"}) if "near" in names else None,
            met=partial(met_query, names) if "near" not in names and may_be_rare(names) else None,
            bits=partial(self._bits.look, filters),
            qualities=partial(self._bits.by_quality, filters),
            today=filters.verified,
        )

    async def named(self, words: tuple[str, ...], *, limit: int) -> Sequence[NamedRow]:
        search = await self._planner.of_tier(PAGES, Tier.TITLE, word_binds(words))
        return await self._reader.all(named_query(search.plan), limit=limit, **search.binds)

    async def plan(self, filters: Filters, *, titles: int = 1) -> PlannedSearch:
        return await self._planner.choose(index_of(filters.names()), filters.words, filters.verified, titles=titles)

    async def _rare(self, filters: Filters, search: PlannedSearch, sort: CatalogueSort) -> PlannedSearch:
        """Return the plan for few rows if the filters leave few: along an order they may be at its very end."""
        names, few = filters.names(), self._planner.bounds.few
        if search.plan.few or not (self._planner.looks_ahead and may_be_rare(names, sort)):
            return search
        found = await self._bits.look(filters, search) if asks_bits(names, sort) else Shortlist()
        if found.few is not None or (found.many is not None and not {"near", "between"} & names):
            return search.of_few(found.few)
        query = few_query(names) if filters.words is None else met_query(names, EVERYWHERE)
        met = await self._reader.all(query, **{**binds_of(filters), **search.binds, "most": few + 1})
        return search.of_few(met if len(met) <= few else None)

    async def counts(self, each: Collection[Filters]) -> Mapping[Filters, int] | None:
        """Count by bits the rows that pass each of the filters, exactly up to COUNTED; None where bits cannot tell."""
        are_told = self._planner.looks_ahead and all(are_told_by_bits(filters.names()) for filters in each)
        return await self._counts.of(each) if are_told else None

    async def count(self, filters: Filters) -> int:
        """Count up to COUNTED; more stands for more."""
        if (told := await self.counts([filters])) is not None:
            return told[filters]
        total, names = 0, filters.names()
        search = await self.plan(filters, titles=1 if names == {"words"} else 3)
        search = await self._bits.some(filters, search, COUNTED + 1) if asks_bits(names) else search
        binds = {**binds_of(filters), **search.binds}
        for part in filter(None, (search.first, search)):
            if total <= COUNTED:
                total = await total_of(self._reader, count_query(names, part.plan), **{**binds, **part.binds})
        return total

    async def facets(self, filters: Filters, search: PlannedSearch) -> Sequence[FacetRow]:
        """Count what facets tell apart among the matches; more than LOOKED_THROUGH in all stand for more."""
        names = filters.names()
        search = await self._bits.some(filters, search, LOOKED_THROUGH + 1) if asks_bits(names) else search
        binds = {**binds_of(filters), **search.binds}
        if (first := search.first) is not None:
            rows = await self._reader.all(facet_query(names, first.plan, Tier.TITLE), **{**binds, **first.binds})
            if sum(row["total"] for row in rows) > LOOKED_THROUGH:
                return rows
        return await self._reader.all(facet_query(names, search.plan), **binds)
