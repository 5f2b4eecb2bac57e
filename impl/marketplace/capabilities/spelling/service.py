"""Service of spelling: replaces words of a query that nothing searched has by the nearest that it has.

Near is what one or two typos make of a word: a letter left out, added, changed, or two neighbours swapped (optimal
string alignment). Words that are near leave the same when letters are left out of both, so that candidates are found by
an index (symmetric deletion), alike on both engines.
"""

import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel.database import Database
from impl.kernel.paging import Position
from impl.kernel.words import fold, tokenize_query
from impl.marketplace.capabilities.spelling.repository import SpellingRepository
from impl.marketplace.capabilities.spelling.tables import Lexicon, NewWord
from impl.marketplace.capabilities.stemming.service import TRADES, stem

__all__ = [
    "Corrected",
    "Found",
    "Lexicon",
    "SpellingService",
    "distance",
    "remainders",
    "search_corrected",
    "stored_remainders",
    "typos_of",
]

# Letters of a query's word from which on one typo is corrected, and two.
ONE_TYPO, TWO_TYPOS = 4, 8
# Letters are left out of the beginning of a word: that bounds what a long word leaves.
_BEGINNING: Final = 7
_CHANGES_AT_ONCE: Final = 500
_LONGEST: Final = 40
_WRITTEN: Final = re.compile(r"[^\W_]+")


def typos_of(word: str) -> int:
    """Return how many typos of a query's word are corrected; none in short ones, numbers and codes."""
    if not word.isalpha() or len(word) > _LONGEST:
        return 0
    return 0 if len(word) < ONE_TYPO else 1 if len(word) < TWO_TYPOS else 2


def remainders(word: str, typos: int) -> Iterator[str]:
    """Yield the beginnings of the word with up to so many letters removed, each once."""
    beginning = word[:_BEGINNING]
    lengths = range(len(beginning), max(0, len(beginning) - typos - 1), -1)
    yield from dict.fromkeys("".join(kept) for length in lengths for kept in combinations(beginning, length))


def stored_remainders(word: str) -> Iterator[str]:
    """Yield the stored variants of a known word: enough for queries that are longer by their number of typos."""
    if word.isalpha() and ONE_TYPO - 1 <= len(word) <= _LONGEST + 2:
        yield from remainders(word, 2 if len(word) >= TWO_TYPOS - 2 else 1)


