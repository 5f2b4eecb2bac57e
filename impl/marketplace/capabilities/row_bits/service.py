"""Service of row bits: sets of rows of `listing_texts` as bits, and the rows of a set that have the best quality."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

# Rows of a part: two of them, with their bits as they are, fit in a page of the database.
ROWS_OF_PART: Final = 32_000

type Parts = Mapping[int, int]
"""Set of rows: bits by the numbers of their parts; parts without a bit may be left out."""


@dataclass(frozen=True, slots=True)
class RowBits:
    """Rows of `listing_texts` that may match: bits by their parts, and the numbers of those that have changed since.

    They are `whole` if all words and filters of a search have bits, so that most of these rows match.
    """

    parts: Parts
    changed: frozenset[int]
    whole: bool = True

    def met(self, other: "RowBits") -> "RowBits":
        """Return the rows that both name, and what has changed for either."""
        return RowBits(both(self.parts, other.parts), self.changed | other.changed, whole=self.whole and other.whole)

    def numbers(self, most: int) -> Sequence[int] | None:
        """Return the numbers of all rows; None if the bits name more than `most`."""
        return None if count(self.parts) > most else [*self.changed.union(numbers_of(self.parts))]

    def some(self, most: int) -> Sequence[int]:
        """Return the numbers of up to `most` of the rows, and of all that have changed."""
        return [*self.changed.union(islice(numbers_of(self.parts), most))]


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
            named = count(parts)
            if quality < highest and (named > alone or count(held) + named > most):
                yield self._span(quality + 1, highest, held)
                highest, held = quality, {}
            if named > alone:
                yield Span(quality, quality, None)
                highest = quality - 1
            else:
                held = either(held, parts)
        if highest >= 0:
            yield self._span(0, highest, held)

    def _span(self, lowest: int, highest: int, parts: Parts) -> Span:
        return Span(lowest, highest, [*self.rows.changed.union(numbers_of(parts))])


def between(digits: Sequence[Parts], first: int, last: int) -> Parts:
    """Return the rows with a value from `first`, above 0, to `last`; `digits` are the value's, the highest first."""
    return without(_at_least(digits, first), _at_least(digits, last + 1))


def _at_least(digits: Sequence[Parts], least: int) -> Parts:
    found: Parts | None = None  # of the digits so far, which may be lower than those of `least`
    for place, digit in enumerate(reversed(digits)):
        if least >> place & 1:
            found = digit if found is None else both(digit, found)
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
    yield from _by_quality(both(rows, digit), lower, top, quality + 2 ** len(lower))
    yield from _by_quality(without(rows, digit), lower, top, quality)


def either(one: Parts, other: Parts) -> Parts:
    """Return the rows of either set."""
    return {part: one.get(part, 0) | other.get(part, 0) for part in one.keys() | other.keys()}


def both(one: Parts, other: Parts) -> Parts:
    """Return the rows of both sets."""
    return {part: met for part, bits in one.items() if (met := bits & other.get(part, 0))}


def without(one: Parts, other: Parts) -> Parts:
    """Return the rows of the one set that the other lacks."""
    return {part: left for part, bits in one.items() if (left := bits & ~other.get(part, 0))}


def count(parts: Parts) -> int:
    """Return the number of rows in a set."""
    return sum(bits.bit_count() for bits in parts.values())


def numbers_of(parts: Parts) -> Iterator[int]:
    """Yield the numbers of the rows in a set."""
    return (part * ROWS_OF_PART + place for part, bits in parts.items() for place in _places(bits))


def parts_of(numbers: Iterable[int]) -> Parts:
    """Return the set of the rows with these numbers."""
    parts: dict[int, int] = {}
    for number in numbers:
        part, place = divmod(number, ROWS_OF_PART)
        parts[part] = parts.get(part, 0) | 1 << place
    return parts


def _places(bits: int) -> Iterable[int]:
    """Yield the places of the bits that are set."""
    while bits:
        yield bits.bit_length() - 1
        bits ^= 1 << (bits.bit_length() - 1)


def renewed(before: bytes | None, part: int, numbers: Iterable[int], places: Iterable[int]) -> bytes:
    """Return the stored bits of a part, `before` or none, with the rows of these numbers at these places only."""
    bits = bytearray(before or bytes(ROWS_OF_PART // 8))
    for number in numbers:
        if number // ROWS_OF_PART == part:
            place = number % ROWS_OF_PART
            bits[place // 8] &= ~(1 << place % 8)
    for place in places:
        bits[place // 8] |= 1 << place % 8
    return bytes(bits)
