"""Queries on the public areas of properties.

Nothing here reads the exact coordinates, the address or the notes: conditions, orders and totals are about the centre
of the cell, so that no sequence of questions tells where in it a house is. Not even the country: a border may cross the
cell.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Double, Select, String, bindparam, cast, literal_column, null, select, type_coerce

from generated.states import AccountState
from impl.identity.capabilities.users.tables import User
from impl.kernel.paging import EACH, LIMIT, Counted, after_position, bounded_count, total_of
from impl.kernel.reader import Reader
from impl.kernel.statements import Query
from impl.marketplace.capabilities.geography.service import Nearby, distance, within
from impl.marketplace.properties.tables import Property, PropertyType
from impl.marketplace.property_areas.tables import AreaRow, PropertyAreaSort

_NEARNESS: Final = distance(Property.area_x, Property.area_y, Property.area_z)
_COLUMNS: Final = (
    Property.id,
    type_coerce(Property.type, String).label("type"),
    Property.area_latitude,
    Property.area_longitude,
    Property.coordinates_approximate,
)
_SHOWN: Final = (
    # As written in the condition of the indexes, which a parameter would keep from being used.
    Property.state == literal_column("'ACTIVE'", String),
    Property.area_x.is_not(None),
    User.state == AccountState.ACTIVE,
    User.closed_at.is_(None),
)
_NARROWED: Final = {
    "type": Property.type == bindparam("type"),
    "near": within(Property.area_cell, _NEARNESS),
}


@dataclass(frozen=True, slots=True)
class Filters:
    """Filters of areas; None leaves a filter out."""

    type: PropertyType | None = None
    near: Nearby | None = None

    def names(self) -> frozenset[str]:
        """Return the names of what narrows: each set of them has a statement of its own."""
        values = {"type": self.type, "near": self.near}
        return frozenset(name for name, value in values.items() if value is not None)

    def cursor_scope(self) -> str:
        """Return a text that is the same for the same filters."""
        return str((self.type, self.near))


def binds_of(filters: Filters) -> dict[str, object]:
    binds: dict[str, object] = {} if filters.type is None else {"type": filters.type}
    return binds if filters.near is None else binds | filters.near.binds()


def _narrowed[S: Select[*tuple[Any, ...]]](statement: S, names: frozenset[str]) -> S:
    statement = statement.join(User, User.id == Property.owner_id)
    return statement.where(*_SHOWN, *(_NARROWED[name] for name in sorted(names)))


@cache
def page_query(names: frozenset[str], sort: PropertyAreaSort, *, continued: bool) -> Query[AreaRow]:
    """Select a page; ids are made when a property is, so that their order is that of creation."""
    nearness = _NEARNESS if "near" in names else cast(null(), Double)
    statement = _narrowed(select(*_COLUMNS, nearness.label("nearness")).select_from(Property), names)
    if sort is PropertyAreaSort.NEAREST:
        if continued:
            statement = statement.where(
                after_position({"last_key": _NEARNESS, "last_id": Property.id}, descending=False)
            )
        statement = statement.order_by(_NEARNESS.asc(), Property.id.asc())
    else:
        if continued:
            statement = statement.where(Property.id < bindparam("last_id"))
        statement = statement.order_by(Property.id.desc())
    return Query(statement.limit(LIMIT), AreaRow, replanned=bool(names))


@cache
def count_query(names: frozenset[str]) -> Query[Counted]:
    matching = _narrowed(select(EACH).select_from(Property), names)
    return Query(bounded_count(matching), Counted, replanned=bool(names))


class PropertyAreasRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def page(
        self, filters: Filters, sort: PropertyAreaSort, *, after: tuple[float | None, UUID] | None, limit: int
    ) -> Sequence[AreaRow]:
        binds = binds_of(filters)
        if after is not None:
            binds["last_id"] = after[1]
            if sort is PropertyAreaSort.NEAREST:
                binds["last_key"] = after[0]
        query = page_query(filters.names(), sort, continued=after is not None)
        return await self._reader.all(query, limit=limit, **binds)

    async def count(self, filters: Filters) -> int:
        """Count up to COUNTED + 1, which stands for more."""
        return await total_of(self._reader, count_query(filters.names()), **binds_of(filters))
