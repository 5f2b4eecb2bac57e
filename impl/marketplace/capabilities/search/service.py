"""What a listing is found by, and how good it is beside others that match as well."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel.reader import Row
from impl.kernel.words import tokenize_document
from impl.marketplace.capabilities.search.repository import SearchRepository

# What a listing tells a homeowner, out of 100. A longer text is not a better one beyond that.
DESCRIPTION_POINTS, CHARACTERS_A_POINT = 45, 10
PRICE_POINTS = 25
DURATION_POINTS = 15
TAGS_COUNTED, POINTS_A_TAG = 5, 3


def quality(listing: Mapping[str, object] | Row) -> int:
    """0 to 100: how much the listing says of what one gets, for how much, in what time."""
    description, tags = str(listing["description"]), listing["tags"]
    points = min(DESCRIPTION_POINTS, len(description) // CHARACTERS_A_POINT)
    points += PRICE_POINTS if listing["price_minor"] is not None else 0
    points += DURATION_POINTS if listing["duration_minutes"] is not None else 0
    return points + POINTS_A_TAG * min(TAGS_COUNTED, len(tags) if isinstance(tags, list) else 0)


def text_of(
    listing: Mapping[str, object] | Row, *, profile_id: object, business: str, category: str, live: bool
) -> dict[str, object]:
    """The row of the index for a listing of that business, filed under that category; its id is not in it."""
    tags = listing["tags"]
    return {
        "profile_id": profile_id,
        "category_id": listing["category_id"],
        "live": live,
        "quality": quality(listing),
        "title": tokenize_document(str(listing["title"])),
        "tags": tokenize_document(" ".join(tags) if isinstance(tags, list) else ""),
        "business": tokenize_document(business),
        "category": tokenize_document(category),
        "description": tokenize_document(str(listing["description"])),
    }


class SearchService:
    """Kept up by whoever changes what is listed, in the same transaction: an edit is found at once."""

    def __init__(self) -> None:
        self._repository = SearchRepository()

    async def put(self, tx: AsyncSession, service: Row, profile_id: UUID, *, live: bool) -> None:
        names = {"business": service["business_name"], "category": service["category_name"]}
        row = text_of(service, profile_id=profile_id, live=live, **names)
        await self._repository.put(tx, {"service_id": service["id"], **row})

    async def set_live(self, tx: AsyncSession, service_id: UUID, *, live: bool) -> None:
        await self._repository.set_live(tx, service_id, live=live)

    async def compact(self, tx: AsyncSession) -> None:
        """Words that were deleted leave the index, too."""
        await self._repository.compact(tx)

    async def rename_business(self, tx: AsyncSession, profile_id: UUID, name: str) -> None:
        await self._repository.rename_business(tx, profile_id, tokenize_document(name))
