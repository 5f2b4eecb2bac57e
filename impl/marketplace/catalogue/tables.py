"""Orders and rows of the catalogue, which has no table of its own."""

from datetime import datetime
from enum import StrEnum
from typing import TypedDict
from uuid import UUID


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


class CategoryId(TypedDict):
    id: UUID


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
    """Part of a match that facets count."""

    category_id: UUID
    pricing_kind: str
    price_minor: int | None
