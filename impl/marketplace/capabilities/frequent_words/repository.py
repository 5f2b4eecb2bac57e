"""Statements on the rows of frequent words."""

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Final, TypedDict

from sqlalchemy import (
    BigInteger,
    Integer,
    LargeBinary,
    bindparam,
    delete,
    exists,
    func,
    literal_column,
    select,
    text,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel.reader import Reader
from impl.kernel.statements import Query
from impl.kernel.tables import core_table
from impl.kernel.upserts import upsert_into
from impl.marketplace.capabilities.frequent_words.tables import FrequentWordRows, ListingTextChange, NewRows
from impl.marketplace.capabilities.spelling.tables import PLAIN_TEXT, KnownWord

_ROWS, _CHANGES, _KNOWN = core_table(FrequentWordRows), core_table(ListingTextChange), core_table(KnownWord)


class PartRow(TypedDict):
    """Bits of one part of a word; without a word, the number of a row that has changed since."""

    word: str
    number: int
    bits: bytes


class _Word(TypedDict):
    word: str


class ChangeRow(TypedDict):
    number: int
    listing_number: int


class _Bits(TypedDict):
    part: int
    bits: bytes


_THESE: Final = bindparam("words", type_=PLAIN_TEXT, expanding=True)
_CHANGED: Final = (
    select(
        literal_column("''", PLAIN_TEXT).label("word"),
        _CHANGES.c.listing_number.label("number"),
        literal_column("''::bytea", LargeBinary).label("bits"),
    )
    .limit(bindparam("most", type_=Integer))
    .subquery()
)
# Both in one statement: what the worker takes from the one is in the other.
_PARTS: Final = Query(
    union_all(
        select(_ROWS.c.word, _ROWS.c.part.label("number"), _ROWS.c.bits).where(_ROWS.c.word.in_(_THESE)),
        select(_CHANGED.c.word, _CHANGED.c.number, _CHANGED.c.bits),
    ),
    PartRow,
)
_NOTED: Final = Query(
    select(_CHANGES.c.number, _CHANGES.c.listing_number)
    .order_by(_CHANGES.c.number)
    .limit(bindparam("limit", type_=Integer)),
    ChangeRow,
)
_KEPT: Final = Query(select(_ROWS.c.word).distinct(), _Word)
_SOME: Final = Query(
    select(_ROWS.c.part, _ROWS.c.bits).where(
        _ROWS.c.word == bindparam("word", type_=PLAIN_TEXT),
        _ROWS.c.part.in_(bindparam("parts", type_=BigInteger, expanding=True)),
    ),
    _Bits,
)


@cache
def _frequent(at_least: int) -> Query[_Word]:
    """Select the most frequent word without bits; `at_least` is written into the SQL, as it is in the partial index."""
    of_word = exists().where(func.split_part(_ROWS.c.word, " ", 1) == _KNOWN.c.word)
    is_frequent = _KNOWN.c.listings >= literal_column(str(at_least), Integer)
    return Query(
        select(_KNOWN.c.word).where(is_frequent, ~of_word).order_by(_KNOWN.c.listings.desc(), _KNOWN.c.word).limit(1),
        _Word,
    )


class FrequentWordsRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def parts(self, words: Sequence[str], *, most: int) -> Sequence[PartRow]:
        """Return the bits of the words that have some, and up to `most` changed rows."""
        return await self._reader.all(_PARTS, words=list(words), most=most)

    async def lock(self, tx: AsyncSession) -> None:
        """Lock the bits until the commit, because they are read and then written as a whole."""
        await tx.execute(text("LOCK TABLE marketplace.frequent_word_rows IN SHARE ROW EXCLUSIVE MODE"))

    async def changes(self, tx: AsyncSession, *, limit: int) -> Sequence[ChangeRow]:
        return await _NOTED.fetch_all(tx, limit=limit)

    async def forget(self, tx: AsyncSession, changes: Collection[ChangeRow]) -> None:
        """Delete the notes of changes that the bits contain now."""
        await tx.execute(delete(_CHANGES).where(_CHANGES.c.number.in_([row["number"] for row in changes])))

    async def kept(self, tx: AsyncSession) -> Sequence[str]:
        """Return the words that have bits, each with its stem."""
        return [row["word"] for row in await _KEPT.fetch_all(tx)]

    async def remove(self, tx: AsyncSession, words: Collection[str]) -> None:
        """Delete the bits of these words with their stems."""
        if words:
            await tx.execute(delete(_ROWS).where(_ROWS.c.word.in_(words)))

    async def frequent(self, tx: AsyncSession, at_least: int) -> str | None:
        """Return the most frequent word without bits, if at least so many listings have it."""
        row = await _frequent(at_least).fetch_first(tx)
        return None if row is None else row["word"]

    async def bits(self, tx: AsyncSession, word: str, parts: Collection[int]) -> Mapping[int, bytes]:
        return {row["part"]: row["bits"] for row in await _SOME.fetch_all(tx, word=word, parts=list(parts))}

    async def put(self, tx: AsyncSession, rows: Sequence[NewRows]) -> None:
        if rows:
            added = upsert_into(tx, _ROWS)
            await tx.execute(
                added.on_conflict_do_update(index_elements=["word", "part"], set_={"bits": added.excluded.bits}),
                list(rows),
            )
