"""Queries and statements on services: a provider's own, in every state but archived, and the published listings."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    String,
    bindparam,
    func,
    insert,
    literal_column,
    null,
    select,
    text,
    type_coerce,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute
from typing_extensions import TypedDict

from generated.states import ServiceState
from impl.kernel.database import take_turns
from impl.kernel.paging import EACH, Counted, ListFilters, Moment, bounded_count, keyset_page, total_of
from impl.kernel.reader import Reader
from impl.kernel.statements import Command, Query
from impl.kernel.tables import core_table
from impl.marketplace.capabilities.categories.tables import IN_USE, NAMED, Category, CategoryAncestor
from impl.marketplace.capabilities.listings.service import DescribedText, ListedText
from impl.marketplace.capabilities.listings.tables import TEXT_COLUMNS, Listing, ListingCategory
from impl.marketplace.provider_profile.tables import SUMMARY, VISIBLE, ProviderProfile
from impl.marketplace.provider_services.tables import ModeratedService, NewService, Service, ServiceChanges

_SERVICES: Final = core_table(Service)
# Listings of a provider that staff took down with which a text is compared, the newest.
TAKEN_DOWN_COMPARED: Final = 50


class Owned(TypedDict):
    """Number of a provider's services, and the same with those that were deleted."""

    present: int
    in_all: int


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
    taken_down_from: ServiceState | None
    published_at: datetime | None


class UnpresentedRow(_ReadOffer):
    """Row of a service whose provider has no profile yet."""

    review_note: str | None
    taken_down_from: ServiceState | None
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

# Provider and category of a service, as every reader gets them.
AROUND = (
    *SUMMARY,
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
    Service.taken_down_from,
    Service.has_pending_changes,
    Service.published_at,
    Service.created_at,
    Service.updated_at,
    Service.version,
    *AROUND,
)

LISTED_COLUMNS = (
    Listing.service_id.label("id"),
    *TEXT_COLUMNS,
    literal_column("'PUBLISHED'", String).label("state"),
    type_coerce(null(), String).label("review_note"),
    literal_column("false", Service.has_pending_changes.type).label("has_pending_changes"),
    Listing.published_at,
    Listing.created_at,
    Listing.updated_at,
    Listing.version,
    *AROUND,
)

OWN = (Service.provider_id == bindparam("provider_id"), Service.state != ServiceState.ARCHIVED)
LISTED = (Listing.live, VISIBLE)
# A listing has a row for its own category and each above it.
IN_CATEGORY = (ListingCategory.live, ListingCategory.category_id == NAMED)


