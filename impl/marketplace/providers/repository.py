"""Queries on the public pages of businesses: lists, search and a page."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, partial
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Double,
    FromClause,
    Select,
    SQLColumnExpression,
    String,
    Uuid,
    bindparam,
    cast,
    exists,
    func,
    null,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import InstrumentedAttribute

from impl.kernel.paging import EACH, Counted, Page, bounded_count, keyset_page, total_of
from impl.kernel.reader import Reader
from impl.kernel.statements import Query
from impl.kernel.tables import core_table
from impl.marketplace.capabilities.categories.tables import Category
from impl.marketplace.capabilities.geography.service import Nearby
from impl.marketplace.capabilities.listings.tables import Listing, ListingCategory
from impl.marketplace.capabilities.pages.service import PAGES
from impl.marketplace.capabilities.pages.tables import ProviderPage, ProviderSlug
from impl.marketplace.capabilities.ratings.service import rated
from impl.marketplace.capabilities.ratings.tables import Rating, RatingRow, Sums
from impl.marketplace.capabilities.relevance.service import Rank, Relevance, graded_page, tier_page
from impl.marketplace.capabilities.search.service import (
    Engine,
    Plan,
    SearchPlanner,
    Tier,
    hits,
)
from impl.marketplace.photos.tables import PhotoSet
from impl.marketplace.places.tables import TOWN, Place
from impl.marketplace.provider_profile.tables import NEARNESS, VISIBLE, ProviderProfile, in_place
from impl.marketplace.provider_services.tables import Service
from impl.marketplace.providers.tables import (
    CardRow,
    LicenceRow,
    NewestOffer,
    PageRow,
    ProviderSort,
    RankedCard,
    SlugOfPage,
)
from impl.marketplace.verifications.tables import VALID, Verification, has_licence, last_end

# Services of each category on a page, and categories on it.
OF_CATEGORY, CATEGORIES_SHOWN = 3, 100

_TOWN: Final = (
    Place.id.label("town_id"),
    type_coerce(Place.kind, String).label("town_kind"),
    Place.locality.label("town_locality"),
    Place.admin_area.label("town_admin_area"),
    Place.country.label("town_country"),
    *TOWN,
)
_COLUMNS: Final = (
    ProviderProfile.id,
    ProviderProfile.slug,
    ProviderProfile.business_name,
    ProviderProfile.about,
    ProviderProfile.service_radius_km,
    ProviderProfile.created_at,
    ProviderPage.published_at,
)
_KEYS: Final[Mapping[ProviderSort, ColumnElement[Any] | InstrumentedAttribute[Any]]] = {
    ProviderSort.NEWEST: ProviderPage.published_at,
    ProviderSort.NAME: ProviderPage.sort_key,
    ProviderSort.NEAREST: NEARNESS,
    ProviderSort.BEST_RATED: ProviderPage.rating_rank,
}
_DESCENDING: Final = (ProviderSort.NEWEST, ProviderSort.BEST_RATED)
# Of the catalogue: a listing has a row for its own category and each above it.
_OFFERED: Final = exists(
    select(EACH)
    .select_from(Listing)
    .join(ListingCategory, ListingCategory.service_id == Listing.service_id)
    .where(
        Listing.profile_id == ProviderProfile.id,
        ListingCategory.live,
        ListingCategory.category_id == bindparam("category_id", type_=Uuid),
    )
)
# Every service that is or was published: one that was paused or archived has changed the page as well.
_SERVICES_CHANGED: Final = (
    select(func.max(Service.updated_at))
    .where(Service.provider_id == ProviderProfile.user_id, Service.published_at.is_not(None))
    .scalar_subquery()
)
# Photos of the business, and of every service that is or was published.
_PHOTOS_CHANGED: Final = (
    select(func.max(PhotoSet.changed_at))
    .where(
        PhotoSet.owner_id == ProviderProfile.user_id,
        or_(
            PhotoSet.subject_id == ProviderProfile.id,
            exists().where(Service.id == PhotoSet.subject_id, Service.published_at.is_not(None)),
        ),
    )
    .scalar_subquery()
)
_HAS_LICENCE: Final = has_licence(ProviderProfile.user_id)
_LICENCES: Final = Query(
    select(
        type_coerce(Verification.kind, String).label("kind"),
        Verification.title,
        Verification.number,
        Verification.authority,
        Verification.country,
        Verification.admin_area,
        Verification.expires_date,
    )
    .join(ProviderProfile, ProviderProfile.user_id == Verification.owner_id)
    .where(ProviderProfile.id == bindparam("profile_id"), VALID)
    # Licences before insurances, and each in the order in which they were sent in.
    .order_by(Verification.kind.desc(), Verification.created_at, Verification.id),
    LicenceRow,
)
PAGE: Final = Query(
    select(
        *_COLUMNS,
        *_TOWN,
        ProviderProfile.user_id,
        ProviderProfile.website,
        ProviderProfile.updated_at,
        _SERVICES_CHANGED.label("services_changed_at"),
        _PHOTOS_CHANGED.label("photos_changed_at"),
        ProviderProfile.verifications_changed_at,
        # What has ended has changed the page as well, at the end of its last day.
        last_end(ProviderProfile.user_id).label("last_end_date"),
    )
    .join_from(ProviderSlug, ProviderProfile, ProviderProfile.id == ProviderSlug.profile_id)
    .join(ProviderPage, ProviderPage.profile_id == ProviderProfile.id)
    .outerjoin(Place, Place.id == ProviderProfile.base_place_id)
    .where(ProviderSlug.slug == bindparam("slug"), VISIBLE),
    PageRow,
)
_RATINGS: Final = Query(
    select(
        ProviderProfile.id.label("profile_id"),
        *(core_table(Rating).c[name] for name in (*Sums.__annotations__, "updated_at")),
    )
    .join(Rating, Rating.provider_id == ProviderProfile.user_id)
    .where(ProviderProfile.id.in_(bindparam("profile_ids", type_=Uuid(), expanding=True))),
    RatingRow,
)
_SLUG: Final = Query(
    select(ProviderProfile.id, ProviderProfile.slug)
    .join_from(ProviderSlug, ProviderProfile, ProviderProfile.id == ProviderSlug.profile_id)
    .where(ProviderSlug.slug == bindparam("slug"), VISIBLE),
    SlugOfPage,
)


@dataclass(frozen=True, slots=True)
class Filters:
    """Filters of businesses; None leaves a filter out."""

    category_id: UUID | None = None
    words: tuple[str, ...] | None = None
    near: Nearby | None = None
    verified: bool = False
    min_rating: int | None = None

    def names(self) -> frozenset[str]:
        """Return the names of what narrows: each set of them has a statement of its own."""
        values = {
            "category": self.category_id,
            "words": self.words,
            "near": self.near,
            "verified": self.verified or None,
            "min_rating": self.min_rating,
        }
        names = {name for name, value in values.items() if value is not None}
        return frozenset(names if self.near is None or self.near.include_remote else names | {"coming"})

    def cursor_scope(self) -> str:
        """Return a text that is the same for the same filters."""
        return str((self.category_id, self.words, self.near, self.verified, self.min_rating))


def binds_of(filters: Filters, today: date) -> dict[str, object]:
    """Return the bind values but those for the words, which come with the plan of the search."""
    binds: dict[str, object] = {"today": today}
    if filters.category_id is not None:
        binds["category_id"] = filters.category_id
    if filters.min_rating is not None:
        binds["min_rating"] = filters.min_rating
    return binds if filters.near is None else binds | filters.near.binds()


def _narrowed[S: Select[*tuple[Any, ...]]](
    statement: S, names: frozenset[str], tenths: SQLColumnExpression[int] = ProviderPage.rating_tenths
) -> S:
    conditions: list[ColumnElement[bool]] = [VISIBLE, *in_place(names)]
    if "min_rating" in names:
        conditions.append(rated(tenths))
    if "category" in names:
        conditions.append(_OFFERED)
    if "verified" in names:
        conditions.append(_HAS_LICENCE)
    return statement.where(*conditions)


def _cards(names: frozenset[str]) -> Select[*tuple[Any, ...]]:
    nearness = NEARNESS if "near" in names else cast(null(), Double)
    return (
        select(
            *_COLUMNS,
            *_TOWN,
            ProviderPage.sort_key,
            ProviderPage.rating_rank,
            _HAS_LICENCE.label("is_verified"),
            nearness.label("nearness"),
        )
        .join_from(ProviderPage, ProviderProfile, ProviderProfile.id == ProviderPage.profile_id)
        .outerjoin(Place, Place.id == ProviderProfile.base_place_id)
    )


def _with_words[S: Select[*tuple[Any, ...]]](statement: S, names: frozenset[str], plan: Plan) -> S:
    if "words" not in names:
        return statement.where(ProviderPage.live)
    found = hits(PAGES, plan)
    return statement.join(found, found.c.profile_id == ProviderPage.profile_id)


@cache
def page_query(names: frozenset[str], sort: ProviderSort, plan: Plan, *, continued: bool) -> Query[CardRow]:
    """Select a page in an order that an index answers; each use is planned for its own cells, words and category."""
    statement = _with_words(_narrowed(_cards(names), names), names, plan)
    key = {"last_key": _KEYS[sort], "last_id": ProviderPage.profile_id}
    page = keyset_page(statement, key, descending=sort in _DESCENDING, continued=continued)
    return Query(page, CardRow, replanned=bool(names))


@cache
def graded_query(names: frozenset[str], plan: Plan, *, continued: bool) -> Query[RankedCard]:
    """Select a page of few matches."""
    return _ranked_cards(names, graded_page(PAGES, plan, partial(_narrowed_hits, names), continued=continued))


@cache
def ranked_query(names: frozenset[str], tier: Tier, plan: Plan, *, continued: bool) -> Query[RankedCard]:
    """Select a page of what matches in this tier and in no better one."""
    return _ranked_cards(names, tier_page(PAGES, tier, plan, partial(_narrowed_hits, names), continued=continued))


def _narrowed_hits(
    names: frozenset[str], walk: Select[*tuple[Any, ...]], found: FromClause
) -> Select[*tuple[Any, ...]]:
    return _narrowed(walk.join(ProviderProfile, ProviderProfile.id == found.c.profile_id), names, found.c.rating_tenths)


def _ranked_cards(names: frozenset[str], page: FromClause) -> Query[RankedCard]:
    rows = _cards(names).add_columns(page.c.quality, page.c.tier)
    rows = rows.join(page, page.c.profile_id == ProviderPage.profile_id)
    order = (page.c.tier, page.c.quality.desc(), page.c.profile_id.desc())
    return Query(rows.order_by(*order), RankedCard, replanned=True)


@cache
def count_query(names: frozenset[str], plan: Plan) -> Query[Counted]:
    matching = select(EACH).join_from(ProviderPage, ProviderProfile, ProviderProfile.id == ProviderPage.profile_id)
    return Query(bounded_count(_with_words(_narrowed(matching, names), names, plan)), Counted, replanned=bool(names))


# The newest of each category, which a window finds among the listings of one business.
_NUMBERED: Final = (
    select(
        Listing.service_id,
        Listing.category_id,
        func.row_number()
        .over(partition_by=Listing.category_id, order_by=(Listing.published_at.desc(), Listing.service_id.desc()))
        .label("number"),
        func.count().over(partition_by=Listing.category_id).label("in_category"),
    )
    .where(Listing.live, Listing.profile_id == bindparam("profile_id"))
    .subquery()
)
_NEWEST: Final = Query(
    select(
        _NUMBERED.c.service_id.label("id"), _NUMBERED.c.in_category, Category.updated_at.label("category_updated_at")
    )
    .join(Category, Category.id == _NUMBERED.c.category_id)
    .where(_NUMBERED.c.number <= OF_CATEGORY)
    .order_by(Category.name, Category.id, _NUMBERED.c.number)
    .limit(OF_CATEGORY * CATEGORIES_SHOWN),
    NewestOffer,
)


class ProvidersRepository:
    def __init__(self, reader: Reader, engine: Engine) -> None:
        self._reader = reader
        self._planner = SearchPlanner(reader, engine)
        self._relevance = Relevance(reader, engine, PAGES)

    @property
    def _today(self) -> date:
        return self._reader.clock.now().date()

    async def find(self, slug: str) -> PageRow | None:
        """Return the page that has or had the slug."""
        return await self._reader.first(PAGE, slug=slug, today=self._today)

    async def licences(self, profile_id: UUID) -> Sequence[LicenceRow]:
        """Return the licences and insurances that are verified and valid today."""
        return await self._reader.all(_LICENCES, profile_id=profile_id, today=self._today)

    async def ratings(self, profile_ids: Collection[UUID]) -> Mapping[UUID, RatingRow]:
        """Return the ratings of these businesses, by the ids of their profiles; who has no reviews may be missing."""
        if not profile_ids:
            return {}
        return {row["profile_id"]: row for row in await self._reader.all(_RATINGS, profile_ids=list(profile_ids))}

    async def find_slug(self, slug: str) -> SlugOfPage | None:
        return await self._reader.first(_SLUG, slug=slug)

    async def page(
        self,
        filters: Filters,
        sort: ProviderSort,
        *,
        after: tuple[datetime | float | str, UUID] | None,
        limit: int,
    ) -> Sequence[CardRow]:
        search = await self._planner.choose(PAGES, filters.words)
        binds = {**binds_of(filters, self._today), **search.binds}
        if after is not None:
            binds["last_key"], binds["last_id"] = after
        query = page_query(filters.names(), sort, search.plan, continued=after is not None)
        return await self._reader.all(query, limit=limit, **binds)

    async def ranked(self, filters: Filters, *, after: Rank | None, limit: int) -> Page[tuple[Rank, RankedCard]]:
        """Return a page of the best COUNTED matches, each with its place."""
        names = filters.names()
        return await self._relevance.page(
            filters.words or (),
            binds_of(filters, self._today),
            graded=partial(graded_query, names),
            of_tier=partial(ranked_query, names),
            after=after,
            limit=limit,
        )

    async def newest(self, profile_id: UUID) -> Sequence[NewestOffer]:
        """Return the newest services of each category, by category."""
        return await self._reader.all(_NEWEST, profile_id=profile_id)

    async def count(self, filters: Filters) -> int:
        """Count up to COUNTED + 1, which stands for more."""
        search = await self._planner.choose(PAGES, filters.words)
        binds = {**binds_of(filters, self._today), **search.binds}
        return await total_of(self._reader, count_query(filters.names(), search.plan), **binds)
