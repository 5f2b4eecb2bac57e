"""Orders and rows of the catalogue, which has no table of its own."""

from datetime import datetime
from enum import StrEnum
from typing import Final, TypedDict
from uuid import UUID

from sqlalchemy import String, type_coerce

from impl.kernel.paging import COUNTED
from impl.marketplace.capabilities.categories.tables import Category
from impl.marketplace.capabilities.listings.tables import Listing
from impl.marketplace.provider_profile.tables import ProviderProfile


class CatalogueSort(StrEnum):
    OLDEST = "published_at"
    NEWEST = "-published_at"
    CHEAPEST = "price"
    DEAREST = "-price"
    RELEVANCE = "relevance"
    NEAREST = "distance"


class CategoryRow(TypedDict):
    id: UUID
    parent_id: UUID | None
    slug: str
    name: str


class NamedRow(TypedDict):
    """Business that a name leads to."""

    id: UUID
    slug: str
    business_name: str


PRICE_SORTS: Final = (CatalogueSort.CHEAPEST, CatalogueSort.DEAREST)
# Services without a price come last in either direction, by their rank.
KEYS: Final = {
    CatalogueSort.OLDEST: "published_at",
    CatalogueSort.NEWEST: "published_at",
    CatalogueSort.CHEAPEST: "price_rank_up",
    CatalogueSort.DEAREST: "price_rank_down",
    CatalogueSort.NEAREST: "nearness",
}

# Bands of prices in minor units, from and to; the same numbers are round in each currency.
PRICE_BANDS: Final = (
    (0, 4999),
    (5000, 9999),
    (10_000, 24_999),
    (25_000, 49_999),
    (50_000, 99_999),
    (100_000, None),
)
# Matches of a text or a place that facets fetch: no index holds them together with the choices.
LOOKED_THROUGH: Final = 2 * COUNTED


class CategoryId(TypedDict):
    id: UUID


# Columns of a row of the catalogue, without its distance.
COLUMNS: Final = (
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


class CatalogueRow(TypedDict):
    id: UUID
    category_id: UUID
    title: str
    description: str
    pricing_kind: str
    price_minor: int | None
    currency: str | None
    price_unit: str | None
    duration_minutes: int | None
    tags: list[str]
    published_at: datetime
    updated_at: datetime
    price_rank_up: int
    price_rank_down: int
    # Square of the chord to the point that was asked about (`geography`); None when none was.
    nearness: float | None
    profile_id: UUID
    profile_slug: str
    business_name: str
    website: str | None
    service_radius_km: int | None
    category_slug: str
    category_name: str


class RankedRow(CatalogueRow):
    tier: int
    quality: int


class SingleRow(CatalogueRow):
    """A service by itself, with the times of what it shows of its business and its category."""

    profile_updated_at: datetime
    category_updated_at: datetime


class FacetRow(TypedDict):
    """Number of matches that are alike to facets; `band` is the place of their price in PRICE_BANDS."""

    category_id: UUID
    pricing_kind: str
    band: int | None
    total: int
