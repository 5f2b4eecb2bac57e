"""Service of frequent words: stores which rows have each of them, as bits, and combines the bits of several words.

If hundreds of thousands of listings have each of two words and hardly any has both, an index of words merges their rows
for too long; combining their bits takes a hundredth of that time. An edit changes no bits, since those who publish
would wait for each other: a trigger notes the row, and the worker updates its bits. Readers read bits and notes in one
statement. A search compares each row that they name; counts compare those that have changed since. PostgreSQL only.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import reduce
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel.database import Database
from impl.kernel.reader import Reader
from impl.marketplace.capabilities.frequent_words.repository import FrequentWordsRepository
from impl.marketplace.capabilities.frequent_words.tables import FREQUENT, NewRows
from impl.marketplace.capabilities.row_bits.service import ROWS_OF_PART, RowBits, renewed
from impl.marketplace.capabilities.stemming.service import stem

__all__ = ["FREQUENT", "FrequentWords", "FrequentWordsKeeper", "RowsOfWord"]

type RowsOfWord = Callable[[AsyncSession, str, Collection[int] | None], Awaitable[Mapping[int, Sequence[int]]]]
"""Finds the rows that have a word, among those with these numbers or among all: their places in each part."""

# Changed rows that one transaction brings up to date; to look at more than these costs a search more than bits save.
_TOGETHER: Final = 500


def _with_stem(word: str) -> str:
    """Return the key of a word's bits, with its stem: a release that knows another stem finds other rows.

    The number is the version of the bits: the worker makes those of another version anew.
    """
    return f"{word} {stem(word) or ''} 2"


class FrequentWords:
    def __init__(self, reader: Reader) -> None:
        self._repository = FrequentWordsRepository(reader)

    async def bits(self, words: Sequence[str], *, at_least: int = 1) -> RowBits | None:
        """Return the rows that may have all words; None where fewer than `at_least` have bits, or too much has changed.

        Words without bits narrow nothing.
        """
        rows = await self._repository.parts([_with_stem(word) for word in words], most=_TOGETHER + 1)
        changed = frozenset(row["number"] for row in rows if not row["word"])
        of_words: dict[str, dict[int, int]] = {}
        for row in rows:
            if row["word"]:
                of_words.setdefault(row["word"], {})[row["number"]] = int.from_bytes(row["bits"], "little")
        if len(of_words) < at_least or len(changed) > _TOGETHER:
            return None
        is_whole = len(of_words) == len(words)
        return reduce(RowBits.met, (RowBits(parts, changed, whole=is_whole) for parts in of_words.values()))


class FrequentWordsKeeper:
    """Worker's part: brings the bits of changed rows up to date, and makes those of words that have become frequent."""

    def __init__(self, database: Database, rows_of_word: RowsOfWord, frequent: int = FREQUENT) -> None:
        self._database = database
        self._repository = FrequentWordsRepository(database.reader)
        self._rows_of_word = rows_of_word
        self._frequent = frequent

    async def add_up(self) -> bool:
        """Bring some changed rows up to date, or else make all bits of a word; return whether more may wait."""
        if self._database.dialect != "postgresql":
            return False
        async with self._database.begin() as tx:
            await self._repository.lock(tx)
            kept = {one.partition(" ")[0]: one for one in await self._repository.kept(tx)}
            await self._repository.remove(tx, [one for word, one in kept.items() if one != _with_stem(word)])
            changes = await self._repository.changes(tx, limit=_TOGETHER)
            if changes:
                numbers = {change["listing_number"] for change in changes}
                for word in (word for word, one in kept.items() if one == _with_stem(word)):
                    await self._put(tx, word, numbers, await self._rows_of_word(tx, word, numbers))
                await self._repository.forget(tx, changes)
                return True
            new = await self._repository.frequent(tx, self._frequent)
            rows = {} if new is None else await self._rows_of_word(tx, new, None)
            if new is not None:
                await self._put(tx, new, (), rows)
            return bool(rows)

    async def _put(
        self, tx: AsyncSession, word: str, numbers: Collection[int], rows: Mapping[int, Sequence[int]]
    ) -> None:
        """Store which of the rows with these numbers have the word; without numbers, store all rows that have it."""
        parts = rows.keys() | {number // ROWS_OF_PART for number in numbers}
        had = await self._repository.bits(tx, _with_stem(word), parts)
        put: list[NewRows] = []
        for part in parts:
            bits = renewed(had.get(part), part, numbers, rows.get(part, ()))
            if bits != had.get(part, bytes(ROWS_OF_PART // 8)):
                put.append({"word": _with_stem(word), "part": part, "bits": bits})
        await self._repository.put(tx, put)
