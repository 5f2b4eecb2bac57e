"""Conditions on listings that filters ask for, and what passes them by an index alone."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    ScalarSelect,
    Select,
    SQLColumnExpression,
    String,
    and_,
    bindparam,
    case,
    null,
    select,
    true,
    type_coerce,
    union_all,
)

from impl.kernel.paging import COUNT_LIMIT
from impl.kernel.tables import UtcDateTime
from impl.marketplace.capabilities.categories.tables import NAMED
from impl.marketplace.capabilities.listing_filters.tables import PRICE_BANDS
from impl.marketplace.capabilities.listings.tables import PRICED, QUOTED, Listing, ListingCategory
from impl.marketplace.capabilities.ratings.service import rated, rated_each
from impl.marketplace.capabilities.search.service import EVERYWHERE, Plan, Tier, hits, index_of

type Selection = Select[*tuple[Any, ...]]
type Order = type[Listing | ListingCategory]

_BANDS: Final = [(Listing.price_minor >= low, number) for number, (low, _) in enumerate(PRICE_BANDS)]
# Place of a listing's price in PRICE_BANDS.
BAND: Final = type_coerce(case(*reversed(_BANDS), else_=null()), Integer).label("band")
# A listing has a row for its own category and each above it.
IN_CATEGORY: Final = ListingCategory.category_id == NAMED


def with_filters(
    names: frozenset[str], order: Order, licensed: Select[UUID], *, downwards: bool = False
) -> tuple[ColumnElement[bool], ColumnElement[bool] | None]:
    """Select what matches with a price, and what matches without one, if the filters allow it.

    A service by quote has no currency, and belongs among those of any; a bound of the price leaves it out.
    """
    kind = (order.pricing_kind == bindparam("pricing", type_=String),) if "pricing" in names else ()
    if "today" in names and "words" not in names:  # words are looked for among what has a licence
        kind = (*kind, order.profile_id.in_(licensed))
    if "profile_id" in names:
        kind = (*kind, order.profile_id == bindparam("profile_id"))
    if "between" in names:
        after, until = (bindparam(name, type_=UtcDateTime()) for name in ("published_after", "published_until"))
        kind = (*kind, order.published_at > after, order.published_at <= until)
    if "min_rating" in names:
        kind = (*kind, rated(order.rating_tenths))
    if "currency" not in names:
        return and_(true(), *kind), None
    priced = [*kind, order.currency == bindparam("currency")]
    low, high = (bindparam(name, type_=BigInteger) for name in ("min_price", "max_price"))
    # Bounds on the column by which the list is sorted, so that the index scan is limited by them.
    if "min_price" in names:
        priced.append(order.price_rank_down <= -low if downwards else order.price_rank_up >= low)
    if "max_price" in names:
        priced.append(order.price_rank_down >= -high if downwards else order.price_rank_up <= high)
    return and_(*priced), None if {"min_price", "max_price"} & names else and_(*kind, order.currency.is_(None))


def indexed[T](
    names: frozenset[str], what: SQLColumnExpression[T], licensed: Select[UUID], hidden: Select[UUID]
) -> Select[T]:
    """Select what an index holds whole, so that a count fetches no row; what has no price is a range of its own."""
    order = ListingCategory if "category" in names else Listing
    of_category = IN_CATEGORY if "category" in names else true()
    priced, quoted = with_filters(names - {"min_rating"}, order, licensed)
    if "min_rating" in names:
        each = rated_each(order.rating_tenths)
        by_kind = "currency" in names and "pricing" not in names
        priced = and_(priced, each, order.pricing_kind.bool_op("IN")(PRICED) if by_kind else true())
        if quoted is not None:
            quoted = and_(quoted, each, order.pricing_kind == QUOTED if by_kind else true())
    ranges = [
        select(what.label("one"))
        .where(order.live, of_category, order.profile_id.not_in(hidden), part)
        .limit(COUNT_LIMIT)
        .subquery()
        for part in (priced, quoted)
        if part is not None
    ]
    both = ranges[0] if len(ranges) == 1 else union_all(*(part.select() for part in ranges)).subquery()
    return select(both.c.one)


def with_category[S: Selection](statement: S, names: frozenset[str], plan: Plan, tier: Tier = EVERYWHERE) -> S:
    """Keep of listings those that are live, have the words and belong to the category, if these are asked for."""
    if "words" in names:
        found = hits(index_of(names), plan, tier)
        statement = statement.join(found, found.c.service_id == Listing.service_id)
    if "category" not in names:
        return statement.where(Listing.live)
    return statement.join(ListingCategory, ListingCategory.service_id == Listing.service_id).where(
        ListingCategory.live, IN_CATEGORY
    )


def most(number: ColumnElement[int]) -> ScalarSelect[int]:
    """Return a limit that PostgreSQL does not know when it plans.

    Where it knows that few rows are wanted, it expects to meet them soon, and takes words and filters that never meet
    one by one.
    """
    return select(number).scalar_subquery()
