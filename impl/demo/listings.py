"""Listings of the demo's services, where the catalogue and the search find them."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import ServiceState
from impl.demo.accounts import Demo
from impl.demo.provider_profile import profiles
from impl.demo.provider_services import DemoService, services
from impl.demo.rows import PROFILES, Values, add, numbered
from impl.kernel.words import shingles, sketch
from impl.marketplace.capabilities.categories.tables import Category
from impl.marketplace.capabilities.listings.tables import UNPRICED, Listing, ListingCategory, ListingSketch, NewListing
from impl.marketplace.capabilities.search.service import text_of
from impl.marketplace.capabilities.search.tables import ListingText, NewListingText


async def fill(tx: AsyncSession, demo: Demo) -> None:
    tree = (await tx.execute(select(Category.id, Category.parent_id, Category.name))).all()
    filed, above = {row.id: row.name for row in tree}, {row.id: row.parent_id for row in tree}
    names = {profile["id"]: profile["business_name"] for profile in profiles(demo)}
    listings = [
        _listing(service, published_at, numbered(PROFILES + number // 5))
        for number, service in enumerate(await services(tx, demo))
        if (published_at := service["published_at"]) is not None
    ]
    await add(tx, Listing, listings)
    await add(tx, ListingText, [_text(one, names, filed) for one in listings])
    await add(tx, ListingSketch, [one for listing in listings for one in _sketch(listing)])
    await add(tx, ListingCategory, [place for one in listings for place in _listing_categories(one, above)])


def _listing(service: DemoService, published_at: datetime, profile_id: UUID) -> NewListing:
    price = service["price_minor"]
    return {
        "service_id": service["id"],
        "profile_id": profile_id,
        "category_id": service["category_id"],
        "title": service["title"],
        "description": service["description"],
        "pricing_kind": service["pricing_kind"],
        "price_minor": price,
        "currency": service["currency"],
        "price_unit": service["price_unit"],
        "duration_minutes": service["duration_minutes"],
        "tags": service["tags"],
        "live": service["state"] is ServiceState.PUBLISHED,
        "price_rank_up": UNPRICED if price is None else price,
        "price_rank_down": UNPRICED if price is None else -price,
        "version": service["version"],
        "created_at": service["created_at"],
        "updated_at": service["updated_at"],
        "published_at": published_at,
    }


def _sketch(listing: NewListing) -> Iterator[Values]:
    for one in sketch(shingles(listing["title"], listing["description"])):
        yield {"hash": one, "service_id": listing["service_id"]}


def _text(listing: NewListing, names: dict[UUID, str], filed: dict[UUID, str]) -> NewListingText:
    text = text_of(
        listing,
        profile_id=listing["profile_id"],
        business=names[listing["profile_id"]],
        category=filed[listing["category_id"]],
        live=listing["live"],
    )
    return {**text, "service_id": listing["service_id"]}


def _listing_categories(listing: NewListing, above: dict[UUID, UUID | None]) -> Iterator[Values]:
    category_id: UUID | None = listing["category_id"]
    while category_id is not None:
        yield {
            "service_id": listing["service_id"],
            "category_id": category_id,
            "live": listing["live"],
            "profile_id": listing["profile_id"],
            "pricing_kind": listing["pricing_kind"],
            "currency": listing["currency"],
            "price_rank_up": listing["price_rank_up"],
            "price_rank_down": listing["price_rank_down"],
            "published_at": listing["published_at"],
        }
        category_id = above[category_id]
