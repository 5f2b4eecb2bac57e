"""Statements on the rows that pass filters."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any, Final, TypedDict
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    ColumnElement,
    Date,
    Integer,
    LargeBinary,
    Select,
    SQLColumnExpression,
    Text,
    any_,
    bindparam,
    case,
    cast,
    delete,
    func,
    literal_column,
    select,
    text,
    true,
    type_coerce,
    union_all,
)
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel.reader import Reader
from impl.kernel.statements import Query
from impl.kernel.tables import core_table
from impl.kernel.upserts import upsert_into
from impl.marketplace.capabilities.categories.tables import CategorySlug
from impl.marketplace.capabilities.filter_bits.tables import FilterRows, ListingFilterChange, NewFilterRows
from impl.marketplace.capabilities.listing_filters.service import PRICE_BANDS
from impl.marketplace.capabilities.listings.tables import UNPRICED, Listing, ListingCategory
from impl.marketplace.capabilities.row_bits.service import ROWS_OF_PART
from impl.marketplace.capabilities.search.service import LISTINGS, QUALITY_MAX
from impl.marketplace.capabilities.spelling.tables import PLAIN_TEXT

_ROWS, _CHANGES, _TEXTS = core_table(FilterRows), core_table(ListingFilterChange), LISTINGS.table

# Names of choices; each is followed by a space and its value. That of a category, whose value is an id, is short enough
# for two parts to fit in a page.
CATEGORY, CURRENCY, LICENSED, PRICING, RATED = "in", "currency", "licensed", "pricing", "rated"
# Choices of the rows whose quality, the last day of whose licence, or the place of whose price has each binary digit,
# from the highest digit on.
QUALITY_DIGITS: Final = tuple(f"quality {digit}" for digit in reversed(range(QUALITY_MAX.bit_length())))
LICENCE_DIGITS: Final = tuple(f"{LICENSED} {digit}" for digit in reversed(range(12)))
PRICE_DIGITS: Final = tuple(f"price {digit}" for digit in reversed(range(10)))
# Choice of every row: where it is not there, no bits have been made. Other choices, or others of what a choice leaves,
# have another number, so that all bits are made anew.
ALL: Final = "all 5"
# Days are counted from this one on; those that more digits would tell, in 2037 and later, are taken for the last one.
DAY_ZERO: Final = date(2025, 12, 31)
LAST_DAY: Final = 2 ** len(LICENCE_DIGITS) - 1
# Steps of a price in minor units: where bands of prices begin, and others, each 1.5% more than the one before. The
# place of a price is one more than the number of those up to it, as what has no price has the place 0.
_BEGINNINGS: Final = {low for low, _ in PRICE_BANDS}
_STEPS_BETWEEN: Final = 2 ** len(PRICE_DIGITS) - 2 - len(_BEGINNINGS)
PRICE_STEPS: Final = sorted({*_BEGINNINGS, *(round(100 * 2 ** (number / 48)) for number in range(_STEPS_BETWEEN))})


class ChoiceRow(TypedDict):
    """Bits of one part of a choice; without a choice, the number of a row that has changed since.

    With a `slug`, it is the choice of the category to which the slug leads, without bits.
    """

    choice: str
    number: int
    bits: bytes
    slug: str


class FilterChangeRow(TypedDict):
    number: int
    listing_number: int


class PlacesOfChoice(TypedDict):
    """Places, in one part, of the rows that pass a choice."""

    choice: str
    part: int
    places: list[int]


class _Choice(TypedDict):
    choice: str
    part: int
    bits: bytes


_NO_BITS: Final = literal_column("''::bytea", LargeBinary).label("bits")
_NO_TEXT: Final = literal_column("''", PLAIN_TEXT)
_CHANGED: Final = (
    select(_NO_TEXT.label("choice"), _CHANGES.c.listing_number.label("number"), _NO_BITS, _NO_TEXT.label("slug"))
    .limit(bindparam("most", type_=Integer))
    .subquery()
)
_ANY: Final = (
    select(_ROWS.c.choice, _ROWS.c.part.label("number"), _NO_BITS, _NO_TEXT.label("slug"))
    .where(_ROWS.c.choice == literal_column(f"'{ALL}'", PLAIN_TEXT))
    .limit(1)
    .subquery()
)
_OF_SLUG: Final = literal_column(f"'{CATEGORY} '", PLAIN_TEXT) + cast(CategorySlug.leads_to_id, Text)
_THESE_SLUGS: Final = CategorySlug.slug.in_(bindparam("slugs", type_=PLAIN_TEXT, expanding=True))
_CHOICES_OF_SLUGS: Final = func.array(select(_OF_SLUG).where(_THESE_SLUGS).scalar_subquery(), type_=ARRAY(PLAIN_TEXT))
_FOUND: Final = select(_ROWS.c.choice, _ROWS.c.part.label("number"), _ROWS.c.bits, _NO_TEXT.label("slug"))
# All in one statement: what the worker takes from the changes is among the bits.
_PARTS: Final = Query(
    union_all(
        _FOUND.where(_ROWS.c.choice.in_(bindparam("choices", type_=PLAIN_TEXT, expanding=True))),
        _FOUND.where(_ROWS.c.choice == any_(_CHOICES_OF_SLUGS)),
        select(
            _OF_SLUG.label("choice"), literal_column("0", BigInteger).label("number"), _NO_BITS, CategorySlug.slug
        ).where(_THESE_SLUGS),
        _ANY.select(),
        _CHANGED.select(),
    ),
    ChoiceRow,
)
_NOTED: Final = Query(
    select(_CHANGES.c.number, _CHANGES.c.listing_number)
    .order_by(_CHANGES.c.number)
    .limit(bindparam("limit", type_=Integer)),
    FilterChangeRow,
)
_OF_PARTS: Final = Query(
    select(_ROWS.c.choice, _ROWS.c.part, _ROWS.c.bits).where(
        _ROWS.c.part.in_(bindparam("parts", type_=BigInteger, expanding=True))
    ),
    _Choice,
)


def _text(name: str, value: SQLColumnExpression[Any]) -> ColumnElement[str]:
    """Return the name of the choice for a value; NULL for NULL, which is no choice."""
    return literal_column(f"'{name} '", Text) + cast(value, Text)


def _having(value: ColumnElement[int], digit: str) -> ColumnElement[str]:
    """Return the name of a binary digit's choice if the value has that digit, else NULL."""
    power = literal_column(str(2 ** int(digit.rpartition(" ")[2])), Integer)
    return case((value.op("&")(power) > literal_column("0"), literal_column(f"'{digit}'", Text)))


