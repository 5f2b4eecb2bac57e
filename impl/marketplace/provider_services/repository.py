"""Queries and statements on services: a provider's own, in every state but archived, and the published listings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    bindparam,
    delete,
    insert,
    literal_column,
    null,
    select,
    type_coerce,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased
from typing_extensions import TypedDict

from impl.kernel.paging import EACH, LIMIT, Counted, Moment, after_position, bounded_count, total_of
from impl.kernel.reader import Reader
from impl.kernel.statements import Change, Command, Query
from impl.kernel.tables import core_table
from impl.kernel.words import words_digest
from impl.marketplace.capabilities.categories.tables import Category, CategoryAncestor
from impl.marketplace.provider_profile.tables import VISIBLE, ProviderProfile
from impl.marketplace.provider_services.tables import (
    UNPRICED,
    Listing,
    ListingCategory,
    ListingValues,
    NewListing,
    NewService,
    PricingKind,
    Service,
    ServiceChanges,
    ServiceState,
)

_SERVICES: Final = core_table(Service)
_LISTINGS: Final = core_table(Listing)


type Selection = Select[*tuple[Any, ...]]
type _Key = Mapping[str, InstrumentedAttribute[Any]]


class ListedText(TypedDict):
    category_id: UUID
    title: str
    description: str
    pricing_kind: str
    price_minor: int | None
    currency: str | None
    price_unit: str | None
    duration_minutes: int | None
    tags: list[str]
    category_slug: str
    category_name: str


class _ReadOffer(ListedText):
    id: UUID
    state: str
    has_pending_changes: bool
    created_at: datetime
    updated_at: datetime
    version: int
    category_version: int


class _Presented(_ReadOffer):
    profile_id: UUID
    profile_slug: str
    business_name: str
    website: str | None
    service_radius_km: int | None
    profile_version: int


class OwnRow(_Presented):
    review_note: str | None
    published_at: datetime | None


class UnpresentedRow(_ReadOffer):
    """Row of a service whose provider has no profile yet."""

    review_note: str | None
    published_at: datetime | None
    profile_id: None
    profile_slug: None
    business_name: None
    website: None
    service_radius_km: None
    profile_version: None


class ListedRow(_Presented):
    review_note: None
    published_at: datetime


type ServiceRow = OwnRow | UnpresentedRow | ListedRow


class _ListingId(TypedDict):
    service_id: UUID


# Provider and category of a service, as every reader gets them.
AROUND = (
    ProviderProfile.id.label("profile_id"),
    ProviderProfile.slug.label("profile_slug"),
    ProviderProfile.business_name,
    ProviderProfile.website,
    ProviderProfile.service_radius_km,
    ProviderProfile.version.label("profile_version"),
    Category.slug.label("category_slug"),
    Category.name.label("category_name"),
    Category.version.label("category_version"),
)

OWN_COLUMNS = (
    Service.id,
    Service.category_id,
    Service.title,
    Service.description,
    # Read as text: the wire has enums of its own, and a conversion by way of ours costs time for each row.
    type_coerce(Service.pricing_kind, String).label("pricing_kind"),
    Service.price_minor,
    Service.currency,
    Service.price_unit,
    Service.duration_minutes,
    Service.tags,
    type_coerce(Service.state, String).label("state"),
    Service.review_note,
    Service.has_pending_changes,
    Service.published_at,
    Service.created_at,
    Service.updated_at,
    Service.version,
    *AROUND,
)

LISTED_COLUMNS = (
    Listing.service_id.label("id"),
    Listing.category_id,
    Listing.title,
    Listing.description,
    type_coerce(Listing.pricing_kind, String).label("pricing_kind"),
    Listing.price_minor,
    Listing.currency,
    Listing.price_unit,
    Listing.duration_minutes,
    Listing.tags,
    literal_column("'PUBLISHED'", String).label("state"),
    type_coerce(null(), String).label("review_note"),
    literal_column("false", Service.has_pending_changes.type).label("has_pending_changes"),
    Listing.published_at,
    Listing.created_at,
    Listing.updated_at,
    Listing.version,
    *AROUND,
)

CHOSEN_CATEGORY = aliased(Category)
OWN = (Service.provider_id == bindparam("provider_id"), Service.state != ServiceState.ARCHIVED)
LISTED = (Listing.live, VISIBLE)
# A listing has a row for its own category and each above it.
IN_CATEGORY = (
    ListingCategory.live,
    ListingCategory.category_id
    == select(CHOSEN_CATEGORY.id).where(CHOSEN_CATEGORY.slug == bindparam("category")).scalar_subquery(),
)


def below(category_id: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """Match what is filed under the category of that slug, or anywhere below it in the tree."""
    subtree = select(CategoryAncestor.category_id).join(
        CHOSEN_CATEGORY, CHOSEN_CATEGORY.id == CategoryAncestor.ancestor_id
    )
    return category_id.in_(subtree.where(CHOSEN_CATEGORY.slug == bindparam("category")))


NARROWED_OWN: dict[str, ColumnElement[bool]] = {
    "state": Service.state == bindparam("state"),
    "category": below(Service.category_id),
}


@dataclass(frozen=True, slots=True)
class Filters:
    """Filters of a provider's services; None leaves a filter out."""

    state: ServiceState | None = None
    category: str | None = None

    def cursor_scope(self) -> str:
        """Return a text that is the same for the same filters."""
        return str(sorted(_binds(self).items()))


