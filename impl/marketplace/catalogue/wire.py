"""Services of the catalogue on the wire, which favourites and pages of businesses show too."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from generated import replies
from impl.marketplace.capabilities.businesses.wire import provider_to_wire
from impl.marketplace.capabilities.geography.service import kilometres
from impl.marketplace.capabilities.geography.wire import coordinates_to_wire
from impl.marketplace.capabilities.listings.wire import pricing_to_wire
from impl.marketplace.capabilities.pictures.service import ShownPhoto
from impl.marketplace.capabilities.pictures.wire import photo_to_wire
from impl.marketplace.catalogue.tables import CatalogueRow
from impl.marketplace.verifications.tables import CardColumns

type Cards = Callable[[Collection[UUID]], Awaitable[Mapping[UUID, CardColumns]]]

_UNKNOWN: CardColumns = {
    "town_name": None,
    "town_latitude": None,
    "town_longitude": None,
    "review_count": None,
    "is_verified": False,
}


class ServiceMembers(TypedDict):
    """Members of a service in a list and by itself."""

    id: UUID
    provider: replies.ProviderSummary
    provider_rating: float | None
    provider_review_count: int
    provider_town: str | None
    provider_town_coordinates: replies.Coordinates | None
    provider_verified: bool
    category: replies.CategorySummary
    title: str
    description: str
    pricing: replies.Pricing
    duration_minutes: int | None
    tags: list[str]
    distance_km: float | None
    photo: replies.PublicPhoto | None
    published_at: datetime
    updated_at: datetime


def service_to_wire(row: CatalogueRow, photo: ShownPhoto | None, card: CardColumns) -> ServiceMembers:
    return {
        "id": row["id"],
        "provider": provider_to_wire(row),
        "provider_rating": row["rating_tenths"] / 10 if row["rating_tenths"] else None,
        "provider_review_count": card["review_count"] or 0,
        "provider_town": card["town_name"],
        "provider_town_coordinates": coordinates_to_wire(card["town_latitude"], card["town_longitude"]),
        "provider_verified": card["is_verified"],
        "category": {"id": row["category_id"], "slug": row["category_slug"], "name": row["category_name"]},
        "title": row["title"],
        "description": row["description"],
        "pricing": pricing_to_wire(row),
        "duration_minutes": row["duration_minutes"],
        "tags": row["tags"],
        "distance_km": None if row["nearness"] is None else kilometres(row["nearness"]),
        "photo": None if photo is None else photo_to_wire(photo),
        "published_at": row["published_at"],
        "updated_at": row["updated_at"],
    }


def listed_to_wire(
    row: CatalogueRow, photo: ShownPhoto | None, cards: Mapping[UUID, CardColumns]
) -> replies.CatalogueService:
    """Return a service in a list, with what is asked of its business there."""
    return {**service_to_wire(row, photo, cards.get(row["profile_id"], _UNKNOWN))}