def below(category_id: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """Match what is filed under the category of that slug, or anywhere below it in the tree."""
    return category_id.in_(select(CategoryAncestor.category_id).where(CategoryAncestor.ancestor_id == NAMED))


NARROWED_OWN: dict[str, ColumnElement[bool]] = {
    "state": Service.state == bindparam("state"),
    "category": below(Service.category_id),
}


@dataclass(frozen=True, slots=True)
class Filters(ListFilters):
    """Filters of a provider's services; None leaves a filter out."""

    state: ServiceState | None = None
    category: str | None = None

    def narrowed(self, *, is_own: bool) -> "Filters | None":
        """Return the filters for one's own or the listed ones; None where none can match, as ARCHIVED never does."""
        if self.state is ServiceState.ARCHIVED:
            return None
        if is_own or self.state is None:
            return self
        return Filters(category=self.category) if self.state is ServiceState.PUBLISHED else None


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
_MODERATED: Final = select(
    Service.id,
    Service.provider_id.label("owner_id"),
    Service.title,
    Service.state,
    Service.review_note,
    Service.taken_down_from,
    Service.updated_at,
).where(Service.id == bindparam("id"), Service.state != ServiceState.ARCHIVED)
_MODERATED_ONE: Final = Query(_MODERATED, ModeratedService)
_MODERATED_LOCKED: Final = Query(_MODERATED.with_for_update(), ModeratedService)
_LISTED_ONE: Final = Query(LISTED_ROWS.where(Listing.service_id == bindparam("id")), ListedRow)
_OWNED: Final = Query(
    select(
        func.count().filter(Service.state != ServiceState.ARCHIVED).label("present"), func.count().label("in_all")
    ).where(Service.provider_id == bindparam("provider_id")),
    Owned,
)
# As others have read them last, also of those that were deleted since.
_TAKEN_DOWN: Final = Query(
    select(Listing.title, Listing.description)
    .join(Service, Service.id == Listing.service_id)
    .where(
        Service.provider_id == bindparam("provider_id"),
        Service.id != bindparam("id"),
        Service.taken_down_from.is_not(None),
    )
    .order_by(Service.id.desc())
    .limit(TAKEN_DOWN_COMPARED),
    DescribedText,
)
_INSERT: Final = Command(insert(_SERVICES), NewService)
_UPDATE: Final = Command(
    update(_SERVICES).where(_SERVICES.c.id == bindparam("service_id")).values(version=_SERVICES.c.version + 1),
    ServiceChanges,
)


@cache
def own_page(names: frozenset[str], *, descending: bool, continued: bool) -> Query[OwnRow | UnpresentedRow]:
    statement = OWN_ROWS.where(*(NARROWED_OWN[name] for name in sorted(names)))
    key = {"last_at": Service.created_at, "last_id": Service.id}
    return Query(keyset_page(statement, key, descending=descending, continued=continued), OwnRow, UnpresentedRow)


@cache
def listed_page(names: frozenset[str], *, descending: bool, continued: bool) -> Query[ListedRow]:
    statement = LISTED_ROWS
    key: dict[str, InstrumentedAttribute[Any]] = {"last_at": Listing.published_at, "last_id": Listing.service_id}
    if "category" in names:
        statement = statement.join(ListingCategory, ListingCategory.service_id == Listing.service_id).where(
            *IN_CATEGORY
        )
        key = {"last_at": ListingCategory.published_at, "last_id": ListingCategory.service_id}
    return Query(keyset_page(statement, key, descending=descending, continued=continued), ListedRow)


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
        binds = filters.binds()
        query = own_page(frozenset(binds), descending=descending, continued=after is not None)
        return await self._reader.all(query, provider_id=provider_id, limit=limit, **binds, **_position(after))

    async def listed_page(
        self, filters: Filters, *, descending: bool, after: Moment | None, limit: int
    ) -> Sequence[ListedRow]:
        """Return a page of what everyone sees."""
        binds = filters.binds()
        query = listed_page(frozenset(binds), descending=descending, continued=after is not None)
        return await self._reader.all(query, limit=limit, **binds, **_position(after))

    async def count(self, provider_id: UUID | None, filters: Filters) -> int:
        """Count up to COUNTED + 1, which stands for more."""
        binds = filters.binds()
        counts = listed_count if provider_id is None else own_count
        query = counts(frozenset(binds))
        if provider_id is not None:
            binds["provider_id"] = provider_id
        return await total_of(self._reader, query, **binds)

    async def has_category(self, tx: AsyncSession, category_id: UUID) -> bool:
        """Return whether services can be filed under the category, which is not retired before the transaction ends."""
        category = select(Category.id).where(Category.id == category_id)
        # Two statements: one that has waited for a lock would still not see what was retired meanwhile.
        await tx.execute(category.with_for_update(read=True))
        return (await tx.execute(category.where(IN_USE))).first() is not None

    async def lock(self, tx: AsyncSession, provider_id: UUID, service_id: UUID) -> OwnRow | UnpresentedRow | None:
        """Lock a provider's service and return it."""
        binds = {"provider_id": provider_id, "id": service_id}
        found = await _OWN_LOCKED.fetch_first(tx, **binds)
        # A statement that has waited while the service was filed elsewhere looks for it beside its former category.
        return found or await _OWN_LOCKED.fetch_first(tx, **binds)

    async def lock_free(self, tx: AsyncSession, service_ids: Collection[UUID]) -> Sequence[UUID]:
        """Lock those of the services that nobody else has locked, and return them."""
        free = select(Service.id).where(Service.id.in_(service_ids)).with_for_update(skip_locked=True)
        return (await tx.scalars(free)).all()

    async def take_turns(self, tx: AsyncSession, provider_id: UUID) -> None:
        """Lock the services of this provider against additions until the transaction ends."""
        await take_turns(tx, b"services" + provider_id.bytes)

    async def owned(self, tx: AsyncSession, provider_id: UUID) -> Owned:
        return await _OWNED.fetch_one(tx, provider_id=provider_id)

    async def insert(self, tx: AsyncSession, values: NewService) -> None:
        await _INSERT.run(tx, values)

    async def update(self, tx: AsyncSession, service_id: UUID, changes: ServiceChanges) -> None:
        await _UPDATE.run(tx, changes, service_id=service_id)

    async def own(self, tx: AsyncSession, provider_id: UUID, service_id: UUID) -> OwnRow | UnpresentedRow:
        return await _OWN_ONE.fetch_one(tx, provider_id=provider_id, id=service_id)

    async def taken_down(self, tx: AsyncSession, provider_id: UUID, service_id: UUID) -> Sequence[DescribedText]:
        """Return what the provider's other services said that staff took down and have not approved since."""
        return await _TAKEN_DOWN.fetch_all(tx, provider_id=provider_id, id=service_id)

    async def lock_moderated(self, tx: AsyncSession, service_id: UUID) -> ModeratedService | None:
        return await _MODERATED_LOCKED.fetch_first(tx, id=service_id)

    async def moderated(self, tx: AsyncSession, service_id: UUID) -> ModeratedService:
        return await _MODERATED_ONE.fetch_one(tx, id=service_id)

    async def lock_table(self, tx: AsyncSession) -> None:
        """Wait until nobody has a service locked, and let nobody lock one; on SQLite one transaction writes anyway."""
        if tx.get_bind().dialect.name == "postgresql":
            await tx.execute(text("LOCK TABLE marketplace.services IN EXCLUSIVE MODE"))

    async def replace_category(
        self, tx: AsyncSession, service_ids: Collection[UUID], category_id: UUID, into_id: UUID, *, now: datetime
    ) -> None:
        """File those of the services that are under a category under another one."""
        # Another version: the reply behind the ETag names the category.
        filed = update(_SERVICES).where(_SERVICES.c.id.in_(service_ids), _SERVICES.c.category_id == category_id)
        await tx.execute(filed.values(category_id=into_id, updated_at=now, version=_SERVICES.c.version + 1))


def _position(after: Moment | None) -> dict[str, object]:
    return {} if after is None else {"last_at": after[0], "last_id": after[1]}
