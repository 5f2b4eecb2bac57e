"""Queries and statements on one owner's properties; they never return archived ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    String,
    bindparam,
    func,
    insert,
    select,
    type_coerce,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import TypedDict

from generated.states import PropertyState
from impl.kernel.database import take_turns
from impl.kernel.paging import EACH, Counted, Moment, bounded_count, keyset_page, total_of
from impl.kernel.reader import Reader
from impl.kernel.statements import Change, Command, Query
from impl.kernel.tables import core_table
from impl.kernel.words import allows_prefix
from impl.marketplace.properties.tables import (
    NewProperty,
    Property,
    PropertyChanges,
    PropertyDescription,
    PropertyType,
    city_key,
)

_TABLE: Final = core_table(Property)
# Fewer than so many, deleted ones included, are added to without a turn.
FEW: Final = 100


class Owned(TypedDict):
    """Number of somebody's properties, and the same with those that were deleted."""

    active: int
    in_all: int


class PropertyRow(PropertyDescription):
    id: UUID
    type: str
    coordinates_approximate: bool
    state: str
    created_at: datetime
    updated_at: datetime
    version: int


_COLUMNS: Final = (
    Property.id,
    Property.label,
    # Read as text: the wire has enums of its own, and a conversion by way of ours costs time for each row.
    type_coerce(Property.type, String).label("type"),
    Property.line1,
    Property.line2,
    Property.city,
    Property.region,
    Property.postal_code,
    Property.country,
    Property.latitude,
    Property.longitude,
    Property.coordinates_approximate,
    Property.size_m2,
    Property.year_built,
    Property.notes,
    type_coerce(Property.state, String).label("state"),
    Property.created_at,
    Property.updated_at,
    Property.version,
)


@dataclass(frozen=True, slots=True)
class Filters:
    """Filters of the property list; None leaves a filter out."""

    type: PropertyType | None = None
    country: str | None = None
    city: str | None = None
    words: tuple[str, ...] | None = None

    def cursor_scope(self) -> str:
        """Return a text that is the same for the same filters."""
        return str(sorted(_binds(self).items()))


def _binds(filters: Filters) -> dict[str, object]:
    city = None if filters.city is None else city_key(filters.city)
    values = {"type": filters.type, "country": filters.country, "city": city}
    binds: dict[str, object] = {name: value for name, value in values.items() if value is not None}
    # Words are stored between spaces, and contain no wildcard of LIKE.
    return binds | {
        f"word_{number}": f"% {word}%" if allows_prefix(word) else f"% {word} %"
        for number, word in enumerate(filters.words or ())
    }


OWN = (Property.owner_id == bindparam("owner_id"), Property.state == PropertyState.ACTIVE)

NARROWED: dict[str, ColumnElement[bool]] = {
    "type": Property.type == bindparam("type"),
    "country": Property.country == bindparam("country"),
    "city": Property.city_key == bindparam("city"),
}

_ADD: Final = Command(insert(_TABLE), NewProperty)
_THEIRS: Final = Property.owner_id == bindparam("owner_id", type_=Property.owner_id.type)
_FIRST: Final = select(EACH).select_from(Property).where(_THEIRS).limit(FEW).subquery()
# One statement, for most of the people. It cannot pass the bound, which is far from FEW: more requests of one person
# than lie between them would have to be in this statement at once.
ADD_TO_FEW: Final = Command(
    insert(_TABLE)
    .from_select(
        [*NewProperty.__annotations__],
        select(*(bindparam(name, type_=_TABLE.c[name].type) for name in NewProperty.__annotations__)).where(
            select(func.count()).select_from(_FIRST).scalar_subquery() < FEW
        ),
    )
    .returning(_TABLE.c.id),
    NewProperty,
)
_OWNED: Final = Query(
    select(
        func.count().filter(Property.state == PropertyState.ACTIVE).label("active"), func.count().label("in_all")
    ).where(_THEIRS),
    Owned,
)
_UPDATE: Final = Change(
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("property_id"))
    .values(version=_TABLE.c.version + 1)
    .returning(*_COLUMNS),
    PropertyChanges,
    PropertyRow,
)
_ONE: Final = Query(select(*_COLUMNS).where(*OWN, Property.id == bindparam("id")), PropertyRow)
_LOCKED: Final = Query(select(*_COLUMNS).where(*OWN, Property.id == bindparam("id")).with_for_update(), PropertyRow)


def _narrow_filters(names: frozenset[str]) -> list[ColumnElement[bool]]:
    return [
        Property.words.like(bindparam(name)) if name.startswith("word_") else NARROWED[name] for name in sorted(names)
    ]


@cache
def page_query(names: frozenset[str], *, descending: bool, continued: bool) -> Query[PropertyRow]:
    statement = select(*_COLUMNS).where(*OWN, *_narrow_filters(names))
    key = {"last_created_at": Property.created_at, "last_id": Property.id}
    return Query(keyset_page(statement, key, descending=descending, continued=continued), PropertyRow)


@cache
def _count_query(names: frozenset[str]) -> Query[Counted]:
    return Query(bounded_count(select(EACH).select_from(Property).where(*OWN, *_narrow_filters(names))), Counted)


class PropertyRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def find(self, owner_id: UUID, property_id: UUID) -> PropertyRow | None:
        return await self._reader.first(_ONE, owner_id=owner_id, id=property_id)

    async def page(
        self, owner_id: UUID, filters: Filters, *, descending: bool, after: Moment | None, limit: int
    ) -> Sequence[PropertyRow]:
        binds = _binds(filters)
        query = page_query(frozenset(binds), descending=descending, continued=after is not None)
        if after is not None:
            binds["last_created_at"], binds["last_id"] = after
        return await self._reader.all(query, owner_id=owner_id, limit=limit, **binds)

    async def count(self, owner_id: UUID, filters: Filters) -> int:
        """Count up to COUNTED + 1, which stands for more."""
        binds = _binds(filters)
        return await total_of(self._reader, _count_query(frozenset(binds)), owner_id=owner_id, **binds)

    async def lock(self, tx: AsyncSession, owner_id: UUID, property_id: UUID) -> PropertyRow | None:
        return await _LOCKED.fetch_first(tx, owner_id=owner_id, id=property_id)

    async def take_turns(self, tx: AsyncSession, owner_id: UUID) -> None:
        """Lock the properties of this person against additions until the transaction ends."""
        await take_turns(tx, b"properties" + owner_id.bytes)

    async def owned(self, tx: AsyncSession, owner_id: UUID) -> Owned:
        return await _OWNED.fetch_one(tx, owner_id=owner_id)

    async def insert(self, tx: AsyncSession, values: NewProperty) -> None:
        await _ADD.run(tx, values)

    async def update(self, tx: AsyncSession, property_id: UUID, values: PropertyChanges) -> PropertyRow:
        return await _UPDATE.fetch_one(tx, values, property_id=property_id)
