"""Service of filter bits: keeps the rows that each choice of a filter leaves, and tells which rows all filters leave.

Words and filters are in indexes of two tables. Those that hundreds of thousands of listings have, and that never meet,
are compared row by row there; of their bits it is a thousandth of the time. Bits are kept as those of frequent words:
triggers note the rows that change, the worker brings their bits up to date, and whoever reads takes bits and notes in
one statement, and looks at each row that they name. PostgreSQL only.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
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
    PRICE_STEPS,
    PRICING,
    RATED,
    FilterBitsRepository,
    PlacesOfChoice,
)
from impl.marketplace.capabilities.filter_bits.tables import NewFilterRows
from impl.marketplace.capabilities.frequent_words.service import ROWS_OF_PART, FrequentWords, RowBits
from impl.marketplace.capabilities.listings.tables import PricingKind
from impl.marketplace.capabilities.search.service import (
    LICENSED_LISTINGS,
    LISTINGS,
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

    A category is asked for by its slug. Bounds of a price leave whole bands, and so too much.
    """
    found: dict[str, Collection[str]] = {}
    low, high = filters.min_price, filters.max_price
    is_bounded = low is not None or high is not None
    if filters.pricing is not None:
        found[PRICING] = [f"{PRICING} {filters.pricing}"]
    if filters.currency is not None:
        found[CURRENCY] = [f"{CURRENCY} {filters.currency}", *(() if is_bounded else (f"{CURRENCY} ",))]
    if is_bounded:
        first = 0 if low is None else bisect_right(PRICE_STEPS, low)
        last = len(PRICE_STEPS) if high is None else bisect_right(PRICE_STEPS, high)
        found[PRICE] = [f"{PRICE} {band}" for band in range(first, last + 1)]
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
            return Shortlist(is_many=rows is not None)
        if filters.verified is None:
            return Shortlist(await self._planner.among(LISTINGS, search, numbers))
        licensed = replace(search, binds={**search.binds, "today": filters.verified})
        return Shortlist(await self._planner.among(LICENSED_LISTINGS, licensed, numbers))

    async def rows(self, filters: Filtered) -> RowBits | None:
        """Return the rows that may have all words and pass the filters; None where nothing tells.

        Words without bits, and filters of which none are kept, narrow nothing.
        """
        choices = choices_of(filters)
        left = await self._left(choices, filters.category) if choices else None
        if left is None or not filters.words:
            return left
        having = await self._frequent_words.bits(filters.words)
        return None if having is None else having.met(left)

    async def _left(self, choices: Mapping[str, Collection[str]], category: str | None) -> RowBits | None:
        """Return the rows that have one of the choices of each filter; None while there are no bits of filters."""
        rows = await self._repository.parts(
            [one for of_filter in choices.values() for one in of_filter],
            category,
            most=_TOGETHER + 1,
        )
        changed = frozenset(row["number"] for row in rows if not row["choice"])
        if len(changed) > _TOGETHER or not any(row["choice"] and not row["bits"] for row in rows):
            return None
        bits: dict[str, dict[int, int]] = {name: {} for name in choices}
        for row in rows:
            if row["bits"]:
                parts = bits[row["choice"].partition(" ")[0]]
                parts[row["number"]] = parts.get(row["number"], 0) | int.from_bytes(row["bits"], "little")
        return reduce(RowBits.met, (RowBits(parts, changed) for parts in bits.values()))


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