def distance(left: str, right: str) -> int:
    """Return the number of letters left out, added or changed and neighbours swapped between two words."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, letter in enumerate(left, start=1):
        before, above, row = row, before, [i]
        for j, other in enumerate(right, start=1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == right[j - 2] and left[i - 2] == other:
                best = min(best, above[j - 2] + 1)
            row.append(best)
    return row[-1]


def _trades_near(left: Iterable[str]) -> list[str]:
    """Return the trades that leave one of these remainders, too."""
    return sorted({trade for rest in left for trade in _TRADES.get(rest, ())})


def _trades_by_remainder() -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for trade in sorted(TRADES):
        for rest in stored_remainders(trade):
            found.setdefault(rest, []).append(trade)
    return found


_TRADES: Final = _trades_by_remainder()


class SpellingService:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._repository = SpellingRepository(database.reader)

    async def correct(self, lexicon: Lexicon, text: str) -> str | None:
        """Return the text with its unknown words corrected; None when none is unknown, or one is near no other."""
        corrections: dict[str, str] = {}
        words = tokenize_query(text)
        for word in words:
            if not await self._repository.is_known(lexicon, word):
                nearest = await self._nearest(lexicon, word)
                if nearest is None:
                    return None
                if nearest != word:
                    corrections[word] = nearest
        return _corrected(text, words, corrections) if corrections else None

    async def _nearest(self, lexicon: Lexicon, word: str) -> str | None:
        typos = typos_of(word)
        if not typos:
            return None
        left = [*remainders(word, typos)]
        known = [row["word"] for row in await self._repository.candidates(lexicon, left)]
        # Listings name the work and people the worker: a plumber is found where only plumbing is written.
        trades = [trade for trade in _trades_near(left) if await self._is_offered(lexicon, trade)]
        # The most frequent come first, and the first of the nearest is taken.
        near = [(distance(word, other), other) for other in (*known, *trades)]
        found = min(near, key=lambda one: one[0], default=(typos + 1, ""))
        return found[1] if found[0] <= typos else None

    async def _is_offered(self, lexicon: Lexicon, trade: str) -> bool:
        root = stem(trade)
        return root is not None and await self._repository.is_known(lexicon, root)

    async def add_up(self) -> bool:
        """Add up some changes of words in a transaction; return whether more may wait."""
        async with self._database.begin() as tx:
            return await self._add_up(tx)

    async def add_up_all(self, tx: AsyncSession) -> None:
        """Add up all changes, so that a word of deleted listings is nowhere any more."""
        while await self._add_up(tx):
            pass

    async def _add_up(self, tx: AsyncSession) -> bool:
        await self._repository.lock(tx)
        changes = await self._repository.changes(tx, limit=_CHANGES_AT_ONCE)
        if not changes:
            return False
        deltas: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        for change in changes:
            deltas[change["word"]].append((change["delta"], change["page_delta"]))
        known = await self._repository.counts(tx, [*deltas])
        sums: dict[str, NewWord] = {}
        for word, of_word in sorted(deltas.items()):
            listings, pages = (max(0, sum(each)) for each in zip(known.get(word, (0, 0)), *of_word, strict=True))
            sums[word] = {"word": word, "listings": listings, "pages": pages}
        had = [row for row in sums.values() if row["listings"] or row["pages"]]
        new = [row for row in had if row["word"] not in known]
        await self._repository.remove(tx, [*sums.keys() - {row["word"] for row in had}])
        await self._repository.set_counts(
            tx, [row for row in had if known.get(row["word"]) not in {None, (row["listings"], row["pages"])}]
        )
        await self._repository.add(
            tx,
            new,
            [{"remainder": rest, "word": row["word"]} for row in new for rest in stored_remainders(row["word"])],
        )
        await self._repository.forget(tx, changes)
        return len(changes) == _CHANGES_AT_ONCE


def _corrected(text: str, words: Sequence[str], corrections: Mapping[str, str]) -> str:
    """Return the text as it was written but for the corrected words; in folded words where it cannot be told so."""
    written = _WRITTEN.sub(lambda found: corrections.get(fold(found[0]), found[0]), text)
    wanted = tuple(corrections.get(word, word) for word in words)
    return written if tokenize_query(written) == tuple(dict.fromkeys(wanted)) else " ".join(wanted)


@dataclass(frozen=True, slots=True)
class Found[RowT]:
    """Rows of a page, and the position of the last one where more follow."""

    rows: Sequence[RowT]
    following: Position | None


@dataclass(frozen=True, slots=True)
class Corrected[FiltersT, RowT]:
    """Page of a search with the filters that it was made by; `text` is null where nothing was corrected."""

    page: Found[RowT]
    filters: FiltersT
    text: str | None


async def search_corrected[FiltersT, RowT](
    filters: FiltersT,
    text: str | None,
    last: Position | None,
    *,
    length: int,
    with_text: Callable[[FiltersT, str], FiltersT],
    look: Callable[[FiltersT, Position | None], Awaitable[Found[RowT]]],
    correct: Callable[[str], Awaitable[str | None]],
) -> Corrected[FiltersT, RowT]:
    """Search, and where the first page is empty, search for the corrected text; no text is never corrected.

    A position of `length` values is of the text as it is. One that is longer has the corrected text behind it, so that
    later pages are of the same search, whatever words are known by then.
    """
    corrected = None
    if last is not None and len(last) > length:
        last, corrected = last[:length], str(last[length])
        filters = with_text(filters, corrected)
    found = await look(filters, last)
    if text is not None and last is None and not found.rows:
        corrected = await correct(text)
        if corrected is not None:
            others = with_text(filters, corrected)
            found = await look(others, None)
            # Nothing is told of words that only hidden rows have.
            filters, corrected = (others, corrected) if found.rows else (filters, None)
    if found.following is not None and corrected is not None:
        found = Found(found.rows, [*found.following, corrected])
    return Corrected(found, filters, corrected)