def _binds(filters: Filters) -> dict[str, object]:
    values = {"state": filters.state, "category": filters.category}
    return {name: value for name, value in values.items() if value is not None}


OWN_ROWS = (
    select(*OWN_COLUMNS)
    .join(Category, Category.id == Service.category_id)
    .outerjoin(ProviderProfile, ProviderProfile.user_id == Service.provider_id)
    .where(*OWN)
)
LISTED_ROWS = (
    select(*LISTED_COLUMNS)
    .join(ProviderProfile, ProviderProfile.id == Listing.profile_id)
    .join(Category, Category.id == Listing.category_id)
    .where(*LISTED)
)
_OWN_ONE: Final = Query(OWN_ROWS.where(Service.id == bindparam("id")), OwnRow, UnpresentedRow)
_OWN_LOCKED: Final = Query(
    OWN_ROWS.where(Service.id == bindparam("id")).with_for_update(of=Service), OwnRow, UnpresentedRow
)
_LISTED_ONE: Final = Query(LISTED_ROWS.where(Listing.service_id == bindparam("id")), ListedRow)
_LISTED_TEXT: Final = Query(
    select(*LISTED_COLUMNS[1:10], *AROUND[6:8])
    .join(Category, Category.id == Listing.category_id)
    .where(Listing.service_id == bindparam("id")),
    ListedText,
)
_SAME_TEXT: Final = Query(
    select(Listing.service_id)
    .where(Listing.text_digest == bindparam("text_digest"), Listing.service_id != bindparam("id"))
    .order_by(Listing.service_id)
    .limit(1),
    _ListingId,
)
_INSERT: Final = Command(insert(_SERVICES), NewService)
_UPDATE: Final = Command(
    update(_SERVICES).where(_SERVICES.c.id == bindparam("service_id")).values(version=_SERVICES.c.version + 1),
    ServiceChanges,
)
_ADD_LISTING: Final = Command(insert(_LISTINGS), NewListing)
_RENEW_LISTING: Final = Change(
    update(_LISTINGS).where(_LISTINGS.c.service_id == bindparam("listed_id")).returning(_LISTINGS.c.service_id),
    ListingValues,
    _ListingId,
)


@cache
def own_page(names: frozenset[str], *, descending: bool, continued: bool) -> Query[OwnRow | UnpresentedRow]:
    statement = OWN_ROWS.where(*(NARROWED_OWN[name] for name in sorted(names)))
    key = {"last_at": Service.created_at, "last_id": Service.id}
    return Query(_paged(statement, key, descending=descending, continued=continued), OwnRow, UnpresentedRow)


@cache
def listed_page(names: frozenset[str], *, descending: bool, continued: bool) -> Query[ListedRow]:
    statement = LISTED_ROWS
    key = {"last_at": Listing.published_at, "last_id": Listing.service_id}
    if "category" in names:
        statement = statement.join(ListingCategory, ListingCategory.service_id == Listing.service_id).where(
            *IN_CATEGORY
        )
        key = {"last_at": ListingCategory.published_at, "last_id": ListingCategory.service_id}
    return Query(_paged(statement, key, descending=descending, continued=continued), ListedRow)


def _paged(statement: Selection, key: _Key, *, descending: bool, continued: bool) -> Selection:
    if continued:
        statement = statement.where(after_position(key, descending=descending))
    order = [column.desc() if descending else column.asc() for column in key.values()]
    return statement.order_by(*order).limit(LIMIT)


@cache
def own_count(names: frozenset[str]) -> Query[Counted]:
    matching = select(EACH).select_from(Service).where(*OWN, *(NARROWED_OWN[name] for name in sorted(names)))
    return Query(bounded_count(matching), Counted)


@cache
def listed_count(names: frozenset[str]) -> Query[Counted]:
    matching = select(EACH).join_from(Listing, ProviderProfile, ProviderProfile.id == Listing.profile_id)
    matching = matching.where(*LISTED)
    if "category" in names:
        matching = matching.join(ListingCategory, ListingCategory.service_id == Listing.service_id).where(*IN_CATEGORY)
    return Query(bounded_count(matching), Counted)


_PLACED_BY: Final = ("live", "currency", "price_rank_up", "price_rank_down", "published_at")
PLACE_COLUMNS = ("service_id", "category_id", *_PLACED_BY)
PLACES = select(Listing.service_id, CategoryAncestor.ancestor_id, *(_LISTINGS.c[name] for name in _PLACED_BY)).join(
    CategoryAncestor, CategoryAncestor.category_id == Listing.category_id
)


class ServiceRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def find_own(self, provider_id: UUID, service_id: UUID) -> OwnRow | UnpresentedRow | None:
        return await self._reader.first(_OWN_ONE, provider_id=provider_id, id=service_id)

    async def find_listed(self, service_id: UUID) -> ListedRow | None:
        return await self._reader.first(_LISTED_ONE, id=service_id)

    async def own_page(
        self, provider_id: UUID, filters: Filters, *, descending: bool, after: Moment | None, limit: int
    ) -> Sequence[OwnRow | UnpresentedRow]:
        binds = _binds(filters)
        query = own_page(frozenset(binds), descending=descending, continued=after is not None)
        return await self._reader.all(query, provider_id=provider_id, limit=limit, **binds, **_position(after))

    async def listed_page(
        self, filters: Filters, *, descending: bool, after: Moment | None, limit: int
    ) -> Sequence[ListedRow]:
        """Return a page of what everyone sees."""
        binds = _binds(filters)
        query = listed_page(frozenset(binds), descending=descending, continued=after is not None)
        return await self._reader.all(query, limit=limit, **binds, **_position(after))

    async def count(self, provider_id: UUID | None, filters: Filters) -> int:
        """Count up to COUNTED + 1, which stands for more."""
        binds = _binds(filters)
        counts = listed_count if provider_id is None else own_count
        query = counts(frozenset(binds))
        if provider_id is not None:
            binds["provider_id"] = provider_id
        return await total_of(self._reader, query, **binds)

    async def has_category(self, tx: AsyncSession, category_id: UUID) -> bool:
        return (await tx.execute(select(Category.id).where(Category.id == category_id))).first() is not None

    async def lock(self, tx: AsyncSession, provider_id: UUID, service_id: UUID) -> OwnRow | UnpresentedRow | None:
        return await _OWN_LOCKED.fetch_first(tx, provider_id=provider_id, id=service_id)

    async def insert(self, tx: AsyncSession, values: NewService) -> None:
        await _INSERT.run(tx, values)

    async def update(self, tx: AsyncSession, service_id: UUID, changes: ServiceChanges) -> None:
        await _UPDATE.run(tx, changes, service_id=service_id)

    async def own(self, tx: AsyncSession, provider_id: UUID, service_id: UUID) -> OwnRow | UnpresentedRow:
        return await _OWN_ONE.fetch_one(tx, provider_id=provider_id, id=service_id)

    async def listed_text(self, tx: AsyncSession, service_id: UUID) -> ListedText:
        return await _LISTED_TEXT.fetch_one(tx, id=service_id)

    async def find_duplicate(self, tx: AsyncSession, service_id: UUID, title: str, description: str) -> UUID | None:
        found = await _SAME_TEXT.fetch_first(tx, id=service_id, text_digest=words_digest(title, description))
        return None if found is None else found["service_id"]

    async def list_it(self, tx: AsyncSession, service: OwnRow, published_at: datetime) -> None:
        """Let others read what the service says now. Its row is locked, so nobody lists it at the same time."""
        price = service["price_minor"]
        values: ListingValues = {
            "category_id": service["category_id"],
            "title": service["title"],
            "description": service["description"],
            "pricing_kind": PricingKind(service["pricing_kind"]),
            "price_minor": price,
            "currency": service["currency"],
            "price_unit": service["price_unit"],
            "duration_minutes": service["duration_minutes"],
            "tags": service["tags"],
            "profile_id": service["profile_id"],
            "live": service["state"] == ServiceState.PUBLISHED,
            "price_rank_up": UNPRICED if price is None else price,
            "price_rank_down": UNPRICED if price is None else -price,
            "version": service["version"],
            "created_at": service["created_at"],
            "updated_at": service["updated_at"],
            "published_at": published_at,
            "text_digest": words_digest(service["title"], service["description"]),
        }
        service_id = service["id"]
        if await _RENEW_LISTING.fetch_first(tx, values, listed_id=service_id) is None:
            await _ADD_LISTING.run(tx, {**values, "service_id": service_id})
        await tx.execute(delete(ListingCategory).where(ListingCategory.service_id == service_id))
        await tx.execute(
            insert(ListingCategory).from_select(PLACE_COLUMNS, PLACES.where(Listing.service_id == service_id))
        )

    async def set_live(self, tx: AsyncSession, service_id: UUID, *, live: bool) -> None:
        await tx.execute(update(Listing).where(Listing.service_id == service_id).values(live=live))
        await tx.execute(update(ListingCategory).where(ListingCategory.service_id == service_id).values(live=live))


def _position(after: Moment | None) -> dict[str, object]:
    return {} if after is None else {"last_at": after[0], "last_id": after[1]}
