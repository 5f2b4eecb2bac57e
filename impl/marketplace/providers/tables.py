"""Orders and rows of the businesses' public pages, which have no table of their own."""

from datetime import date, datetime
from enum import StrEnum
from typing import TypedDict
from uuid import UUID


class ProviderSort(StrEnum):
    NEWEST = "-published_at"
    NAME = "name"
    RELEVANCE = "relevance"
    NEAREST = "distance"
    BEST_RATED = "rating"


class TownColumns(TypedDict):
    """Columns of the town that a business sets out from; all None when there is none."""

    town_id: UUID | None
    town_kind: str | None
    town_name: str | None
    town_locality: str | None
    town_admin_area: str | None
    town_country: str | None
    town_latitude: float | None
    town_longitude: float | None


class _Provider(TownColumns):
    id: UUID
    slug: str
    business_name: str
    about: str | None
    service_radius_km: int | None
    created_at: datetime
    published_at: datetime


class CardRow(_Provider):
    sort_key: str
    rating_rank: int
    is_verified: bool
    # Square of the chord to the point that was asked about (`geography`); None when none was.
    nearness: float | None


class RankedCard(CardRow):
    quality: int
    tier: int


class NewestOffer(TypedDict):
    """Service among the newest of a category, and how many the business has there."""

    id: UUID
    in_category: int
    category_updated_at: datetime


class PageRow(_Provider):
    user_id: UUID
    website: str | None
    updated_at: datetime
    # Last change of a service that is or was published; None when there has been none.
    services_changed_at: datetime | None
    # Last change of its photos and of those of its services; None when there has been none.
    photos_changed_at: datetime | None
    # Last change of what is verified, and the last end of what was.
    verifications_changed_at: datetime | None
    last_end_date: date | None


class LicenceRow(TypedDict):
    """A licence or insurance that is verified and valid."""

    kind: str
    title: str
    number: str
    authority: str
    country: str
    admin_area: str | None
    expires_date: date | None


class SlugOfPage(TypedDict):
    id: UUID
    slug: str
