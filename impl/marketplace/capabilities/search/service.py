"""Service of full-text search: keeps the words of listings, and plans statements on what has all words of a query.

A feature that searches texts of its own (providers, say) keeps their words in a table and describes it as a
`TextIndex`: `tokenize_document` makes the words, the class says which columns and indexes the table needs. A search is

    words = tokenize_query(q)
    plan = await Plans(database.reader, database.dialect).choose(INDEX, words)
    found = hits(INDEX, Tier.DESCRIPTION, plan)
    query = Query(select(...).join(found, found.c.service_id == ...), Row, replanned=True)
    rows = await reader.all(query, **word_binds(words))

`hits` is the same object for the same index, tier and plan, so that the statements made of it can be cached by them. A
query without words (`()`) finds nothing and is not asked. `catalogue/repository.py` is the example.
"""

from collections.abc import Sequence
from typing import TypedDict
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel.reader import Reader
from impl.kernel.words import tokenize_document
from impl.marketplace.capabilities.search.repository import (
    Engine,
    Plan,
    PlanRepository,
    SearchRepository,
    hits,
    probe_query,
    word_binds,
)
from impl.marketplace.capabilities.search.tables import LISTINGS, IndexedText, TextIndex, Tier

__all__ = [
    "LISTINGS",
    "Engine",
    "Plan",
    "Plans",
    "SearchService",
    "Searchable",
    "TextIndex",
    "Tier",
    "hits",
    "probe_query",
    "quality",
    "text_of",
    "word_binds",
]

# Points of a listing's content, out of 100; beyond that, a longer text is no better.
DESCRIPTION_POINTS, CHARACTERS_A_POINT = 45, 10
PRICE_POINTS = 25
DURATION_POINTS = 15
TAGS_COUNTED, POINTS_A_TAG = 5, 3


class Searchable(TypedDict):
    """Columns of a listing that are searched or determine its quality; any row with these columns fits."""

    category_id: UUID
    title: str
    description: str
    price_minor: int | None
    duration_minutes: int | None
    tags: list[str]


def quality(*, description: str, tags: Sequence[str], has_price: bool, has_duration: bool) -> int:
    """Rate from 0 to 100 how much the listing says about the work, its price and its duration."""
    points = min(DESCRIPTION_POINTS, len(description) // CHARACTERS_A_POINT)
    points += PRICE_POINTS if has_price else 0
    points += DURATION_POINTS if has_duration else 0
    return points + POINTS_A_TAG * min(TAGS_COUNTED, len(tags))


def text_of(listing: Searchable, *, profile_id: UUID, business: str, category: str, live: bool) -> IndexedText:
    """Return the index row for a listing of that business and category, without its id."""
    description, tags = listing["description"], listing["tags"]
    return {
        "profile_id": profile_id,
        "category_id": listing["category_id"],
        "live": live,
        "quality": quality(
            description=description,
            tags=tags,
            has_price=listing["price_minor"] is not None,
            has_duration=listing["duration_minutes"] is not None,
        ),
        "title": tokenize_document(listing["title"]),
        "tags": tokenize_document(" ".join(tags)),
        "business": tokenize_document(business),
        "category": tokenize_document(category),
        "description": tokenize_document(description),
    }


class Plans:
    """Chooses how a statement comes to the rows that have all words."""

    def __init__(self, reader: Reader, engine: Engine) -> None:
        self._repository = PlanRepository(reader, engine)

    async def choose(self, index: TextIndex, words: tuple[str, ...] | None, tier: Tier = Tier.DESCRIPTION) -> Plan:
        """Return the plan for the words within the tier; without words, the one of an order."""
        return await self._repository.plan(index, words, tier)


class SearchService:
    """Updates the index in the transaction that changes a listing, so that an edit is found at once."""

    def __init__(self) -> None:
        self._repository = SearchRepository()

    async def put(
        self,
        tx: AsyncSession,
        service_id: UUID,
        listing: Searchable,
        *,
        profile_id: UUID,
        business: str,
        category: str,
        live: bool,
    ) -> None:
        text = text_of(listing, profile_id=profile_id, business=business, category=category, live=live)
        await self._repository.put(tx, {**text, "service_id": service_id})

    async def set_live(self, tx: AsyncSession, service_id: UUID, *, live: bool) -> None:
        await self._repository.set_live(tx, service_id, live=live)

    async def compact(self, tx: AsyncSession) -> None:
        """Remove deleted words from the index, too."""
        await self._repository.compact(tx)

    async def rename_business(self, tx: AsyncSession, profile_id: UUID, name: str) -> None:
        await self._repository.rename_business(tx, profile_id, tokenize_document(name))
