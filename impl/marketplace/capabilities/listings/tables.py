"""Tables of listings, the approved text of a service that everybody reads, and the columns that both tables share."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Select,
    String,
    Uuid,
    literal_column,
    select,
    text,
    type_coerce,
)
from sqlalchemy.orm import Mapped, declared_attr, mapped_column
from typing_extensions import TypedDict

from impl.kernel.personal_data import DERIVED, MACHINERY, MOST_LONG, WITH_ACCOUNT, PersonalDataPolicy, Section
from impl.kernel.tables import Json, Table, enum_column
from impl.marketplace.capabilities.ratings.tables import rating_rank_column, rating_tenths_column


class PricingKind(StrEnum):
    FIXED = "FIXED"
    HOURLY = "HOURLY"
    STARTING_AT = "STARTING_AT"
    PER_UNIT = "PER_UNIT"
    QUOTE = "QUOTE"


# Literals for a count that names each kind: an index of ratings has it before the price.
QUOTED = literal_column(f"'{PricingKind.QUOTE}'", String)
PRICED = literal_column(f"({', '.join(f"'{kind}'" for kind in PricingKind if kind is not PricingKind.QUOTE)})", String)

# Rank of services without a price, which come last in either direction.
UNPRICED = 2**53 - 1


def offer_checks() -> tuple[CheckConstraint, ...]:
    """Make the constraints of an offer; a constraint belongs to one table, so each table gets its own."""
    return (
        CheckConstraint("length(title) BETWEEN 5 AND 120", name="title_length"),
        CheckConstraint("length(description) BETWEEN 1 AND 4000", name="description_length"),
        CheckConstraint("(pricing_kind = 'QUOTE') = (price_minor IS NULL)", name="price_unless_quote"),
        CheckConstraint("(price_minor IS NULL) = (currency IS NULL)", name="price_whole"),
        CheckConstraint("(pricing_kind = 'PER_UNIT') = (price_unit IS NOT NULL)", name="unit_if_per_unit"),
        CheckConstraint("price_minor BETWEEN 0 AND 100000000000", name="price_minor_range"),
        CheckConstraint("length(currency) = 3", name="currency_length"),
        CheckConstraint("length(price_unit) BETWEEN 1 AND 30", name="price_unit_length"),
        CheckConstraint("duration_minutes BETWEEN 5 AND 100000", name="duration_minutes_range"),
    )


class Offer:
    """Columns that a service and its listing share; an approval copies exactly these."""

    @declared_attr
    def category_id(cls) -> Mapped[UUID]:
        return mapped_column(Uuid, ForeignKey("marketplace.categories.id", ondelete="RESTRICT"))

    title: Mapped[str] = mapped_column(String(120))
    description: Mapped[str] = mapped_column(String(4000))
    pricing_kind: Mapped[PricingKind] = mapped_column(enum_column(PricingKind))
    price_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(String(3))
    price_unit: Mapped[str | None] = mapped_column(String(30))
    duration_minutes: Mapped[int | None] = mapped_column(Integer)
    tags: Mapped[list[str]] = mapped_column(Json)


def live_index(name: str, *columns: str, include: tuple[str, ...] = ()) -> Index:
    """Make an index for one order of the catalogue: of live rows, ending in the id that breaks ties.

    What it includes lets PostgreSQL count by the index alone.
    """
    return Index(
        name,
        *columns,
        "service_id",
        postgresql_where=text("live"),
        sqlite_where=text("live = 1"),
        postgresql_include=include,
    )


# Columns by which a count of the well rated is narrowed: it names each value of one before the next.
RATED_BY = ("rating_tenths", "pricing_kind", "currency", "price_rank_up")


class Listing(Offer, Table):
    """Last approved version of a service; `live` while the service is PUBLISHED.

    The state of the provider's profile is joined and not stored here.
    """

    __tablename__ = "listings"
    __table_args__ = (
        *offer_checks(),
        CheckConstraint(f"price_rank_up = coalesce(price_minor, {UNPRICED})", name="price_rank_up_of_price"),
        CheckConstraint(f"price_rank_down = coalesce(-price_minor, {UNPRICED})", name="price_rank_down_of_price"),
        live_index("ix_listings_published", "published_at"),
        live_index("ix_listings_price_up", "currency", "price_rank_up", include=("profile_id",)),
        live_index("ix_listings_pricing", "pricing_kind", "currency", "price_rank_up", include=("profile_id",)),
        live_index("ix_listings_price_down", "currency", "price_rank_down"),
        live_index("ix_listings_rating", "rating_rank"),
        live_index("ix_listings_rated", *RATED_BY, include=("profile_id",)),
        Index("ix_listings_category", "category_id"),
        Index("ix_listings_profile", "profile_id"),
        Index("ix_listings_text_digest", "text_digest"),
        {"schema": "marketplace"},
    )

    service_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("marketplace.services.id", ondelete="CASCADE"), primary_key=True
    )
    profile_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("marketplace.provider_profiles.id", ondelete="RESTRICT"))
    live: Mapped[bool] = mapped_column(Boolean)
    price_rank_up: Mapped[int] = mapped_column(BigInteger)
    price_rank_down: Mapped[int] = mapped_column(BigInteger)
    rating_rank: Mapped[int] = rating_rank_column()
    rating_tenths: Mapped[int] = rating_tenths_column()
    # Approved version of the service, from which the ETag of the listing is made.
    version: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    published_at: Mapped[datetime]
    # Sketches took its place. The release before writes it, and so it goes with the next one.
    text_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))


class ListingCategory(Table):
    """Listing under one of the categories in which it is found: its own, and each above that.

    It repeats the columns that order and narrow the catalogue. If the subtree were joined when it is read, all of it
    would have to be scanned for a category with few listings; and a count would have to fetch each listing.
    """

    __tablename__ = "placements"
    __table_args__ = (
        live_index("ix_placements_published", "category_id", "published_at"),
        live_index("ix_placements_price_up", "category_id", "currency", "price_rank_up", include=("profile_id",)),
        live_index(
            "ix_placements_pricing",
            "category_id",
            "pricing_kind",
            "currency",
            "price_rank_up",
            include=("profile_id",),
        ),
        live_index("ix_placements_price_down", "category_id", "currency", "price_rank_down"),
        live_index("ix_placements_rating", "category_id", "rating_rank"),
        live_index("ix_placements_rated", "category_id", *RATED_BY, include=("profile_id",)),
        {"schema": "marketplace"},
    )

    service_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("marketplace.listings.service_id", ondelete="CASCADE"), primary_key=True
    )
    category_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("marketplace.categories.id", ondelete="RESTRICT"), primary_key=True
    )
    live: Mapped[bool] = mapped_column(Boolean)
    profile_id: Mapped[UUID] = mapped_column(Uuid)
    pricing_kind: Mapped[str] = mapped_column(String(16))
    currency: Mapped[str | None] = mapped_column(String(3))
    price_rank_up: Mapped[int] = mapped_column(BigInteger)
    price_rank_down: Mapped[int] = mapped_column(BigInteger)
    rating_rank: Mapped[int] = rating_rank_column()
    rating_tenths: Mapped[int] = rating_tenths_column()
    published_at: Mapped[datetime]


class OfferColumns(TypedDict):
    """Values of the columns of an offer, and the types that they have in Python."""

    category_id: UUID
    title: str
    description: str
    pricing_kind: PricingKind
    price_minor: int | None
    currency: str | None
    price_unit: str | None
    duration_minutes: int | None
    tags: list[str]


class ListingSketch(Table):
    """Hash of the sketch of a listing's title and description, by which listings that resemble it are found."""

    __tablename__ = "listing_sketches"
    __table_args__ = (Index("ix_listing_sketches_service", "service_id"), {"schema": "marketplace"})

    hash: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    service_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("marketplace.listings.service_id", ondelete="CASCADE"), primary_key=True
    )


