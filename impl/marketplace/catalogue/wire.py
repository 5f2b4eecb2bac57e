"""Services of the catalogue on the wire, which favourites and pages of businesses show too."""

from generated import replies
from impl.marketplace.capabilities.businesses.wire import provider_to_wire
from impl.marketplace.capabilities.geography.service import kilometres
from impl.marketplace.capabilities.listings.wire import pricing_to_wire
from impl.marketplace.capabilities.pictures.service import ShownPhoto
from impl.marketplace.capabilities.pictures.wire import photo_to_wire
from impl.marketplace.catalogue.tables import CatalogueRow


def service_to_wire(row: CatalogueRow, photo: ShownPhoto | None) -> replies.CatalogueService:
    return {
        "id": row["id"],
        "provider": provider_to_wire(row),
        "provider_rating": row["rating_tenths"] / 10 if row["rating_tenths"] else None,
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
