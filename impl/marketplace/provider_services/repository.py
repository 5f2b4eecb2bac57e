"""The questions about services: a provider's own in every state but archived, and the listings that others see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
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

from impl.kernel.paging import EACH, LIMIT, Counted, Moment, after_position, bounded_count, total_of
from impl.kernel.reader import Query, Reader, Row
from impl.marketplace.capabilities.categories.tables import Category, CategoryAncestor
from impl.marketplace.provider_profile.tables import VISIBLE, ProviderProfile
from impl.marketplace.provider_services.tables import OFFER, UNPRICED, Listing, ListingCategory, Service, ServiceState

# Who offers it and what it is filed under, as every reader of a service gets them.
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
    # Enums come as text: the wire has enums of its own, and a detour over ours costs each row of each page.
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

GIVEN = aliased(Category)
OWN = (Service.provider_id == bindparam("provider_id"), Service.state != ServiceState.ARCHIVED)
LISTED = (Listing.live, VISIBLE)
# A listing has a place in its own category and in each above it.
PLACED = (
    ListingCategory.live,
    ListingCategory.category_id == select(GIVEN.id).where(GIVEN.slug == bindparam("category")).scalar_subquery(),
)


def below(category_id: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """Filed under the category of that slug, or anywhere below it in the tree."""
    subtree = select(CategoryAncestor.category_id).join(GIVEN, GIVEN.id == CategoryAncestor.ancestor_id)
    return category_id.in_(subtree.where(GIVEN.slug == bindparam("category")))


NARROWED_OWN: dict[str, ColumnElement[bool]] = {
    "state": Service.state == bindparam("state"),
    "category": below(Service.category_id),
}


@dataclass(frozen=True, slots=True)
class Filters:
    """None means: not narrowed by it."""

    state: ServiceState | None = None
    category: str | None = None

    def binds(self) -> dict[str, object]:
        given = {"state": self.state, "category": self.category}
        return {name: value for name, value in given.items() if value is not None}


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
OWN_ONE = Query(OWN_ROWS.where(Service.id == bindparam("id")))
LISTED_ONE = Query(LISTED_ROWS.where(Listing.service_id == bindparam("id")))


@cache
def own_page(names: frozenset[str], *, descending: bool, continued: bool) -> Query[Row]:
    statement = OWN_ROWS.where(*(NARROWED_OWN[name] for name in sorted(names)))
    key = {"last_at": Service.created_at, "last_id": Service.id}
    if continued:
        statement = statement.where(after_position(key, descending=descending))
    order = [column.desc() if descending else column.asc() for column in key.values()]
    return Query(statement.order_by(*order).limit(LIMIT))


@cache
def listed_page(names: frozenset[str], *, descending: bool, continued: bool) -> Query[Row]:
    statement = LISTED_ROWS
    key = {"last_at": Listing.published_at, "last_id": Listing.service_id}
    if "category" in names:
        statement = statement.join(ListingCategory, ListingCategory.service_id == Listing.service_id).where(*PLACED)
        key = {"last_at": ListingCategory.published_at, "last_id": ListingCategory.service_id}
    if continued:
        statement = statement.where(after_position(key, descending=descending))
    order = [column.desc() if descending else column.asc() for column in key.values()]
    return Query(statement.order_by(*order).limit(LIMIT))


@cache
def own_count(names: frozenset[str]) -> Query[Counted]:
    matching = select(EACH).select_from(Service).where(*OWN, *(NARROWED_OWN[name] for name in sorted(names)))
    return Query(bounded_count(matching), Counted)


@cache
def listed_count(names: frozenset[str]) -> Query[Counted]:
    matching = select(EACH).join_from(Listing, ProviderProfile, ProviderProfile.id == Listing.profile_id)
    matching = matching.where(*LISTED)
    if "category" in names:
        matching = matching.join(ListingCategory, ListingCategory.service_id == Listing.service_id).where(*PLACED)
    return Query(bounded_count(matching), Counted)


PLACE_COLUMNS = (
    "service_id",
    "category_id",
    "live",
    "currency",
    "price_rank_up",
    "price_rank_down",
    "published_at",
)
PLACES = select(
    Listing.service_id,
    CategoryAncestor.ancestor_id,
    Listing.live,
    Listing.currency,
    Listing.price_rank_up,
    Listing.price_rank_down,
    Listing.published_at,
).join(CategoryAncestor, CategoryAncestor.category_id == Listing.category_id)


class ServiceRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def find_own(self, provider_id: UUID, service_id: UUID) -> Row | None:
        return await self._reader.first(OWN_ONE, provider_id=provider_id, id=service_id)

    async def find_listed(self, service_id: UUID) -> Row | None:
        return await self._reader.first(LISTED_ONE, id=service_id)

    async def page(
        self,
        provider_id: UUID | None,
        filters: Filters,
        *,
        descending: bool,
        after: Moment | None,
        limit: int,
    ) -> Sequence[Row]:
        """One provider's own services, or without a provider what everyone sees."""
        binds = filters.binds()
        pages = listed_page if provider_id is None else own_page
        query = pages(frozenset(binds), descending=descending, continued=after is not None)
        if provider_id is not None:
            binds["provider_id"] = provider_id
        if after is not None:
            binds["last_at"], binds["last_id"] = after
        return await self._reader.all(query, limit=limit, **binds)

    async def count(self, provider_id: UUID | None, filters: Filters) -> int:
        """Up to COUNTED + 1, which stands for more."""
        binds = filters.binds()
        counts = listed_count if provider_id is None else own_count
        query = counts(frozenset(binds))
        if provider_id is not None:
            binds["provider_id"] = provider_id
        return await total_of(self._reader, query, **binds)

    async def has_category(self, tx: AsyncSession, category_id: UUID) -> bool:
        return (await tx.execute(select(Category.id).where(Category.id == category_id))).first() is not None

    async def lock(self, tx: AsyncSession, provider_id: UUID, service_id: UUID) -> Row | None:
        statement = OWN_ROWS.where(Service.id == service_id).with_for_update(of=Service)
        return (await tx.execute(statement, {"provider_id": provider_id})).mappings().first()

    async def insert(self, tx: AsyncSession, values: Mapping[str, object]) -> None:
        await tx.execute(insert(Service).values(**values))

    async def update(self, tx: AsyncSession, service_id: UUID, values: Mapping[str, object]) -> None:
        await tx.execute(update(Service).where(Service.id == service_id).values(**values, version=Service.version + 1))

    async def own(self, tx: AsyncSession, provider_id: UUID, service_id: UUID) -> Row:
        statement = OWN_ROWS.where(Service.id == service_id)
        return (await tx.execute(statement, {"provider_id": provider_id})).mappings().one()

    async def list_it(self, tx: AsyncSession, service: Row, profile_id: UUID) -> None:
        """Let others read what the service says now. Its row is locked, so nobody lists it at the same time."""
        price = service["price_minor"]
        values = {name: service[name] for name in OFFER} | {
            "profile_id": profile_id,
            "live": service["state"] == ServiceState.PUBLISHED,
            "price_rank_up": UNPRICED if price is None else price,
            "price_rank_down": UNPRICED if price is None else -price,
            "version": service["version"],
            "created_at": service["created_at"],
            "updated_at": service["updated_at"],
            "published_at": service["published_at"],
        }
        service_id = service["id"]
        listed = update(Listing).where(Listing.service_id == service_id).values(**values)
        if (await tx.execute(listed.returning(Listing.service_id))).first() is None:
            await tx.execute(insert(Listing).values(service_id=service_id, **values))
        await tx.execute(delete(ListingCategory).where(ListingCategory.service_id == service_id))
        await tx.execute(
            insert(ListingCategory).from_select(PLACE_COLUMNS, PLACES.where(Listing.service_id == service_id))
        )

    async def set_live(self, tx: AsyncSession, service_id: UUID, *, live: bool) -> None:
        await tx.execute(update(Listing).where(Listing.service_id == service_id).values(live=live))
        await tx.execute(update(ListingCategory).where(ListingCategory.service_id == service_id).values(live=live))