class NewSketch(TypedDict):
    hash: int
    service_id: UUID


class _Listed(OfferColumns):
    profile_id: UUID
    live: bool
    price_rank_up: int
    price_rank_down: int
    version: int
    created_at: datetime
    updated_at: datetime
    published_at: datetime


class ListingValues(_Listed, closed=True):
    """Values that a listing copies from its service, with the id that they share."""


class NewListing(_Listed):
    service_id: UUID


def _services_of(person: UUID) -> Select[UUID]:
    # The table of services by its name, as in a foreign key: it is another feature's.
    services = Table.metadata.tables["marketplace.services"]
    return select(services.c.id).where(services.c.provider_id == person)


# Fields of the contract by the columns that hold a price.
EXPORTED_PRICING = {
    "pricing_kind": "pricing.kind",
    "price_minor": "pricing.price.amount_minor",
    "currency": "pricing.price.currency",
    "price_unit": "pricing.unit",
}

PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(
        table=Listing,
        retention=WITH_ACCOUNT,
        rows=lambda person: Listing.service_id.in_(_services_of(person)),
        removed=True,
        export=Section(
            name="listings",
            most=MOST_LONG,
            withheld={
                "price_rank_up": DERIVED,
                "price_rank_down": DERIVED,
                "rating_rank": DERIVED,
                "rating_tenths": DERIVED,
                "text_digest": DERIVED,
                "version": MACHINERY,
            },
            named=EXPORTED_PRICING,
        ),
    ),
    PersonalDataPolicy(
        table=ListingCategory,
        retention=WITH_ACCOUNT,
        rows=lambda person: ListingCategory.service_id.in_(_services_of(person)),
        removed=True,
        export="Where a listing stands in the catalogue; the listing itself is in the export.",
    ),
    PersonalDataPolicy(
        table=ListingSketch,
        retention=WITH_ACCOUNT,
        rows=lambda person: ListingSketch.service_id.in_(_services_of(person)),
        removed=True,
        export="Hashes of the words of a listing; the listing itself is in the export.",
    ),
)


# What everybody reads of a listing.
TEXT_COLUMNS = (
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
)
# The same, and what a list is sorted by.
LISTED_COLUMNS = (
    Listing.service_id.label("id"),
    *TEXT_COLUMNS,
    Listing.published_at,
    Listing.updated_at,
    Listing.price_rank_up,
    Listing.price_rank_down,
    Listing.rating_rank,
    Listing.rating_tenths,
)
