"""Service of full-text search: stores the words of listings, and plans statements on rows with all words of a query.

A feature that searches texts of its own keeps their words in a table and describes it as a
`TextIndex`: `indexed_words` makes the words, the class says which columns and indexes the table needs. A search is

    words = tokenize_query(q)
    search = await SearchPlanner(database.reader, database.dialect).choose(INDEX, words)
    found = hits(INDEX, search.plan)
    query = Query(select(...).join(found, found.c.service_id == ...), Row, replanned=True)
    rows = await reader.all(query, **search.binds)

`hits` is the same object for the same index, plan and tier, so that the statements made of it can be cached by them.
A query without words (`()`) finds nothing and is not asked. `capabilities/relevance` reads pages in the
order of relevance. `catalogue/repository.py` and `providers/repository.py` are the examples.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final, TypedDict
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel.words import tokenize_document
from impl.marketplace.capabilities.search.postgresql import best_query, limit_by, look_query
from impl.marketplace.capabilities.search.repository import (
    SearchPlanner,
    SearchRepository,
    graded_hits,
    hits,
    next_hits,
)
from impl.marketplace.capabilities.search.tables import (
    BOUNDS,
    EVERYWHERE,
    HITS,
    LICENSED_LISTINGS,
    LISTINGS,
    QUALITY_MAX,
    STEM_MARK,
    Bounds,
    Engine,
    IndexedText,
    LookRow,
    Plan,
    PlannedSearch,
    Shortlist,
    Term,
    Terms,
    TextIndex,
    Tier,
    index_of,
    word_binds,
)
from impl.marketplace.capabilities.spelling.service import SpellingService
from impl.marketplace.capabilities.stemming.service import stems

__all__ = [
    "BOUNDS",
    "EVERYWHERE",
    "HITS",
    "LICENSED_LISTINGS",
    "LISTINGS",
    "QUALITY_MAX",
    "Bounds",
    "Engine",
    "LookRow",
    "Plan",
    "PlannedSearch",
    "SearchPlanner",
    "SearchService",
    "Searchable",
    "Shortlist",
    "Term",
    "Terms",
    "TextIndex",
    "Tier",
    "best_query",
    "graded_hits",
    "hits",
    "index_of",
    "indexed_words",
    "limit_by",
    "look_query",
    "next_hits",
    "quality",
    "text_of",
    "with_stems",
    "word_binds",
]

# Points of a listing's content, out of 100; beyond that, a longer text is no better.
DESCRIPTION_POINTS, CHARACTERS_A_POINT = 45, 10
PRICE_POINTS = 25
DURATION_POINTS = 15
TAGS_COUNTED, POINTS_A_TAG = 5, 3
# Rows of a category that one transaction writes anew, which takes a tenth of a second.
TOGETHER: Final = 100


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


def with_stems(words: str) -> str:
    """Add to stored words their stems, each marked and followed by a space; stems that are there stay."""
    each = words.split()
    marked = (STEM_MARK + stem for stem in stems(each))
    return words + "".join(f"{stem} " for stem in marked if stem not in each)


def indexed_words(text: str) -> str:
    """Return the stored form of a text: its words, and after them their marked stems."""
    return with_stems(tokenize_document(text))


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
        "title": indexed_words(listing["title"]),
        "tags": indexed_words(" ".join(tags)),
        "business": indexed_words(business),
        "category": indexed_words(category),
        "description": indexed_words(description),
    }


class SearchService:
    """Updates the index in the transaction that changes a listing, so that an edit is found at once."""

    def __init__(self, spelling: SpellingService) -> None:
        self._repository = SearchRepository()
        self._spelling = spelling

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
        await self._repository.put(tx, service_id, text)

    async def set_live(self, tx: AsyncSession, service_id: UUID, *, live: bool) -> None:
        await self._repository.set_live(tx, service_id, live=live)

    async def compact(self, tx: AsyncSession) -> None:
        """Remove deleted words from the index, too, and from the words that queries are corrected to."""
        await self._repository.compact(tx)
        await self._spelling.add_up_all(tx)

    async def put_category(self, tx: AsyncSession, category_id: UUID, into_id: UUID, name: str) -> bool:
        """File the name of their present category with some listings of a category.

        Return whether others are left: a category may have very many.
        """
        return await self._repository.put_category(tx, category_id, into_id, indexed_words(name), most=TOGETHER)

    async def lock_free(self, tx: AsyncSession, service_ids: Collection[UUID]) -> Collection[UUID]:
        """Lock the words of those of the services that nobody else has locked, and return the others."""
        return await self._repository.lock_free(tx, service_ids)

    async def refile(self, tx: AsyncSession, service_ids: Collection[UUID], into_id: UUID, name: str) -> None:
        """File the name of their present category with these listings."""
        await self._repository.refile(tx, service_ids, into_id, indexed_words(name))

    async def rows_of_word(
        self, tx: AsyncSession, word: str, numbers: Collection[int] | None
    ) -> Mapping[int, Sequence[int]]:
        """Return the places, by part, of rows that have the word: of those with these numbers, or of all."""
        return await self._repository.rows_of_word(tx, word, numbers)

    async def rename_business(self, tx: AsyncSession, profile_id: UUID, name: str) -> None:
        await self._repository.rename_business(tx, profile_id, indexed_words(name))
