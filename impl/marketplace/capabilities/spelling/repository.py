"""Statements on known words: look-ups of a query's words, and sums of the changes."""

from collections.abc import Mapping, Sequence
from typing import Final, TypedDict

from sqlalchemy import bindparam, delete, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel.reader import Reader
from impl.kernel.statements import Command, Query
from impl.kernel.tables import core_table
from impl.kernel.words import end_of_prefix
from impl.marketplace.capabilities.spelling.tables import (
    PLAIN_TEXT,
    KnownWord,
    Lexicon,
    Misspelling,
    NewMisspelling,
    NewWord,
    WordChange,
    begins,
)

# Bounds the words that are compared letter by letter; the most frequent come first.
CANDIDATES: Final = 200
_WORDS, _CHANGES, _MISSPELLINGS = core_table(KnownWord), core_table(WordChange), core_table(Misspelling)


class WordRow(TypedDict):
    word: str


class CountsRow(TypedDict):
    word: str
    listings: int
    pages: int


class ChangeRow(TypedDict):
    number: int
    word: str
    delta: int
    page_delta: int


_COUNTED: Final = {Lexicon.LISTINGS: KnownWord.listings, Lexicon.PAGES: KnownWord.pages}
KNOWN: Final = {
    lexicon: Query(
        select(KnownWord.word).where(begins(KnownWord.word), count > 0).limit(1),
        WordRow,
    )
    for lexicon, count in _COUNTED.items()
}
_OF_REMAINDERS: Final = select(Misspelling.word).where(
    Misspelling.remainder.in_(bindparam("remainders", type_=PLAIN_TEXT, expanding=True))
)
NEAR: Final = {
    lexicon: Query(
        select(KnownWord.word)
        .where(KnownWord.word.in_(_OF_REMAINDERS), count > 0)
        .order_by(count.desc(), KnownWord.word)
        .limit(CANDIDATES),
        WordRow,
        replanned=True,
    )
    for lexicon, count in _COUNTED.items()
}
_SOME: Final = Query(
    select(KnownWord.word, KnownWord.listings, KnownWord.pages).where(
        KnownWord.word.in_(bindparam("some", type_=PLAIN_TEXT, expanding=True))
    ),
    CountsRow,
)
_CHANGED: Final = Query(
    select(WordChange.number, WordChange.word, WordChange.delta, WordChange.page_delta)
    .order_by(WordChange.number)
    .limit(bindparam("limit")),
    ChangeRow,
)
_ADD: Final = Command(insert(_WORDS), NewWord)
_ADD_MISSPELLING: Final = Command(insert(_MISSPELLINGS), NewMisspelling)
_COUNT: Final = (
    update(_WORDS)
    .where(_WORDS.c.word == bindparam("that"))
    .values(listings=bindparam("in_listings"), pages=bindparam("in_pages"))
)


class SpellingRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def is_known(self, lexicon: Lexicon, word: str) -> bool:
        """Return whether a published listing, or a public page, has the word, or one that begins with it."""
        return await self._reader.first(KNOWN[lexicon], begin=word, end=end_of_prefix(word)) is not None

    async def candidates(self, lexicon: Lexicon, remainders: Sequence[str]) -> Sequence[WordRow]:
        """Return the most frequent words that leave one of these, too."""
        return await self._reader.all(NEAR[lexicon], remainders=list(remainders))

    async def lock(self, tx: AsyncSession) -> None:
        """Lock the sums until the commit, because they are read and then written as a whole."""
        if tx.get_bind().dialect.name == "postgresql":
            await tx.execute(text("LOCK TABLE marketplace.known_words IN SHARE ROW EXCLUSIVE MODE"))

    async def changes(self, tx: AsyncSession, *, limit: int) -> Sequence[ChangeRow]:
        return await _CHANGED.fetch_all(tx, limit=limit)

    async def counts(self, tx: AsyncSession, words: Sequence[str]) -> Mapping[str, tuple[int, int]]:
        """Return how many listings and pages had each of the words that are known."""
        rows = await _SOME.fetch_all(tx, some=list(words))
        return {row["word"]: (row["listings"], row["pages"]) for row in rows}

    async def add(self, tx: AsyncSession, words: Sequence[NewWord], misspellings: Sequence[NewMisspelling]) -> None:
        if words:
            await _ADD.run_many(tx, words)
        if misspellings:
            await _ADD_MISSPELLING.run_many(tx, misspellings)

    async def set_counts(self, tx: AsyncSession, counts: Sequence[NewWord]) -> None:
        if counts:
            connection = await tx.connection()
            values = [{"that": row["word"], "in_listings": row["listings"], "in_pages": row["pages"]} for row in counts]
            await connection.execute(_COUNT, values)

    async def remove(self, tx: AsyncSession, words: Sequence[str]) -> None:
        if words:
            await tx.execute(delete(_WORDS).where(_WORDS.c.word.in_(words)))

    async def forget(self, tx: AsyncSession, changes: Sequence[ChangeRow]) -> None:
        """Delete changes that have been added up."""
        await tx.execute(delete(_CHANGES).where(_CHANGES.c.number.in_([row["number"] for row in changes])))
