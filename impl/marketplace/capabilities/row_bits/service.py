"""Service of row bits: which rows of `listing_texts` may match, as bits, and which of these have the best quality."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

# Rows of a part: two of them, with their bits as they are, fit in a page of the database.
ROWS_OF_PART: Final = 32_000

type Parts = Mapping[int, int]
"""Bits by the numbers of their parts; parts without a bit may be left out."""


@dataclass(frozen=True, slots=True)
class RowBits:
    """Rows of `listing_texts` that may match: bits by their parts, and the numbers of those that have changed since.

    They are `whole` where bits are kept of all that was asked for, so that most of these rows do match.
    """

    parts: Parts
    changed: frozenset[int]
    whole: bool = True

    def met(self, other: "RowBits") -> "RowBits":
        """Return the rows that both name, and what has changed for either."""
        return RowBits(_both(self.parts, other.parts), self.changed | other.changed, whole=self.whole and other.whole)

    def numbers(self, most: int) -> Sequence[int] | None:
        """Return the numbers of all rows; None where the bits name more than so many."""
        return None if _count(self.parts) > most else [*self.changed.union(_numbers(self.parts))]

    def some(self, most: int) -> Sequence[int]:
        """Return the numbers of so many of the rows, and of all that have changed."""
        return [*self.changed.union(islice(_numbers(self.parts), most))]


@dataclass(frozen=True, slots=True)
class Span:
    """Range of qualities, and the numbers of the rows that may have one of them.

    Without numbers, it is one quality that too many have.
    """

    lowest: int
    highest: int
    numbers: Sequence[int] | None


@dataclass(frozen=True, slots=True)
class RowsByQuality:
    """Rows that may match, and the rows whose quality has each binary digit, from the highest digit on.

    A row that has changed may have any quality.
    """

    rows: RowBits
    digits: Sequence[Parts]

    def spans(self, top: int, most: int, *, alone: int) -> Iterator[Span]:
        """Yield ranges of qualities from `top` down to 0, of up to `most` rows each, or `alone` of one quality."""
        highest: int = top
        held: Parts = {}
        for quality, parts in _by_quality(self.rows.parts, self.digits, top):
            count = _count(parts)
            if quality < highest and (count > alone or _count(held) + count > most):
                yield self._span(quality + 1, highest, held)
                highest, held = quality, {}
            if count > alone:
                yield Span(quality, quality, None)
                highest = quality - 1
            else:
                held = either(held, parts)
        if highest >= 0:
            yield self._span(0, highest, held)

    def _span(self, lowest: int, highest: int, parts: Parts) -> Span:
        return Span(lowest, highest, [*self.rows.changed.union(_numbers(parts))])


def between(digits: Sequence[Parts], first: int, last: int) -> Parts:
    """Return the rows whose number, of these binary digits from the highest on, is from `first`, not 0, to `last`."""
    found, beyond = _at_least(digits, first), _at_least(digits, last + 1)
    return {part: bits & ~beyond.get(part, 0) for part, bits in found.items()}


def _at_least(digits: Sequence[Parts], least: int) -> Parts:
    found: Parts | None = None  # of the digits so far, which may be lower than those of `least`
    for place, digit in enumerate(reversed(digits)):
        if least >> place & 1:
            found = digit if found is None else _both(digit, found)
        elif found is not None:
            found = either(digit, found)
    return found or {}


def _by_quality(rows: Parts, digits: Sequence[Parts], top: int, quality: int = 0) -> Iterator[tuple[int, Parts]]:
    """Yield each quality that a row has, from `top` down, with its rows; `quality` is that of the digits before."""
    if not rows or quality > top:
        return
    if not digits:
        yield quality, rows
        return
    digit, *lower = digits
    yield from _by_quality(_both(rows, digit), lower, top, quality + 2 ** len(lower))
    without = {part: left for part, bits in rows.items() if (left := bits & ~digit.get(part, 0))}
    yield from _by_quality(without, lower, top, quality)


def either(one: Parts, other: Parts) -> Parts:
    """Return the rows that one of both names."""
    return {part: one.get(part, 0) | other.get(part, 0) for part in one.keys() | other.keys()}


def _both(one: Parts, other: Parts) -> Parts:
    return {part: both for part, bits in one.items() if (both := bits & other.get(part, 0))}


def _count(parts: Parts) -> int:
    return sum(bits.bit_count() for bits in parts.values())


def _numbers(parts: Parts) -> Iterator[int]:
    return (part * ROWS_OF_PART + place for part, bits in parts.items() for place in _places(bits))


def _places(bits: int) -> Iterable[int]:
    """Yield the places of the bits that are set."""
    while bits:
        yield bits.bit_length() - 1
        bits ^= 1 << (bits.bit_length() - 1)
