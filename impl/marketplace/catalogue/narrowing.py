"""Filters of the catalogue as conditions: on a list by an index, and on what has the words of a search."""

from functools import cache
from typing import Any, Final, TypedDict
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Integer,
    ScalarSelect,
    Select,
    SQLColumnExpression,
    String,
    and_,
    bindparam,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import aliased

from impl.kernel.paging import COUNT_LIMIT
from impl.kernel.statements import Query
from impl.kernel.tables import UtcDateTime
from impl.marketplace.capabilities.categories.tables import NAMED
from impl.marketplace.capabilities.listings.tables import PRICED, QUOTED, Listing, ListingCategory
from impl.marketplace.capabilities.ratings.service import rated, rated_each
from impl.marketplace.capabilities.search.service import EVERYWHERE, LookRow, Plan, Tier, hits, index_of
from impl.marketplace.catalogue.tables import CatalogueSort
from impl.marketplace.provider_profile.tables import HIDDEN, VISIBLE, ProviderProfile, in_place
from impl.marketplace.verifications.tables import VALID, Verification, VerificationKind

type Selection = Select[*tuple[Any, ...]]
type Order = type[Listing | ListingCategory]

# A listing has a row for its own category and each above it.
IN_CATEGORY = ListingCategory.category_id == NAMED

_BUSINESS: Final = aliased(ProviderProfile)
# A set and not a look-up for each row, so that PostgreSQL may read either side first.
_LICENSED: Final = (
    select(_BUSINESS.id)
    .join(Verification, Verification.owner_id == _BUSINESS.user_id)
    .where(Verification.kind == VerificationKind.LICENCE, VALID)
)


def with_filters(
    names: frozenset[str], order: Order, sort: CatalogueSort | None = None
) -> tuple[ColumnElement[bool], ColumnElement[bool] | None]:
    """Select what matches with a price, and what matches without one, if the filters allow it.

    A service by quote has no currency, and belongs among those of any; a bound of the price leaves it out.
    """
    kind = (order.pricing_kind == bindparam("pricing", type_=String),) if "pricing" in names else ()
    if "today" in names and "words" not in names:  # words are looked for among what has a licence
        kind = (*kind, order.profile_id.in_(_LICENSED))
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
    downwards = sort is CatalogueSort.DEAREST
    # Bounds on the column by which the list is sorted, so that the index scan is limited by them.
    if "min_price" in names:
        priced.append(order.price_rank_down <= -low if downwards else order.price_rank_up >= low)
    if "max_price" in names:
        priced.append(order.price_rank_down >= -high if downwards else order.price_rank_up <= high)
    return and_(*priced), None if {"min_price", "max_price"} & names else and_(*kind, order.currency.is_(None))


def narrowed(names: frozenset[str], walk: Selection, found: FromClause) -> Selection:
    """Keep of these hits what everyone may see and the filters let through."""
    walk = walk.join(ProviderProfile, ProviderProfile.id == found.c.profile_id).where(VISIBLE, *in_place(names))
    if "category" in names:
        walk = walk.join(ListingCategory, ListingCategory.service_id == found.c.service_id).where(
            ListingCategory.live, IN_CATEGORY
        )
    elif names & {"pricing", "currency", "profile_id", "min_rating"}:
        # Live, as the hit is, so that an index of what is live will do.
        walk = walk.join(Listing, Listing.service_id == found.c.service_id).where(Listing.live)
    priced, quoted = with_filters(names, ListingCategory if "category" in names else Listing)
    return walk.where(priced if quoted is None else or_(priced, quoted))


def indexed[T](names: frozenset[str], what: SQLColumnExpression[T]) -> Select[T]:
    """Select what an index holds whole, so that a count fetches no row; what has no price is a range of its own."""
    order = ListingCategory if "category" in names else Listing
    of_category = IN_CATEGORY if "category" in names else true()
    priced, quoted = with_filters(names - {"min_rating"}, order)
    if "min_rating" in names:
        each = rated_each(order.rating_tenths)
        by_kind = "currency" in names and "pricing" not in names
        priced = and_(priced, each, order.pricing_kind.bool_op("IN")(PRICED) if by_kind else true())
        if quoted is not None:
            quoted = and_(quoted, each, order.pricing_kind == QUOTED if by_kind else true())
    ranges = [
        select(what.label("one")).where(order.live, of_category, shown(order), part).limit(COUNT_LIMIT).subquery()
        for part in (priced, quoted)
        if part is not None
    ]
    both = ranges[0] if len(ranges) == 1 else union_all(*(part.select() for part in ranges)).subquery()
    return select(both.c.one)


def shown(order: Order) -> ColumnElement[bool]:
    """Leave out the few businesses that are hidden, which are read first: a join would fetch the business of each."""
    return order.profile_id.not_in(select(ProviderProfile.id).where(HIDDEN))


def with_category[S: Selection](statement: S, names: frozenset[str], plan: Plan, tier: Tier = EVERYWHERE) -> S:
    if "words" in names:
        found = hits(index_of(names), plan, tier)
        statement = statement.join(found, found.c.service_id == Listing.service_id)
    if "category" not in names:
        return statement.where(Listing.live)
    return statement.join(ListingCategory, ListingCategory.service_id == Listing.service_id).where(
        ListingCategory.live, IN_CATEGORY
    )


def matching[S: Selection](each: S, names: frozenset[str], plan: Plan, tier: Tier = EVERYWHERE) -> S:
    priced, quoted = with_filters(names, ListingCategory if "category" in names else Listing)
    each = each.where(shown(Listing), priced if quoted is None else or_(priced, quoted))
    if "near" in names:
        each = each.join(ProviderProfile, ProviderProfile.id == Listing.profile_id).where(*in_place(names))
    return with_category(each, names, plan, tier)


def most(number: ColumnElement[int]) -> ScalarSelect[int]:
    """Return a limit that PostgreSQL does not know when it plans.

    Where it knows that few rows are wanted, it expects to meet them soon, and takes words and filters that never meet
    one by one.
    """
    return select(number).scalar_subquery()


class MetRow(TypedDict):
    """Service that passes the filters."""

    id: UUID


@cache
def few_query(names: frozenset[str]) -> Query[MetRow]:
    """Select what passes the filters, as it comes, up to one more than are few."""
    order = ListingCategory if "category" in names else Listing
    if "near" in names:
        near = matching(select(Listing.service_id.label("id")), names, Plan("postgresql"))
        return Query(near.limit(most(COUNT_LIMIT)), MetRow, replanned=True)
    rows = indexed(names, order.service_id).limit(COUNT_LIMIT).subquery()
    return Query(select(rows.c.one.label("id")), MetRow, replanned=True)


@cache
def met_query(names: frozenset[str], tier: Tier) -> Query[LookRow]:
    """Select what has all words within the tier and passes the filters, as it comes, up to `most`."""
    found = hits(index_of(names), Plan("postgresql"), tier)
    rows = narrowed(names, select(found.c.service_id.label("id"), found.c.quality), found)
    return Query(rows.limit(most(bindparam("most", type_=Integer))), LookRow, replanned=True)
