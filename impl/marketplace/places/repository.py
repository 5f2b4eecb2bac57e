"""Queries on places by the beginning of a name, and the import of the gazetteer."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final, Literal, TypedDict
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Double,
    Select,
    SQLColumnExpression,
    String,
    bindparam,
    case,
    delete,
    func,
    literal_column,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from impl.kernel.reader import Reader
from impl.kernel.statements import Command, Query
from impl.kernel.tables import core_table
from impl.kernel.upserts import Upsert
from impl.kernel.words import end_of_prefix
from impl.marketplace.places.tables import NewPlace, NewPlaceName, Place, PlaceKind, PlaceName

_SPACE: Final = literal_column("' '", String)

type Engine = Literal["postgresql", "sqlite"]

SUGGESTED: Final = 10
_TABLE: Final = core_table(Place)
_NAMES: Final = core_table(PlaceName)
# A town has several names with one beginning, and shall not leave others without a place among the suggestions.
_NAMES_LOOKED_THROUGH: Final = 100
_BATCH: Final = 2000
# Enough to know that a name is not one town's.
_NAMESAKES: Final = 50


class PlaceRow(TypedDict):
    id: UUID
    kind: str
    name: str
    locality: str | None
    admin_area: str | None
    country: str
    latitude: float
    longitude: float


class FoundRow(PlaceRow):
    population: int
    search_key: str
    is_whole: int


class CalledRow(FoundRow):
    """Place found by another name than its own."""

    matched_name: str


class NamedRow(FoundRow):
    # Name that was found, where it is another one than the place's own.
    matched_name: str | None


class TownRow(TypedDict):
    id: UUID
    latitude: float
    longitude: float


class EditionRow(TypedDict):
    edition: str


_ROWS: Final = select(
    Place.id,
    type_coerce(Place.kind, String).label("kind"),
    Place.name,
    Place.locality,
    Place.admin_area,
    Place.country,
    Place.latitude,
    Place.longitude,
)
_ONE: Final = Query(_ROWS.where(Place.id == bindparam("id")), PlaceRow)
_EASTWARD: Final = func.abs(Place.longitude - bindparam("longitude", type_=Double))
# A band of latitudes by its index, and of it what is within the width, on either side of 180 degrees.
_TOWNS_AROUND: Final = Query(
    select(Place.id, Place.latitude, Place.longitude).where(
        Place.kind == literal_column("'TOWN'", String),
        Place.latitude.between(bindparam("south", type_=Double), bindparam("north", type_=Double)),
        or_(bindparam("width", type_=Double) >= _EASTWARD, 360 - bindparam("width", type_=Double) <= _EASTWARD),
    ),
    TownRow,
)
_CODE: Final = Query(
    _ROWS.where(
        Place.search_key == bindparam("key"),
        Place.kind == PlaceKind.POSTAL_CODE,
        Place.country == bindparam("country"),
    ).limit(1),
    PlaceRow,
)
_EDITION: Final = Query(select(Place.edition).limit(1), EditionRow)
_ADD: Final = Upsert(_TABLE, lambda into: Command(into.on_conflict_do_nothing(), NewPlace))
_ADD_NAMES: Final = Upsert(_NAMES, lambda into: Command(into.on_conflict_do_nothing(), NewPlaceName))


def _begins(engine: Engine, key: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """Match a prefix: by LIKE and its index on PostgreSQL, by a range on SQLite, whose LIKE uses no index."""
    start = bindparam("begin", type_=String())
    if engine == "postgresql":
        return key.like(start)
    return key.between(start, bindparam("end", type_=String()))


def _begin_binds(engine: Engine, key: str) -> dict[str, object]:
    return {"begin": key, "end": end_of_prefix(key)} if engine == "sqlite" else {"begin": f"{key}%"}


def _ranked(
    engine: Engine, rows: Select[*tuple[Any, ...]], of: type[Place | PlaceName], *, in_country: bool, by_initial: bool
) -> Select[*tuple[Any, ...]]:
    """Keep what has the prefix; what has it as whole words comes first, then the larger.

    A prefix of one character is that of thousands, which an index has in this order.
    """
    key, whole = of.search_key, bindparam("whole", type_=String())
    is_whole = case((func.substr(key.concat(" "), 1, func.length(whole)) == whole, 1), else_=0)
    rows = rows.add_columns(Place.population, key.label("search_key"), is_whole.label("is_whole"))
    if in_country:
        rows = rows.where(of.country == bindparam("country"))
    last = Place.id if issubclass(of, Place) else of.place_id
    if by_initial:
        rows = rows.where(_character(key, 1) == bindparam("initial", type_=String()))
        is_word = _character(key.concat(_SPACE), 2) == _SPACE
        return rows.order_by(is_word.desc(), of.population.desc(), key, last)
    return rows.where(_begins(engine, key)).order_by(is_whole.desc(), of.population.desc(), key, last)


def _character(key: SQLColumnExpression[str], place: int) -> ColumnElement[str]:
    """Return a character of a key as the index has it, whose constants are no values to bind."""
    return func.substr(key, literal_column(str(place)), literal_column("1"), type_=String)


# Both are planned for their own prefix: one of two letters may stand for thousands of rows.


@cache
def suggest_query(engine: Engine, *, in_country: bool, by_initial: bool = False) -> Query[FoundRow]:
    """Select places by a prefix of their own name."""
    rows = _ranked(engine, _ROWS, Place, in_country=in_country, by_initial=by_initial)
    return Query(rows.limit(SUGGESTED), FoundRow, replanned=True)


@cache
def suggest_called_query(engine: Engine, *, in_country: bool, by_initial: bool = False) -> Query[CalledRow]:
    """Select towns by a prefix of another name, once for each of these."""
    named = _ROWS.add_columns(PlaceName.name.label("matched_name")).join(PlaceName, PlaceName.place_id == Place.id)
    rows = _ranked(engine, named, PlaceName, in_country=in_country, by_initial=by_initial)
    return Query(rows.limit(_NAMES_LOOKED_THROUGH), CalledRow, replanned=True)


@cache
def town_query(engine: Engine) -> Query[PlaceRow]:
    """Select the towns of a country by their whole name, in any of its states."""
    key = bindparam("key", type_=String())
    area = func.lower(func.coalesce(Place.admin_area, ""))
    is_it = or_(Place.search_key == key, Place.search_key == key.concat(" ").concat(area))
    begins = _begins(engine, Place.search_key)
    found = _ROWS.where(begins, is_it, Place.kind == PlaceKind.TOWN, Place.country == bindparam("country"))
    return Query(found.order_by(Place.population.desc(), Place.id).limit(_NAMESAKES), PlaceRow, replanned=True)


# Towns of a country by another of their names.
TOWNS_CALLED: Final = Query(
    _ROWS.join(PlaceName, PlaceName.place_id == Place.id)
    .where(PlaceName.search_key == bindparam("key"), Place.country == bindparam("country"))
    .order_by(Place.population.desc(), Place.id)
    .limit(_NAMESAKES),
    PlaceRow,
)


def _rank(row: NamedRow) -> tuple[int, bool, int, str, UUID]:
    return -row["is_whole"], row["matched_name"] is not None, -row["population"], row["search_key"], row["id"]


class PlaceRepository:
    def __init__(self, reader: Reader, engine: Engine) -> None:
        self._reader = reader
        self._engine = engine

    async def find(self, place_id: UUID) -> PlaceRow | None:
        return await self._reader.first(_ONE, id=place_id)

    async def towns_around(self, longitude: float, *, south: float, north: float, width: float) -> Sequence[TownRow]:
        return await self._reader.all(_TOWNS_AROUND, longitude=longitude, south=south, north=north, width=width)

    async def suggest(self, key: str, country: str | None) -> Sequence[NamedRow]:
        """Return the best places that have a name whose key begins with this one, which holds words and spaces only.

        A place's own name counts for more than its others, and each place is there once.
        """
        by_initial, in_country = len(key) == 1, country is not None
        begins: dict[str, object] = {"initial": key} if by_initial else _begin_binds(self._engine, key)
        binds = {**begins, "whole": f"{key} ", **({"country": country} if in_country else {})}
        own_query = suggest_query(self._engine, in_country=in_country, by_initial=by_initial)
        called_query = suggest_called_query(self._engine, in_country=in_country, by_initial=by_initial)
        own = await self._reader.all(own_query, **binds)
        called = await self._reader.all(called_query, **binds)
        by_own: list[NamedRow] = [{**row, "matched_name": None} for row in own]
        by_other: list[NamedRow] = [{**row} for row in called]
        best: dict[UUID, NamedRow] = {}
        for row in sorted((*by_own, *by_other), key=_rank):
            best.setdefault(row["id"], row)
        return [*best.values()][:SUGGESTED]

    async def find_code(self, key: str, country: str) -> PlaceRow | None:
        """Return the postal code of this key."""
        return await self._reader.first(_CODE, key=key, country=country)

    async def towns(self, key: str, country: str) -> Sequence[PlaceRow]:
        """Return the towns of this name or, where there is none, those that are also called so, the largest first."""
        own = await self._reader.all(
            town_query(self._engine), key=key, country=country, **_begin_binds(self._engine, key)
        )
        return own or await self._reader.all(TOWNS_CALLED, key=key, country=country)

    async def find_edition(self) -> str | None:
        """Return the edition of the imported places, or None if none are imported."""
        row = await self._reader.first(_EDITION)
        return None if row is None else row["edition"]

    async def replace(self, tx: AsyncSession, places: Sequence[NewPlace], names: Sequence[NewPlaceName]) -> None:
        """Replace all places with these."""
        await tx.execute(delete(PlaceName))
        await tx.execute(delete(Place))
        for start in range(0, len(places), _BATCH):
            await _ADD.on(tx).run_many(tx, places[start : start + _BATCH])
        for start in range(0, len(names), _BATCH):
            await _ADD_NAMES.on(tx).run_many(tx, names[start : start + _BATCH])
