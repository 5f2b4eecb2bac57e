"""The questions that anyone may ask: the tree, and published services of approved providers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, String, bindparam, func, literal_column, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, aliased

from impl.kernel.paging import beyond
from impl.kernel.reader import Query, Reader, Row
from impl.marketplace.categories.tables import Category, CategoryAncestor
from impl.marketplace.provider_profile.tables import ProfileState, ProviderProfile
from impl.marketplace.provider_services.tables import Listing, PricingKind

# Counting goes no further: an exact count of a long list costs more than the page that it decorates.
COUNTED = 1000


class Sort(StrEnum):
    OLDEST = "published_at"
    NEWEST = "-published_at"
    CHEAPEST = "price"
    DEAREST = "-price"


COLUMNS = (
    Listing.service_id.label("id"),
    Listing.category_id,
    Listing.title,
    Listing.description,
    # Enums come as text: the wire has enums of its own, and a detour over ours costs each row of each page.
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

VISIBLE = (Listing.live, ProviderProfile.state == ProfileState.APPROVED)

ROWS = (
    select(*COLUMNS)
    .join(ProviderProfile, ProviderProfile.id == Listing.profile_id)
    .join(Category, Category.id == Listing.category_id)
    .where(*VISIBLE)
)
ONE = Query(ROWS.where(Listing.service_id == bindparam("id")))
TREE = Query(
    select(Category.id, Category.parent_id, Category.slug, Category.name).order_by(Category.position, Category.id)
)

GIVEN = aliased(Category)
SUBTREE = (
    select(CategoryAncestor.category_id)
    .join(GIVEN, GIVEN.id == CategoryAncestor.ancestor_id)
    .where(GIVEN.slug == bindparam("category"))
)

NARROWED: dict[str, ColumnElement[bool]] = {
    "category": Listing.category_id.in_(SUBTREE),
    "pricing": Listing.pricing_kind == bindparam("pricing"),
    # A service by quote has no currency, and belongs among those of any.
    "currency": (Listing.currency == bindparam("currency")) | Listing.currency.is_(None),
    # A comparison with no price is never true: bounds leave out what is priced by quote.
    "min_price": Listing.price_minor >= bindparam("min_price"),
    "max_price": Listing.price_minor <= bindparam("max_price"),
}

# Each order has an index that ends in the id. Ranks put what has no price last, whichever way prices are sorted.
ORDERS: dict[Sort, tuple[InstrumentedAttribute[Any], bool]] = {
    Sort.OLDEST: (Listing.published_at, False),
    Sort.NEWEST: (Listing.published_at, True),
    Sort.CHEAPEST: (Listing.price_rank_up, False),
    Sort.DEAREST: (Listing.price_rank_down, False),
}


@dataclass(frozen=True, slots=True)
class Filters:
    """None means: not narrowed by it. Prices are in minor units of the currency."""

    category: str | None = None
    pricing: PricingKind | None = None
    currency: str | None = None
    min_price: int | None = None
    max_price: int | None = None

    def binds(self) -> dict[str, object]:
        given = {name: getattr(self, name) for name in NARROWED}
        return {name: value for name, value in given.items() if value is not None}


@cache
def page_query(names: frozenset[str], sort: Sort, *, continued: bool) -> Query:
    column, descending = ORDERS[sort]
    key = {"last_key": column, "last_id": Listing.service_id}
    statement = ROWS.where(*(NARROWED[name] for name in sorted(names)))
    if continued:
        statement = statement.where(beyond(key, descending=descending))
    order = [part.desc() if descending else part.asc() for part in key.values()]
    return Query(statement.order_by(*order).limit(bindparam("limit")))


@cache
def count_query(names: frozenset[str]) -> Query:
    one: ColumnElement[int] = literal_column("1", Integer)
    some = select(one.label("one")).join_from(Listing, ProviderProfile, ProviderProfile.id == Listing.profile_id)
    some = some.where(*VISIBLE, *(NARROWED[name] for name in sorted(names))).limit(COUNTED + 1)
    return Query(select(func.count().label("total")).select_from(some.subquery()))


class CatalogueRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def categories(self) -> Sequence[Row]:
        return await self._reader.all(TREE)

    async def find(self, service_id: UUID) -> Row | None:
        return await self._reader.first(ONE, id=service_id)

    async def page(
        self, filters: Filters, sort: Sort, *, after: tuple[datetime | int, UUID] | None, limit: int
    ) -> Sequence[Row]:
        binds = filters.binds()
        query = page_query(frozenset(binds), sort, continued=after is not None)
        if after is not None:
            binds["last_key"], binds["last_id"] = after
        return await self._reader.all(query, limit=limit, **binds)

    async def count(self, filters: Filters) -> int:
        """Up to COUNTED + 1, which stands for more."""
        binds = filters.binds()
        row = await self._reader.first(count_query(frozenset(binds)), **binds)
        return 0 if row is None else int(row["total"])
