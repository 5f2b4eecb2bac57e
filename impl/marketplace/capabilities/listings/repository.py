"""Queries and statements on listings: their text, and the categories in which each is found."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Select,
    Uuid,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import TypedDict

from impl.kernel.statements import Change, Command, Query
from impl.kernel.tables import core_table
from impl.kernel.words import SKETCH_SIZE, shingles, sketch
from impl.marketplace.capabilities.categories.tables import NAMING, Category, CategoryAncestor
from impl.marketplace.capabilities.listings.tables import (
    TEXT_COLUMNS,
    UNPRICED,
    Listing,
    ListingCategory,
    ListingSketch,
    ListingValues,
    NewListing,
    NewSketch,
    PricingKind,
)

_LISTINGS: Final = core_table(Listing)
# Listings that are looked at for each hash of a text, and those whose texts are compared with it.
OF_ONE_HASH, COMPARED = 50, 10


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


class ListableOffer(ListedText):
    """Columns of a service from which its listing is made; any row with these columns fits."""

    id: UUID
    profile_id: UUID
    business_name: str
    version: int
    created_at: datetime
    updated_at: datetime


class _ListingId(TypedDict):
    service_id: UUID


class DescribedText(TypedDict):
    """Columns by which listings are compared."""

    title: str
    description: str


class TitledText(DescribedText):
    service_id: UUID


_OFFER: Final = (*TEXT_COLUMNS, *NAMING)
_TEXT: Final = Query(
    select(*_OFFER).join(Category, Category.id == Listing.category_id).where(Listing.service_id == bindparam("id")),
    ListedText,
)


def _sharing(number: int) -> Select[UUID]:
    # The newest listings that share one hash: words that everybody writes are in too many to look at all.
    return (
        select(ListingSketch.service_id)
        .where(ListingSketch.hash == bindparam(f"hash_{number}", type_=BigInteger))
        .order_by(ListingSketch.service_id.desc())
        .limit(OF_ONE_HASH)
        .subquery()
        .select()
    )


_SHARED: Final = union_all(*(_sharing(number) for number in range(SKETCH_SIZE))).subquery()
RESEMBLING: Final = Query(
    select(_SHARED.c.service_id)
    .where(_SHARED.c.service_id != bindparam("id", type_=Uuid))
    .group_by(_SHARED.c.service_id)
    .order_by(func.count().desc(), _SHARED.c.service_id)
    .limit(COMPARED),
    _ListingId,
)
_TITLED: Final = Query(
    select(Listing.service_id, Listing.title, Listing.description).where(
        Listing.service_id.in_(bindparam("ids", type_=Uuid(), expanding=True))
    ),
    TitledText,
)
_SKETCH: Final = Command(insert(core_table(ListingSketch)), NewSketch)
_ADD: Final = Command(insert(_LISTINGS), NewListing)
_RENEW: Final = Change(
    update(_LISTINGS).where(_LISTINGS.c.service_id == bindparam("listed_id")).returning(_LISTINGS.c.service_id),
    ListingValues,
    _ListingId,
)


_PLACED_BY: Final = (
    "live",
    "profile_id",
    "pricing_kind",
    "currency",
    "price_rank_up",
    "price_rank_down",
    "rating_rank",
    "rating_tenths",
    "published_at",
)
PLACE_COLUMNS = ("service_id", "category_id", *_PLACED_BY)
_PLACED: Final = select(Listing.service_id, CategoryAncestor.ancestor_id, *(_LISTINGS.c[name] for name in _PLACED_BY))
PLACES = _PLACED.join(CategoryAncestor, CategoryAncestor.category_id == Listing.category_id)


class ListingRepository:
    async def text(self, tx: AsyncSession, service_id: UUID) -> ListedText:
        return await _TEXT.fetch_one(tx, id=service_id)

    async def resembling(self, tx: AsyncSession, service_id: UUID, hashes: Sequence[int]) -> Sequence[TitledText]:
        """Return the other listings that share most of these hashes, at most COMPARED of them."""
        # A short text has fewer hashes: one of them is asked for again.
        binds = {f"hash_{number}": hashes[min(number, len(hashes) - 1)] for number in range(SKETCH_SIZE)}
        found = await RESEMBLING.fetch_all(tx, id=service_id, **binds)
        return await _TITLED.fetch_all(tx, ids=[row["service_id"] for row in found]) if found else ()

    async def put(self, tx: AsyncSession, offer: ListableOffer, *, live: bool, published_at: datetime) -> None:
        """Write the listing of an offer. Its service is locked, so nobody else writes it at the same time."""
        price = offer["price_minor"]
        values: ListingValues = {
            "category_id": offer["category_id"],
            "title": offer["title"],
            "description": offer["description"],
            "pricing_kind": PricingKind(offer["pricing_kind"]),
            "price_minor": price,
            "currency": offer["currency"],
            "price_unit": offer["price_unit"],
            "duration_minutes": offer["duration_minutes"],
            "tags": offer["tags"],
            "profile_id": offer["profile_id"],
            "live": live,
            "price_rank_up": UNPRICED if price is None else price,
            "price_rank_down": UNPRICED if price is None else -price,
            "version": offer["version"],
            "created_at": offer["created_at"],
            "updated_at": offer["updated_at"],
            "published_at": published_at,
        }
        service_id = offer["id"]
        if await _RENEW.fetch_first(tx, values, listed_id=service_id) is None:
            await _ADD.run(tx, {**values, "service_id": service_id})
        await tx.execute(delete(ListingSketch).where(ListingSketch.service_id == service_id))
        hashes = sketch(shingles(offer["title"], offer["description"]))
        await _SKETCH.run_many(tx, [{"hash": one, "service_id": service_id} for one in hashes])
        await tx.execute(delete(ListingCategory).where(ListingCategory.service_id == service_id))
        await tx.execute(
            insert(ListingCategory).from_select(PLACE_COLUMNS, PLACES.where(Listing.service_id == service_id))
        )

    async def lock_free(self, tx: AsyncSession, service_ids: Collection[UUID]) -> Collection[UUID]:
        """Lock the listings that are not locked by others, and return the rest."""
        these = select(Listing.service_id).where(Listing.service_id.in_(service_ids))
        free = (await tx.scalars(these.with_for_update(skip_locked=True, key_share=True))).all()
        return {*(await tx.scalars(these)).all()}.difference(free)

    async def refile(self, tx: AsyncSession, service_ids: Collection[UUID]) -> None:
        await self._place(tx, PLACES.where(Listing.service_id.in_(service_ids)))

    async def replace_category(
        self, tx: AsyncSession, service_ids: Collection[UUID], category_id: UUID, into_id: UUID, *, now: datetime
    ) -> Sequence[UUID]:
        """File those of the listings that are under a category under another one, and return them."""
        these = _LISTINGS.c.service_id.in_(service_ids), _LISTINGS.c.category_id == category_id
        places = _PLACED.join(CategoryAncestor, CategoryAncestor.category_id == into_id)
        await self._place(tx, places.where(*these))
        # Another version, as the service gets: the reply behind the ETag names the category.
        filed = update(_LISTINGS).where(*these).returning(_LISTINGS.c.service_id)
        version = _LISTINGS.c.version + 1
        return (await tx.scalars(filed.values(category_id=into_id, updated_at=now, version=version))).all()

    @staticmethod
    async def _place(tx: AsyncSession, places: Select[*tuple[Any, ...]]) -> None:
        """Set the placements of these listings, writing only the differences, because each is expensive."""
        wanted = places.with_only_columns(Listing.service_id, CategoryAncestor.ancestor_id).subquery()
        of_these = ListingCategory.service_id.in_(select(wanted.c.service_id))
        same = (wanted.c.service_id == ListingCategory.service_id, wanted.c.ancestor_id == ListingCategory.category_id)
        await tx.execute(delete(ListingCategory).where(of_these, ~exists().where(*same)))
        there = exists().where(
            ListingCategory.service_id == Listing.service_id,
            ListingCategory.category_id == CategoryAncestor.ancestor_id,
        )
        await tx.execute(insert(ListingCategory).from_select(PLACE_COLUMNS, places.where(~there)))

    async def set_live(self, tx: AsyncSession, service_id: UUID, *, live: bool) -> None:
        await tx.execute(update(Listing).where(Listing.service_id == service_id).values(live=live))
        await tx.execute(update(ListingCategory).where(ListingCategory.service_id == service_id).values(live=live))
