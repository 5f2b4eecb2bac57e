"""Service of listings: what everybody reads of a service, and finds it by."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel.database import clock_of
from impl.kernel.words import resemblance, shingles, sketch
from impl.marketplace.capabilities.categories.service import NameRow
from impl.marketplace.capabilities.listings.repository import (
    DescribedText,
    ListableOffer,
    ListedText,
    ListingRepository,
)
from impl.marketplace.capabilities.listings.tables import OfferColumns, PricingKind
from impl.marketplace.capabilities.search.service import SearchService
from impl.marketplace.capabilities.submissions.tables import MaterialField

__all__ = ["MATERIAL", "DescribedText", "ListableOffer", "ListedText", "ListingsService", "is_copy", "live_text"]
__all__ += ["texts_of"]

# Part of their shingles that two texts share from which on one counts as a copy of the other. Short texts say the same
# by chance: they are copies only where they are equal.
RESEMBLES: Final = 0.5
LONG_ENOUGH: Final = 12
# What is reviewed again when it is edited (`MaterialField` of the contract); an amount is not.
MATERIAL = ("category_id", "title", "description", "tags", "pricing_kind", "price_unit")


def live_text(listed: ListedText, row: ListedText) -> OfferColumns:
    """Return the public text after an edit: material fields stay as published."""
    same_terms = (row["pricing_kind"], row["price_unit"]) == (listed["pricing_kind"], listed["price_unit"])
    return {
        "category_id": listed["category_id"],
        "title": listed["title"],
        "description": listed["description"],
        "pricing_kind": PricingKind(listed["pricing_kind"]),
        "price_minor": row["price_minor"] if same_terms else listed["price_minor"],
        "currency": row["currency"] if same_terms else listed["currency"],
        "price_unit": listed["price_unit"],
        "duration_minutes": row["duration_minutes"],
        "tags": listed["tags"],
    }


def texts_of(row: ListedText) -> dict[str, str | None]:
    """Return the material fields as texts to show."""
    return {
        MaterialField.CATEGORY: row["category_slug"],
        MaterialField.TITLE: row["title"],
        MaterialField.DESCRIPTION: row["description"],
        MaterialField.PRICING: " ".join(filter(None, (row["pricing_kind"], row["price_unit"]))),
        MaterialField.TAGS: ", ".join(row["tags"]),
    }


def is_copy(title: str, description: str, of: DescribedText) -> bool:
    """Return whether a text resembles another one enough to be a copy of it."""
    own = shingles(title, description)
    return resemblance(own, shingles(of["title"], of["description"])) >= _enough(own)


def _enough(own: frozenset[str]) -> float:
    return RESEMBLES if len(own) >= LONG_ENOUGH else 1.0


class ListingsService:
    """Keeps listings and their entries in the search index together, under the lock of the service."""

    def __init__(self, search: SearchService) -> None:
        self._repository = ListingRepository()
        self._search = search

    async def text(self, tx: AsyncSession, service_id: UUID) -> ListedText:
        """Return the published text of a service."""
        return await self._repository.text(tx, service_id)

    async def find_duplicate(self, tx: AsyncSession, service_id: UUID, title: str, description: str) -> UUID | None:
        """Return the other listing that resembles the text most, if one does enough to be a copy."""
        own = shingles(title, description)
        if not own:
            return None
        found = await self._repository.resembling(tx, service_id, sketch(own))
        rated = [(resemblance(own, shingles(row["title"], row["description"])), row["service_id"]) for row in found]
        best, other = max(rated, key=lambda one: (one[0], one[1]), default=(0.0, service_id))
        return other if best >= _enough(own) else None

    async def put(self, tx: AsyncSession, offer: ListableOffer, *, live: bool, published_at: datetime) -> None:
        """Publish the present text of an offer, in the catalogue and in the search."""
        await self._repository.put(tx, offer, live=live, published_at=published_at)
        await self._search.put(
            tx,
            offer["id"],
            offer,
            profile_id=offer["profile_id"],
            business=offer["business_name"],
            category=offer["category_name"],
            live=live,
        )

    async def lock_free(self, tx: AsyncSession, service_ids: Collection[UUID]) -> Sequence[UUID]:
        """Return those of the locked services that have no listing, or one that nobody else has locked."""
        taken = {*await self._repository.lock_free(tx, service_ids), *await self._search.lock_free(tx, service_ids)}
        return [one for one in service_ids if one not in taken]

    async def refile(self, tx: AsyncSession, service_ids: Collection[UUID]) -> None:
        """Put these listings under what lies above their categories now."""
        await self._repository.refile(tx, service_ids)

    async def replace_category(
        self, tx: AsyncSession, service_ids: Collection[UUID], category_id: UUID, into: NameRow
    ) -> None:
        """Put those of the listings that are under a category under another one, to be found by that one's name."""
        filed = await self._repository.replace_category(
            tx, service_ids, category_id, into["id"], now=clock_of(tx).now()
        )
        await self._search.refile(tx, filed, into["id"], into["name"])

    async def set_live(self, tx: AsyncSession, service_id: UUID, *, live: bool) -> None:
        """Show the listing, or hide it, in the catalogue and in the search."""
        await self._repository.set_live(tx, service_id, live=live)
        await self._search.set_live(tx, service_id, live=live)
