"""Queries on places by the beginning of a name, and the import of the gazetteer."""

from collections.abc import Sequence
from functools import cache
from typing import Final, Literal, TypedDict
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Double,
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
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel.reader import Reader
from impl.kernel.statements import Command, Query
from impl.kernel.tables import core_table
from impl.marketplace.places.tables import NewPlace, Place, PlaceKind

type Engine = Literal["postgresql", "sqlite"]

SUGGESTED: Final = 10
_TABLE: Final = core_table(Place)
# Sorts after every other character.
_LAST: Final = "\U0010ffff"
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
_ADD: Final = {
    name: Command(insert(_TABLE).on_conflict_do_nothing(), NewPlace)
    for name, insert in (("postgresql", postgresql.insert), ("sqlite", sqlite.insert))
}


def _begins(engine: Engine) -> ColumnElement[bool]:
    """Match a prefix: by LIKE and its index on PostgreSQL, by a range on SQLite, whose LIKE uses no index."""
    start = bindparam("begin", type_=String())
    if engine == "postgresql":
        return Place.search_key.like(start)
    return Place.search_key.between(start, bindparam("end", type_=String()))


@cache
def suggest_query(engine: Engine, *, in_country: bool) -> Query[PlaceRow]:
    """Select places by prefix; what has the prefix as whole words comes first, then the larger."""
    whole = bindparam("whole", type_=String())
    is_whole = func.substr(Place.search_key.concat(" "), 1, func.length(whole)) == whole
    statement = _ROWS.where(_begins(engine))
    if in_country:
        statement = statement.where(Place.country == bindparam("country"))
    order = (case((is_whole, 0), else_=1), Place.population.desc(), Place.search_key, Place.id)
    # Planned for its own prefix: one letter may stand for a tenth of all rows.
    return Query(statement.order_by(*order).limit(SUGGESTED), PlaceRow, replanned=True)


@cache
def town_query(engine: Engine) -> Query[PlaceRow]:
    """Select the towns of a country by their whole name, in any of its states."""
    key = bindparam("key", type_=String())
    area = func.lower(func.coalesce(Place.admin_area, ""))
    is_it = or_(Place.search_key == key, Place.search_key == key.concat(" ").concat(area))
    found = _ROWS.where(_begins(engine), is_it, Place.kind == PlaceKind.TOWN, Place.country == bindparam("country"))
    return Query(found.order_by(Place.population.desc(), Place.id).limit(_NAMESAKES), PlaceRow, replanned=True)


class PlaceRepository:
    def __init__(self, reader: Reader, engine: Engine) -> None:
        self._reader = reader
        self._engine = engine

    async def find(self, place_id: UUID) -> PlaceRow | None:
        return await self._reader.first(_ONE, id=place_id)

    async def towns_around(self, longitude: float, *, south: float, north: float, width: float) -> Sequence[TownRow]:
        return await self._reader.all(_TOWNS_AROUND, longitude=longitude, south=south, north=north, width=width)

    async def suggest(self, key: str, country: str | None) -> Sequence[PlaceRow]:
        """Return the best places whose key begins with this one, which holds words and spaces only."""
        binds: dict[str, object] = {"begin": f"{key}%", "whole": f"{key} "}
        if self._engine == "sqlite":
            binds |= {"begin": key, "end": key + _LAST}
        if country is not None:
            binds["country"] = country
        return await self._reader.all(suggest_query(self._engine, in_country=country is not None), **binds)

    async def find_code(self, key: str, country: str) -> PlaceRow | None:
        """Return the postal code of this key."""
        return await self._reader.first(_CODE, key=key, country=country)

    async def towns(self, key: str, country: str) -> Sequence[PlaceRow]:
        """Return the towns of this name, the largest first."""
        binds = {"begin": key, "end": key + _LAST} if self._engine == "sqlite" else {"begin": f"{key}%"}
        return await self._reader.all(town_query(self._engine), key=key, country=country, **binds)

    async def find_edition(self) -> str | None:
        """Return the edition of what is imported, or None when nothing is."""
        row = await self._reader.first(_EDITION)
        return None if row is None else row["edition"]

    async def replace(self, tx: AsyncSession, places: Sequence[NewPlace]) -> None:
        """Put these in place of all that are there."""
        await tx.execute(delete(Place))
        add = _ADD[tx.get_bind().dialect.name]
        for start in range(0, len(places), _BATCH):
            await add.run_many(tx, places[start : start + _BATCH])
