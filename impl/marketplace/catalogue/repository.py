"""Queries on the public catalogue: the category tree, and published services of approved providers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Double,
    FromClause,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    cast,
    literal_column,
    not_,
    null,
    or_,
    select,
    true,
    type_coerce,
    union_all,
)

from impl.kernel.paging import COUNTED, EACH, LIMIT, Counted, after_position, bounded_count, total_of
from impl.kernel.reader import Reader
from impl.kernel.statements import Query
from impl.kernel.tables import UtcDateTime, Uuid
from impl.marketplace.capabilities.categories.tables import IN_USE, NAMED, Category
from impl.marketplace.capabilities.geography.service import Nearby, distance, within
from impl.marketplace.capabilities.listings.tables import Listing, ListingCategory, PricingKind
from impl.marketplace.capabilities.search.service import (
    EVERYWHERE,
    LISTINGS,
    Engine,
    Plan,
    Plans,
    Tier,
    graded_hits,
    hits,
    word_binds,
)
from impl.marketplace.catalogue.tables import CatalogueRow, CatalogueSort, CategoryRow, FacetRow, RankedRow, SingleRow
from impl.marketplace.provider_profile.tables import VISIBLE, ProviderProfile

type Selection = Select[*tuple[Any, ...]]

COLUMNS = (
    Listing.service_id.label("id"),
    Listing.category_id,
    Listing.title,
    Listing.description,
    # Read as text: the wire has enums of its own, and a conversion by way of ours costs time for each row.
    type_coerce(Listing.pricing_kind, String).label("pricing_kind"),
    Listing.price_minor,
    Listing.currency,
    Listing.price_unit,
    Listing.duration_minutes,
    Listing.tags,
    Listing.published_at,
    Listing.updated_at,
    Listing.price_rank_up,
    Listing.price_rank_down,
    ProviderProfile.id.label("profile_id"),
    ProviderProfile.slug.label("profile_slug"),
    ProviderProfile.business_name,
    ProviderProfile.website,
    ProviderProfile.service_radius_km,
    Category.slug.label("category_slug"),
    Category.name.label("category_name"),
)

NEARNESS: Final = distance(ProviderProfile.area_x, ProviderProfile.area_y, ProviderProfile.area_z)


def _rows(nearness: ColumnElement[float]) -> Selection:
    return (
        select(*COLUMNS, nearness.label("nearness"))
        .join(ProviderProfile, ProviderProfile.id == Listing.profile_id)
        .join(Category, Category.id == Listing.category_id)
        .where(VISIBLE)
    )


ROWS, NEAR_ROWS = _rows(cast(null(), Double)), _rows(NEARNESS)
_ONE: Final = Query(
    ROWS.add_columns(
        ProviderProfile.updated_at.label("profile_updated_at"), Category.updated_at.label("category_updated_at")
    ).where(Listing.live, Listing.service_id == bindparam("id")),
    SingleRow,
)
_SOME: Final = Query(
    ROWS.where(Listing.live, Listing.service_id.in_(bindparam("ids", type_=Uuid(), expanding=True))), CatalogueRow
)
_TREE: Final = Query(
    select(Category.id, Category.parent_id, Category.slug, Category.name)
    .where(IN_USE)
    .order_by(Category.position, Category.id),
    CategoryRow,
)

# A listing has a row for its own category and each above it.
IN_CATEGORY = ListingCategory.category_id == NAMED

PRICE_SORTS = (CatalogueSort.CHEAPEST, CatalogueSort.DEAREST)

# Services without a price come last in either direction, by their rank.
KEYS = {
    CatalogueSort.OLDEST: "published_at",
    CatalogueSort.NEWEST: "published_at",
    CatalogueSort.CHEAPEST: "price_rank_up",
    CatalogueSort.DEAREST: "price_rank_down",
    CatalogueSort.NEAREST: "nearness",
}


def with_place(statement: Selection, names: frozenset[str]) -> Selection:
    """Keep the providers within the circle, and unless told otherwise those who come to its centre."""
    if "near" in names:
        statement = statement.where(within(ProviderProfile.area_cell, NEARNESS))
    if "coming" in names:
        statement = statement.where(ProviderProfile.area_reach >= NEARNESS)
    return statement


@dataclass(frozen=True, slots=True)
class Filters:
    """Filters of the catalogue; None leaves a filter out.

    Prices are in minor units of the currency.
    """

    category: str | None = None
    pricing: PricingKind | None = None
    currency: str | None = None
    min_price: int | None = None
    max_price: int | None = None
    words: tuple[str, ...] | None = None
    near: Nearby | None = None
    # Published after the one moment, and not after the other.
    between: tuple[datetime, datetime] | None = None

    def names(self) -> frozenset[str]:
        """Return the names of what narrows: each set of them has a statement of its own."""
        return frozenset(_active_filters(self))

    def cursor_scope(self) -> str:
        """Return a text that is the same for the same filters."""
        return str(sorted(_active_filters(self).items()))


def _active_filters(filters: Filters) -> dict[str, object]:
    bind_values = {
        "category": filters.category,
        "pricing": filters.pricing,
        "currency": filters.currency,
        "min_price": filters.min_price,
        "max_price": filters.max_price,
        "words": filters.words,
        "near": filters.near,
        "between": filters.between,
        "coming": None if filters.near is None or filters.near.include_remote else True,
    }
    return {name: value for name, value in bind_values.items() if value is not None}


def binds_of(filters: Filters) -> dict[str, object]:
    """Return the bind values, in which the words of each tier have a name of their own."""
    bind_values = {name: value for name, value in _active_filters(filters).items() if name != "words"}
    if filters.near is not None:
        del bind_values["near"]
        bind_values.pop("coming", None)
        bind_values |= filters.near.binds()
    if filters.between is not None:
        del bind_values["between"]
        bind_values |= dict(zip(("published_after", "published_until"), filters.between, strict=True))
    return bind_values if filters.words is None else bind_values | word_binds(filters.words)


@dataclass(frozen=True, slots=True)
class Rank:
    """Position in the order of relevance, and the number of services shown up to it."""

    tier: Tier
    quality: int
    last_id: UUID
    shown: int


@cache
def page_query(names: frozenset[str], sort: CatalogueSort, plan: Plan, *, continued: bool) -> Query[CatalogueRow]:
    order = ListingCategory if "category" in names else Listing
    priced, quoted = with_filters(names, order, sort)
    # Cells and words may be anywhere or nowhere: each use is planned for its own.
    replanned = bool({"words", "near"} & names)
    if sort not in PRICE_SORTS or quoted is None:
        both = priced if quoted is None else or_(priced, quoted)
        return Query(ordered(names, sort, both, plan, continued=continued), CatalogueRow, replanned=replanned)
    # The index returns services with a price in order, and then those without: two short reads. In one statement, the
    # database would sort everything that is published.
    parts = [ordered(names, sort, part, plan, continued=continued).subquery() for part in (priced, quoted)]
    rows = union_all(*(part.select() for part in parts)).subquery()
    page = select(rows).order_by(rows.c[KEYS[sort]], rows.c.id).limit(LIMIT)
    return Query(page, CatalogueRow, replanned=replanned)


def ordered(
    names: frozenset[str], sort: CatalogueSort, condition: ColumnElement[bool], plan: Plan, *, continued: bool
) -> Selection:
    """Select a page of matches in an order that an index on listings or listing categories answers."""
    order = ListingCategory if "category" in names else Listing
    descending = sort is CatalogueSort.NEWEST
    first = NEARNESS if sort is CatalogueSort.NEAREST else getattr(order, KEYS[sort])
    key = {"last_key": first, "last_id": order.service_id}
    rows = with_place(NEAR_ROWS if "near" in names else ROWS, names)
    statement = with_category(rows, names, plan).where(condition)
    if continued:
        statement = statement.where(after_position(key, descending=descending))
    by = [part.desc() if descending else part.asc() for part in key.values()]
    # All rows have one currency or none, so that it does not change the order, and lets PostgreSQL use the index.
    if sort in PRICE_SORTS:
        by.insert(0, order.currency.asc())
    return statement.order_by(*by).limit(LIMIT)


def with_category(statement: Selection, names: frozenset[str], plan: Plan) -> Selection:
    if "words" in names:
        found = hits(LISTINGS, plan)
        statement = statement.join(found, found.c.service_id == Listing.service_id)
    if "category" not in names:
        return statement.where(Listing.live)
    return statement.join(ListingCategory, ListingCategory.service_id == Listing.service_id).where(
        ListingCategory.live, IN_CATEGORY
    )


def with_filters(
    names: frozenset[str], order: type[Listing | ListingCategory], sort: CatalogueSort | None = None
) -> tuple[ColumnElement[bool], ColumnElement[bool] | None]:
    """Select what matches with a price, and what matches without one, if the filters allow it.

    A service by quote has no currency, and belongs among those of any; a bound of the price leaves it out.
    """
    kind = (Listing.pricing_kind == bindparam("pricing"),) if "pricing" in names else ()
    if "between" in names:
        after, until = (bindparam(name, type_=UtcDateTime()) for name in ("published_after", "published_until"))
        kind = (*kind, order.published_at > after, order.published_at <= until)
    if "currency" not in names:
        return and_(true(), *kind), None
    priced = [*kind, order.currency == bindparam("currency")]
    low, high = (bindparam(name, type_=BigInteger) for name in ("min_price", "max_price"))
    downwards = sort is CatalogueSort.DEAREST
    # Bounds on the column by which the list is sorted, so that the index scan is limited by them.
    if "min_price" in names:
        priced.append(order.price_rank_down <= -low if downwards else order.price_rank_up >= low)
    if "max_price" in names:
        priced.append(order.price_rank_down >= -high if downwards else order.price_rank_up <= high)
    bounded = {"min_price", "max_price"} & names
    return and_(*priced), None if bounded else and_(*kind, order.currency.is_(None))


@cache
def graded_query(names: frozenset[str], plan: Plan, *, continued: bool) -> Query[RankedRow]:
    """Select a page of few matches, all of which are fetched, graded and sorted."""
    found = graded_hits(LISTINGS, plan)
    key = {"last_grade": -found.c.tier, "last_quality": found.c.quality, "last_id": found.c.service_id}
    walk = _narrowed(select(found.c.service_id, found.c.quality, found.c.tier), found, names)
    if continued:
        walk = walk.where(after_position(key, descending=True))
    walk = walk.order_by(*(column.desc() for column in key.values())).limit(bindparam("limit"))
    return _ranked_rows(names, walk.subquery())


@cache
def ranked_query(names: frozenset[str], tier: Tier, plan: Plan, *, continued: bool) -> Query[RankedRow]:
    """Select a page of what matches in this tier and in no better one, the best listings first.

    What better tiers have is left out of a bounded walk, not of its condition: the planner takes two conditions for
    independent, and would walk the whole index of qualities for what is nowhere.
    """
    found = hits(LISTINGS, plan, tier)
    key = {"last_quality": found.c.quality, "last_id": found.c.service_id}
    walk = _narrowed(select(found.c.service_id, found.c.quality, found.c.better), found, names)
    if continued:
        walk = walk.where(after_position(key, descending=True))
    met = walk.order_by(*(column.desc() for column in key.values())).limit(bindparam("depth")).subquery()
    grade = literal_column(str(int(tier)), Integer).label("tier")
    best = select(met.c.service_id, met.c.quality, grade).where(not_(met.c.better))
    best = best.order_by(met.c.quality.desc(), met.c.service_id.desc()).limit(bindparam("limit"))
    return _ranked_rows(names, best.subquery())


def _narrowed(walk: Selection, found: FromClause, names: frozenset[str]) -> Selection:
    """Keep of these hits what everyone may see and the filters let through."""
    walk = walk.join(ProviderProfile, ProviderProfile.id == found.c.profile_id).where(VISIBLE)
    walk = with_place(walk, names)
    if names & {"pricing", "currency"}:
        walk = walk.join(Listing, Listing.service_id == found.c.service_id)
    if "category" in names:
        walk = walk.join(ListingCategory, ListingCategory.service_id == found.c.service_id).where(
            ListingCategory.live, IN_CATEGORY
        )
    priced, quoted = with_filters(names, ListingCategory if "category" in names else Listing)
    return walk.where(priced if quoted is None else or_(priced, quoted))


def _ranked_rows(names: frozenset[str], page: FromClause) -> Query[RankedRow]:
    rows = NEAR_ROWS if "near" in names else ROWS
    rows = rows.add_columns(page.c.quality, page.c.tier).join(page, page.c.service_id == Listing.service_id)
    order = (page.c.tier, page.c.quality.desc(), page.c.service_id.desc())
    return Query(rows.order_by(*order), RankedRow, replanned=True)


@cache
def count_query(names: frozenset[str], plan: Plan) -> Query[Counted]:
    matching = with_category(_visible(select(EACH).select_from(Listing), names), names, plan)
    return Query(bounded_count(matching), Counted, replanned=bool({"words", "near"} & names))


def _visible(each: Selection, names: frozenset[str]) -> Selection:
    visible = each.join(ProviderProfile, ProviderProfile.id == Listing.profile_id)
    priced, quoted = with_filters(names, ListingCategory if "category" in names else Listing)
    return with_place(visible.where(VISIBLE, priced if quoted is None else or_(priced, quoted)), names)


@cache
def facet_query(names: frozenset[str], plan: Plan) -> Query[FacetRow]:
    """Select what facets count, of as many matches as are counted one by one."""
    kind = type_coerce(Listing.pricing_kind, String).label("pricing_kind")
    each = select(Listing.category_id, kind, Listing.price_minor)
    matching = with_category(_visible(each, names), names, plan).limit(COUNTED + 1)
    return Query(matching, FacetRow, replanned=bool({"words", "near"} & names))


class CatalogueRepository:
    def __init__(self, reader: Reader, engine: Engine) -> None:
        self._reader = reader
        self._plans = Plans(reader, engine)

    async def categories(self) -> Sequence[CategoryRow]:
        return await self._reader.all(_TREE)

    async def find(self, service_id: UUID) -> SingleRow | None:
        return await self._reader.first(_ONE, id=service_id)

    async def some(self, service_ids: Collection[UUID]) -> Sequence[CatalogueRow]:
        """Return those of the services that are published now."""
        return await self._reader.all(_SOME, ids=list(service_ids))

    async def page(
        self, filters: Filters, sort: CatalogueSort, *, after: tuple[datetime | float, UUID] | None, limit: int
    ) -> Sequence[CatalogueRow]:
        binds = binds_of(filters)
        plan = await self._plans.choose(LISTINGS, filters.words)
        query = page_query(filters.names(), sort, plan, continued=after is not None)
        if after is not None:
            binds["last_key"], binds["last_id"] = after
        return await self._reader.all(query, limit=limit, **binds)

    async def ranked(self, filters: Filters, *, after: Rank | None, limit: int) -> Sequence[RankedRow]:
        """Return what matches, by tier, then quality, then age, up to COUNTED places of the order."""
        binds, names = binds_of(filters), filters.names()
        whole = await self._plans.choose(LISTINGS, filters.words)
        if whole.few:
            query = graded_query(names, whole, continued=after is not None)
            if after is not None:
                binds |= {"last_grade": -after.tier, "last_quality": after.quality, "last_id": after.last_id}
            return await self._reader.all(query, limit=limit, **binds)
        found: list[RankedRow] = []
        for tier in Tier:
            if after is not None and tier < after.tier:
                continue
            continued = after is not None and tier is after.tier
            if after is not None and continued:
                binds |= {"last_quality": after.quality, "last_id": after.last_id}
            plan = whole if tier is EVERYWHERE else await self._plans.choose(LISTINGS, filters.words, tier)
            query = ranked_query(names, tier, plan, continued=continued)
            wanted = limit - len(found)
            # Better tiers have fewer than COUNTED rows, otherwise this position would not be reached.
            found += await self._reader.all(query, limit=wanted, depth=wanted + COUNTED * (tier > 0), **binds)
            if len(found) >= limit:
                break
        return found

    async def count(self, filters: Filters) -> int:
        """Count up to COUNTED + 1, which stands for more."""
        query = count_query(filters.names(), await self._plans.choose(LISTINGS, filters.words))
        return await total_of(self._reader, query, **binds_of(filters))

    async def matched(self, filters: Filters) -> Sequence[FacetRow]:
        """Return what facets count of the matches, up to COUNTED + 1 of them."""
        query = facet_query(filters.names(), await self._plans.choose(LISTINGS, filters.words))
        return await self._reader.all(query, **binds_of(filters))
