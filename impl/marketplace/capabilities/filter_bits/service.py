"""Service of filter bits: stores which rows pass each choice of a filter, and combines the choices of a search.

Words and filters are in indexes of two tables. If hundreds of thousands of listings have each and hardly any has both,
they would be compared row by row; combining their bits takes a thousandth of that time. They are stored like those of
frequent words: triggers note the rows that change, the worker updates their bits, and readers read bits and notes in
one statement. A search compares each row that they name; counts compare those that have changed since. PostgreSQL only.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from itertools import chain
from typing import Final, Protocol
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel.database import Database
from impl.kernel.paging import COUNTED
from impl.kernel.reader import Reader
from impl.marketplace.capabilities.filter_bits.repository import (
    ALL,
    CATEGORY,
    CURRENCY,
    DAY_ZERO,
    LAST_DAY,
    LICENCE_DIGITS,
    LICENSED,
    PRICE_DIGITS,
    PRICE_STEPS,
    PRICING,
    QUALITY_DIGITS,
    RATED,
    FilterBitsRepository,
    PlacesOfChoice,
)
from impl.marketplace.capabilities.filter_bits.tables import NewFilterRows
from impl.marketplace.capabilities.frequent_words.service import FrequentWords
from impl.marketplace.capabilities.listings.tables import PricingKind
from impl.marketplace.capabilities.row_bits.service import (
    ROWS_OF_PART,
    Parts,
    RowBits,
    RowsByQuality,
    between,
    both,
    count,
    either,
    numbers_of,
    parts_of,
    renewed,
    without,
)
from impl.marketplace.capabilities.search.service import (
    LICENSED_LISTINGS,
    LISTINGS,
    LookRow,
    PlannedSearch,
    SearchPlanner,
    Shortlist,
)

__all__ = ["FilterBits", "FilterBitsKeeper", "FilterCounts", "Filtered"]

# Changed rows that one transaction brings up to date; to look at more than these costs a search more than bits save.
_TOGETHER: Final = 500
# Rows that one statement looks at when bits are made.
_RANGE: Final = 2 * ROWS_OF_PART
_STARS_MAX: Final = 5
_IN: Final = f"{CATEGORY} "
_STEPS: Final = frozenset(PRICE_STEPS)


class Filtered(Protocol):
    """Filters on listings; None leaves one out."""

    @property
    def words(self) -> tuple[str, ...] | None: ...
    @property
    def category(self) -> str | None: ...
    @property
    def pricing(self) -> PricingKind | None: ...
    @property
    def currency(self) -> str | None: ...
    @property
    def min_price(self) -> int | None: ...
    @property
    def max_price(self) -> int | None: ...
    @property
    def min_rating(self) -> int | None: ...
    @property
    def verified(self) -> date | None: ...


type Choices = tuple[str, ...]
"""Choices that a filter accepts, any one of them; the choice of a category has its slug."""

type PriceBounds = tuple[int | None, int | None]
"""Lowest and highest price."""


def choices_of(filters: Filtered) -> Collection[Choices]:
    """Return the accepted choices of each filter that is set; bounds of a price are no choices."""
    found: list[Choices] = []
    if filters.pricing is not None:
        found.append((f"{PRICING} {filters.pricing}",))
    if filters.currency is not None:
        unpriced = (f"{CURRENCY} ",) if _bounds_of(filters) is None else ()
        found.append((f"{CURRENCY} {filters.currency}", *unpriced))
    if filters.min_rating is not None:
        found.append(tuple(f"{RATED} {stars}" for stars in range(filters.min_rating, _STARS_MAX + 1)))
    if filters.verified is not None:
        found.append((LICENSED,))
    if filters.category is not None:
        found.append((_IN + filters.category,))
    return found


def _bounds_of(filters: Filtered) -> PriceBounds | None:
    """Return the bounds of the price, if there are any."""
    bounds = filters.min_price, filters.max_price
    return None if bounds == (None, None) else bounds


class FilterBits:
    """Finds the rows that pass all filters of a search."""

    def __init__(self, reader: Reader, planner: SearchPlanner) -> None:
        self._repository = FilterBitsRepository(reader)
        self._frequent_words = FrequentWords(reader)
        self._planner = planner

    async def look(self, filters: Filtered, search: PlannedSearch) -> Shortlist:
        """Return the rows that bits name for the words of a plan and the filters, if few, or else the bits."""
        rows = await self.rows(filters)
        numbers = None if rows is None else rows.numbers(self._planner.bounds.few)
        if numbers is None:
            return Shortlist(many=rows if rows is not None and rows.whole else None)
        return Shortlist(await self._among(filters, search, numbers))

    async def some(self, filters: Filtered, search: PlannedSearch, most: int) -> PlannedSearch:
        """Return the plan for the rows that bits name; if they are many, one that reads `most` of them first.

        It reads somewhat more than `most`, because some have changed since, and some prices are beyond a bound.
        """
        if search.plan.few or not self._planner.looks_ahead:
            return search
        found = await self.look(filters, search)
        if found.many is None or not filters.words:  # without words, an index holds what is counted
            return search.of_few(found.few)
        is_bounded = filters.min_price is not None or filters.max_price is not None
        numbers = found.many.some(2 * most if is_bounded else most + most // 8)
        return replace(search, first=search.of_few(await self._among(filters, search, numbers)))

    async def _among(self, filters: Filtered, search: PlannedSearch, numbers: Sequence[int]) -> Sequence[LookRow]:
        if filters.verified is None:
            return await self._planner.among(LISTINGS, search, numbers)
        licensed = replace(search, binds={**search.binds, "today": filters.verified})
        return await self._planner.among(LICENSED_LISTINGS, licensed, numbers)

    async def rows(self, filters: Filtered) -> RowBits | None:
        """Return the rows that may have all words and pass the filters; None where there are no bits.

        Words without bits, and filters of which none are kept, narrow nothing.
        """
        choices, bounds, left, having = choices_of(filters), _bounds_of(filters), None, None
        if choices or bounds is not None:
            kept = await _kept(self._repository, choices, is_priced=bounds is not None)
            if kept is None:
                return None
            prices = () if bounds is None else (kept.priced(bounds).named,)
            left = RowBits(reduce(both, (*map(kept.any_of, choices), *prices)), kept.changed)
        if filters.words:
            having = await self._frequent_words.bits(filters.words)
            if having is None:
                return None
        return left if having is None else having if left is None else having.met(left)

    async def by_quality(self, filters: Filtered, rows: RowBits | None) -> RowsByQuality | None:
        """Return these rows, or those that pass the filters, by quality; None unless all words have bits."""
        rows = await self.rows(filters) if rows is None else rows
        kept = None if rows is None or not rows.whole else await _kept(self._repository, [QUALITY_DIGITS])
        if rows is None or kept is None:
            return None
        return RowsByQuality(RowBits(rows.parts, rows.changed | kept.changed), kept.each(QUALITY_DIGITS))


class FilterCounts:
    """Counts rows that have all words and pass filters, by bits alone; rows that have changed since are read before."""

    def __init__(self, reader: Reader, planner: SearchPlanner, hidden: Select[UUID]) -> None:
        self._repository = FilterBitsRepository(reader)
        self._frequent_words = FrequentWords(reader)
        self._planner = planner
        self._hidden = hidden

    async def of[FiltersT: Filtered](self, each: Collection[FiltersT]) -> Mapping[FiltersT, int] | None:
        """Count the rows that pass each of the filters; None where bits cannot tell.

        All filters have the same words and day of a licence. Counts up to COUNTED are exact, and others are above it.
        """
        words, today = next((filters.words or (), filters.verified) for filters in each)
        day = None if today is None else (today - DAY_ZERO).days
        having = await self._frequent_words.bits(words)
        if having is None or not having.whole or not (day is None or 0 < day < LAST_DAY):
            return None
        choices, bounds = {one: choices_of(one) for one in each}, {one: _bounds_of(one) for one in each}
        asked = {(ALL,), *chain.from_iterable(choices.values()), *([LICENCE_DIGITS] if day is not None else [])}
        kept = await _kept(self._repository, asked, is_priced=any(bounds.values()))
        if kept is None:
            return None
        kept, rows = await self._current(words, having, kept)
        rows = both(rows, kept.any_of((ALL,)))
        if day is not None:
            rows = both(rows, between(kept.each(LICENCE_DIGITS), day, LAST_DAY))
        rows_of = {one: kept.any_of(one) for one in asked}
        passing = {one: reduce(both, (rows_of[choice] for choice in choices[one]), rows) for one in each}
        return await self._counts(passing, bounds, kept)

    async def _current(self, words: tuple[str, ...], having: RowBits, kept: "_Kept") -> tuple["_Kept", Parts]:
        """Return the bits of choices, and the rows that have all words, with the rows that have changed since."""
        changed = having.changed | kept.changed
        if not changed:
            return kept, having.parts
        kept = kept.renewed(changed, await self._repository.places_now(changed, self._hidden))
        now = parts_of(await self._planner.numbers(words, changed))
        return kept, either(without(having.parts, parts_of(changed)), now)

    async def _counts[FiltersT: Filtered](
        self, passing: Mapping[FiltersT, Parts], bounds: Mapping[FiltersT, PriceBounds | None], kept: "_Kept"
    ) -> Mapping[FiltersT, int] | None:
        """Count those of the rows whose price is within the bounds, too; None if too many prices are near a bound."""
        priced = {one: kept.priced(one) for one in bounds.values() if one is not None}
        counts = dict[FiltersT, int]()
        unsure = dict[PriceBounds, dict[FiltersT, Parts]]()
        for filters, rows in passing.items():
            bound = bounds[filters]
            counts[filters] = count(rows if bound is None else both(rows, priced[bound].inside))
            if bound is not None and counts[filters] <= COUNTED:
                unsure.setdefault(bound, {})[filters] = both(rows, priced[bound].beside)
        for bound, of_bound in unsure.items():
            doubtful = reduce(either, of_bound.values())
            if count(doubtful) > self._planner.bounds.few:
                return None
            within = parts_of(await self._repository.priced([*numbers_of(doubtful)], *bound)) if doubtful else {}
            for filters, rows in of_bound.items():
                counts[filters] += count(both(rows, within))
        return counts


@dataclass(frozen=True, slots=True)
class _Priced:
    """Rows whose price is certainly between two bounds, and rows whose price may be beyond one of them."""

    inside: Parts
    beside: Parts

    @property
    def named(self) -> Parts:
        return either(self.inside, self.beside)


@dataclass(frozen=True, slots=True)
class _Kept:
    """Bits of choices, those of categories by their slugs too, and the numbers of the rows that have changed since."""

    parts: Mapping[str, Parts]
    slugs: Mapping[str, str]
    changed: frozenset[int]

    def each(self, choices: Choices) -> Sequence[Parts]:
        """Return the rows that each of these choices leaves."""
        return [self.parts.get(self.slugs.get(one, one), {}) for one in choices]

    def any_of(self, choices: Choices) -> Parts:
        """Return the rows that one of these choices leaves."""
        return reduce(either, self.each(choices))

    def priced(self, bounds: PriceBounds) -> _Priced:
        """Return the rows whose price is between these bounds, as exactly as the steps of prices allow."""
        low, high = bounds
        first = 1 if low is None else 1 + bisect_right(PRICE_STEPS, low)
        last = 1 + (len(PRICE_STEPS) if high is None else bisect_right(PRICE_STEPS, high))
        digits = self.each(PRICE_DIGITS)
        named = between(digits, first, last)
        is_first_whole, is_last_whole = low is None or low in _STEPS, high is None or high + 1 in _STEPS
        if is_first_whole and is_last_whole:
            return _Priced(named, {})
        inside = between(digits, first + (not is_first_whole), last - (not is_last_whole))
        return _Priced(inside, without(named, inside))

    def renewed(self, changed: Collection[int], places: Iterable[PlacesOfChoice]) -> "_Kept":
        """Return the bits with the changed rows at the places where they are now."""
        now: dict[str, dict[int, int]] = {}
        for row in places:
            now.setdefault(row["choice"], {})[row["part"]] = sum(1 << place for place in row["places"])
        numbers = parts_of(changed)
        each = {
            choice: either(without(self.parts.get(choice, {}), numbers), now.get(choice, {}))
            for choice in self.parts.keys() | now.keys()
        }
        return _Kept(each, self.slugs, frozenset())


async def _kept(
    repository: FilterBitsRepository, choices: Iterable[Choices], *, is_priced: bool = False
) -> _Kept | None:
    """Return the bits of these choices; None while there are none, or where too much has changed."""
    asked = {*chain.from_iterable(choices), *(PRICE_DIGITS if is_priced else ())}
    slugs = [one.removeprefix(_IN) for one in asked if one.startswith(_IN)]
    rows = await repository.parts(asked, slugs, most=_TOGETHER + 1)
    changed = frozenset(row["number"] for row in rows if not row["choice"])
    if len(changed) > _TOGETHER or not any(row["choice"] == ALL for row in rows):
        return None
    parts: dict[str, dict[int, int]] = {}
    for row in rows:
        if row["bits"]:
            parts.setdefault(row["choice"], {})[row["number"]] = int.from_bytes(row["bits"], "little")
    return _Kept(parts, {_IN + row["slug"]: row["choice"] for row in rows if row["slug"]}, changed)


class FilterBitsKeeper:
    """Worker's part: makes the bits of filters, and brings those of changed rows up to date."""

    def __init__(self, database: Database, hidden: Select[UUID]) -> None:
        self._database = database
        self._repository = FilterBitsRepository(database.reader)
        self._hidden = hidden

    async def add_up(self) -> bool:
        """Bring some changed rows up to date, or else make all bits; return whether more may wait."""
        if self._database.dialect != "postgresql":
            return False
        async with self._database.begin() as tx:
            await self._repository.lock(tx)
            are_made = await self._repository.are_made(tx)
            if not are_made and (last := await self._repository.last_number(tx)) is not None:
                await self._repository.clear(tx)
                # What is noted already stays noted: it costs a look, and is done next.
                for first in range(0, last + 1, _RANGE):
                    found = await self._repository.places_of_range(tx, first, first + _RANGE - 1, self._hidden)
                    await self._repository.put(tx, _bits_of(found, {}, ()))
                return True
            changes = await self._repository.changes(tx, limit=_TOGETHER)
            if changes:
                numbers = {change["listing_number"] for change in changes}
                await self._renew(tx, numbers)
                await self._repository.forget(tx, changes)
            return bool(changes)

    async def _renew(self, tx: AsyncSession, numbers: Collection[int]) -> None:
        had = await self._repository.bits(tx, {number // ROWS_OF_PART for number in numbers})
        found = await self._repository.places(tx, numbers, self._hidden)
        await self._repository.put(tx, _bits_of(found, had, numbers))


def _bits_of(
    found: Iterable[PlacesOfChoice], had: Mapping[tuple[str, int], bytes], numbers: Collection[int]
) -> Sequence[NewFilterRows]:
    """Return the bits that differ once the rows with these numbers are at the found places, and at no others."""
    places = {(row["choice"], row["part"]): row["places"] for row in found}
    changed: list[NewFilterRows] = []
    for choice, part in had.keys() | places.keys():
        before = had.get((choice, part))
        bits = renewed(before, part, numbers, places.get((choice, part), ()))
        if bits != before:
            changed.append({"choice": choice, "part": part, "bits": bits})
    return changed