_STARS: Final = case((Listing.rating_tenths >= 10, Listing.rating_tenths // literal_column("10", Integer)))
_STEPS: Final[ColumnElement[Any]] = array([literal_column(str(step)) for step in PRICE_STEPS])
# In a row of its own, which the steps stand in once.
_PRICED: Final = (
    select((func.width_bucket(Listing.price_minor, _STEPS, type_=Integer) + literal_column("1")).label("place"))
    .correlate(Listing)
    .lateral("priced")
)
_CATEGORIES: Final = (
    select(func.array_agg(_text(CATEGORY, ListingCategory.category_id), type_=ARRAY(Text)))
    .where(ListingCategory.service_id == _TEXTS.c.service_id)
    .scalar_subquery()
)
_ZERO: Final = literal_column(f"DATE '{DAY_ZERO}'", Date)
_LATEST: Final = literal_column(f"DATE '{DAY_ZERO + timedelta(days=LAST_DAY)}'", Date)
# Without an end, the last day is infinity.
_DAY: Final = type_coerce(func.least(func.greatest(_TEXTS.c.licensed_until, _ZERO), _LATEST) - _ZERO, Integer)
# Choices of a listing; it has no currency where it has no price.
_CHOICES: Final = array(
    [
        literal_column(f"'{ALL}'", Text),
        _text(PRICING, Listing.pricing_kind),
        _text(CURRENCY, func.coalesce(Listing.currency, "")),
        _text(RATED, _STARS),
        case((_TEXTS.c.licensed_until.is_not(None), literal_column(f"'{LICENSED}'", Text))),
        *(_having(_TEXTS.c.quality, digit) for digit in QUALITY_DIGITS),
        *(_having(_DAY, digit) for digit in LICENCE_DIGITS),
        *(_having(_PRICED.c.place, digit) for digit in PRICE_DIGITS),
    ]
)


@cache
def places_query(hidden: Select[UUID], *, of_some: bool) -> Query[PlacesOfChoice]:
    """Select, by choice and part, the places of rows with the bound `numbers`, or with those from `first` to `last`.

    Rows of the `hidden` businesses are left out.
    """
    number = _TEXTS.c.number
    if of_some:
        these = number == any_(bindparam("numbers", type_=ARRAY(BigInteger)))
    else:
        these = number.between(bindparam("first"), bindparam("last"))
    chosen = func.unnest(func.array_cat(_CHOICES, _CATEGORIES)).table_valued("choice").render_derived("chosen")
    choice = type_coerce(chosen.c.choice, Text)
    part = number // literal_column(str(ROWS_OF_PART), BigInteger)
    place = cast(number % literal_column(str(ROWS_OF_PART), BigInteger), Integer)
    rows = select(choice.label("choice"), part.label("part"), func.json_agg(place, type_=JSON).label("places"))
    rows = rows.select_from(_TEXTS).join(Listing, Listing.service_id == _TEXTS.c.service_id)
    rows = rows.join(_PRICED, true()).join(chosen, true())
    rows = rows.where(_TEXTS.c.live, _TEXTS.c.profile_id.not_in(hidden), these, choice.is_not(None))
    return Query(rows.group_by(choice, part), PlacesOfChoice, replanned=True)


class NumberRow(TypedDict):
    number: int


_PRICED_BETWEEN: Final = Query(
    select(_TEXTS.c.number)
    .join(Listing, Listing.service_id == _TEXTS.c.service_id)
    .where(
        _TEXTS.c.number == any_(bindparam("numbers", type_=ARRAY(BigInteger))),
        Listing.price_minor.between(bindparam("low", type_=BigInteger), bindparam("high", type_=BigInteger)),
    ),
    NumberRow,
)


class FilterBitsRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def parts(self, choices: Collection[str], slugs: Collection[str], *, most: int) -> Sequence[ChoiceRow]:
        """Return the bits of these choices and of the categories with these slugs, and up to `most` changed rows."""
        return await self._reader.all(_PARTS, choices=[*choices], slugs=[*slugs], most=most)

    async def places_now(self, numbers: Collection[int], hidden: Select[UUID]) -> Sequence[PlacesOfChoice]:
        """Return the places of the rows with these numbers in each choice, as everyone sees them now."""
        return await self._reader.all(places_query(hidden, of_some=True), numbers=[*numbers])

    async def priced(self, numbers: Sequence[int], low: int | None, high: int | None) -> Sequence[int]:
        """Return those of these row numbers whose listing has a price between the bounds."""
        bounds = {"low": 0 if low is None else low, "high": UNPRICED if high is None else high}
        return [row["number"] for row in await self._reader.all(_PRICED_BETWEEN, numbers=numbers, **bounds)]

    async def lock(self, tx: AsyncSession) -> None:
        """Lock the bits until the commit, because they are read and then written as a whole."""
        await tx.execute(text("LOCK TABLE marketplace.filter_rows IN SHARE ROW EXCLUSIVE MODE"))

    async def are_made(self, tx: AsyncSession) -> bool:
        return await tx.scalar(select(_ROWS.c.part).where(_ROWS.c.choice == ALL).limit(1)) is not None

    async def clear(self, tx: AsyncSession) -> None:
        """Delete the bits that a release with other choices has made."""
        await tx.execute(delete(_ROWS))

    async def changes(self, tx: AsyncSession, *, limit: int) -> Sequence[FilterChangeRow]:
        return await _NOTED.fetch_all(tx, limit=limit)

    async def forget(self, tx: AsyncSession, changes: Collection[FilterChangeRow]) -> None:
        """Delete the notes of changes that the bits contain now."""
        await tx.execute(delete(_CHANGES).where(_CHANGES.c.number.in_([row["number"] for row in changes])))

    async def last_number(self, tx: AsyncSession) -> int | None:
        last: int | None = await tx.scalar(select(func.max(_TEXTS.c.number)))
        return last

    async def places(
        self, tx: AsyncSession, numbers: Collection[int], hidden: Select[UUID]
    ) -> Sequence[PlacesOfChoice]:
        """Return the places of the rows with these numbers in each choice, as the transaction sees them."""
        return await places_query(hidden, of_some=True).fetch_all(tx, numbers=[*numbers])

    async def places_of_range(
        self, tx: AsyncSession, first: int, last: int, hidden: Select[UUID]
    ) -> Sequence[PlacesOfChoice]:
        return await places_query(hidden, of_some=False).fetch_all(tx, first=first, last=last)

    async def bits(self, tx: AsyncSession, parts: Collection[int]) -> Mapping[tuple[str, int], bytes]:
        """Return the bits of all choices in these parts."""
        rows = await _OF_PARTS.fetch_all(tx, parts=[*parts])
        return {(row["choice"], row["part"]): row["bits"] for row in rows}

    async def put(self, tx: AsyncSession, rows: Sequence[NewFilterRows]) -> None:
        if rows:
            added = upsert_into(tx, _ROWS)
            await tx.execute(
                added.on_conflict_do_update(index_elements=["choice", "part"], set_={"bits": added.excluded.bits}),
                list(rows),
            )
