"""Service of filter bits: keeps the rows that each choice of a filter leaves, and tells which rows all filters leave.

Words and filters are in indexes of two tables. Those that hundreds of thousands of listings have, and that never meet,
are compared row by row there; of their bits it is a thousandth of the time. Bits are kept as those of frequent words:
triggers note the rows that change, the worker brings their bits up to date, and whoever reads takes bits and notes in
one statement, and looks at each row that they name. PostgreSQL only.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from typing import Final, Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel.database import Database
from impl.kernel.reader import Reader
from impl.marketplace.capabilities.filter_bits.repository import (
    CATEGORY,
    CURRENCY,
    LICENSED,
    PRICE,
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
from impl.marketplace.capabilities.row_bits.service import ROWS_OF_PART, Parts, RowBits, RowsByQuality, between, either
from impl.marketplace.capabilities.search.service import (
    LICENSED_LISTINGS,
    LISTINGS,
    LookRow,
    PlannedSearch,
    SearchPlanner,
    Shortlist,
)

__all__ = ["FilterBits", "FilterBitsKeeper", "Filtered"]

# Changed rows that one transaction brings up to date; to look at more than these costs a search more than bits save.
_TOGETHER: Final = 500
# Rows that one statement looks at when bits are made.
_RANGE: Final = 2 * ROWS_OF_PART
_STARS_MAX: Final = 5
# Name of what is asked for beside the filters.
_QUALITY: Final = "quality"


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


def choices_of(filters: Filtered) -> dict[str, Collection[str]]:
    """Return the choices of which each of these filters leaves any, by the name that they begin with.

    A category is asked for by its slug, and bounds of a price by all digits.
    """
    found: dict[str, Collection[str]] = {}
    is_bounded = filters.min_price is not None or filters.max_price is not None
    if filters.pricing is not None:
        found[PRICING] = [f"{PRICING} {filters.pricing}"]
    if filters.currency is not None:
        found[CURRENCY] = [f"{CURRENCY} {filters.currency}", *(() if is_bounded else (f"{CURRENCY} ",))]
    if is_bounded:
        found[PRICE] = PRICE_DIGITS
    if filters.min_rating is not None:
        found[RATED] = [f"{RATED} {stars}" for stars in range(filters.min_rating, _STARS_MAX + 1)]
    if filters.verified is not None:
        found[LICENSED] = [LICENSED]
    if filters.category is not None:
        found[CATEGORY] = []
    return found


class FilterBits:
    """Tells which rows all filters leave."""

    def __init__(self, reader: Reader, planner: SearchPlanner) -> None:
        self._repository = FilterBitsRepository(reader)
        self._frequent_words = FrequentWords(reader)
        self._planner = planner

    async def look(self, filters: Filtered, search: PlannedSearch) -> Shortlist:
        """Return what bits tell of a search for the words of a plan, narrowed by the filters."""
        rows = await self.rows(filters)
        numbers = None if rows is None else rows.numbers(self._planner.bounds.few)
        if numbers is None:
            return Shortlist(many=rows if rows is not None and rows.whole else None)
        return Shortlist(await self._among(filters, search, numbers))

    async def some(self, filters: Filtered, search: PlannedSearch, most: int) -> PlannedSearch:
        """Return the plan for what bits leave, where it is little, and where it is much, for `most` of it first.

        Somewhat more is looked at, as some has changed since, and some may be beyond a bound of the price.
        """
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
        """Return the rows that may have all words and pass the filters; None where nothing tells.

        Words without bits, and filters of which none are kept, narrow nothing.
        """
        choices, left, having = choices_of(filters), None, None
        if choices:
            kept = await self._kept(choices, filters.category)
            if kept is None:
                return None
            left = kept.left(choices, filters.min_price, filters.max_price)
        if filters.words:
            having = await self._frequent_words.bits(filters.words)
            if having is None:
                return None
        return left if having is None else having if left is None else having.met(left)

    async def by_quality(self, filters: Filtered, rows: RowBits | None) -> RowsByQuality | None:
        """Return these rows, or those that filters leave, by quality; None where nothing tells of all words."""
        rows = await self.rows(filters) if rows is None else rows
        kept = None if rows is None or not rows.whole else await self._kept({_QUALITY: QUALITY_DIGITS}, None)
        if rows is None or kept is None:
            return None
        found = RowBits(rows.parts, rows.changed | kept.changed)
        return RowsByQuality(found, [kept.parts.get(digit, {}) for digit in QUALITY_DIGITS])

    async def _kept(self, choices: Mapping[str, Collection[str]], category: str | None) -> "_Kept | None":
        """Return the bits of these choices; None while there are none, or where too much has changed."""
        rows = await self._repository.parts(
            [one for of_filter in choices.values() for one in of_filter],
            category,
            most=_TOGETHER + 1,
        )
        changed = frozenset(row["number"] for row in rows if not row["choice"])
        if len(changed) > _TOGETHER or not any(row["choice"] and not row["bits"] for row in rows):
            return None
        parts: dict[str, dict[int, int]] = {}
        for row in rows:
            if row["bits"]:
                parts.setdefault(row["choice"], {})[row["number"]] = int.from_bytes(row["bits"], "little")
        return _Kept(parts, changed)


@dataclass(frozen=True, slots=True)
class _Kept:
    """Bits of choices, and the numbers of the rows that have changed since."""

    parts: Mapping[str, Parts]
    changed: frozenset[int]

    def left(self, names: Collection[str], low: int | None, high: int | None) -> RowBits:
        """Return the rows that have one of the choices of each filter, by the name that its choices begin with.

        Of bounds of a price it is what has its place or one between: a few of these are beyond.
        """
        left: dict[str, Parts] = {name: {} for name in names}
        for choice, parts in self.parts.items():
            name = choice.partition(" ")[0]
            left[name] = either(left[name], parts)
        if PRICE in left:
            first = 1 if low is None else 1 + bisect_right(PRICE_STEPS, low)
            last = 1 + (len(PRICE_STEPS) if high is None else bisect_right(PRICE_STEPS, high))
            left[PRICE] = between([self.parts.get(digit, {}) for digit in PRICE_DIGITS], first, last)
        return reduce(RowBits.met, (RowBits(parts, self.changed) for parts in left.values()))


class FilterBitsKeeper:
    """Worker's part: makes the bits of filters, and brings those of changed rows up to date."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._repository = FilterBitsRepository(database.reader)

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
                    found = await self._repository.places_of_range(tx, first, first + _RANGE - 1)
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
        found = await self._repository.places(tx, numbers)
        await self._repository.put(tx, _bits_of(found, had, numbers))


def _bits_of(
    found: Iterable[PlacesOfChoice], had: Mapping[tuple[str, int], bytes], numbers: Collection[int]
) -> Sequence[NewFilterRows]:
    """Return the bits that change where the rows of these numbers have what was found, and nothing else."""
    places = {(row["choice"], row["part"]): row["places"] for row in found}
    renewed: list[NewFilterRows] = []
    for choice, part in had.keys() | places.keys():
        before = had.get((choice, part), bytes(ROWS_OF_PART // 8))
        bits = bytearray(before)
        for number in numbers:
            if number // ROWS_OF_PART == part:
                place = number % ROWS_OF_PART
                bits[place // 8] &= ~(1 << place % 8)
        for place in places.get((choice, part), ()):
            bits[place // 8] |= 1 << place % 8
        if bits != before:
            renewed.append({"choice": choice, "part": part, "bits": bytes(bits)})
    return renewed
