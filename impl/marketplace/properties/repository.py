"""The questions about one owner's properties; archived ones are never among the answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    String,
    bindparam,
    insert,
    select,
    type_coerce,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel.paging import EACH, LIMIT, Moment, beyond, bounded_count, total_of
from impl.kernel.reader import Command, Query, Reader, Row
from impl.kernel.tables import plain
from impl.kernel.words import begins
from impl.marketplace.properties.tables import Property, PropertyState, PropertyType

COLUMNS = (
    Property.id,
    Property.label,
    # Enums come as text: the wire has enums of its own, and a detour over ours costs each row of each page.
    type_coerce(Property.type, String).label("type"),
    Property.line1,
    Property.line2,
    Property.city,
    Property.region,
    Property.postal_code,
    Property.country,
    Property.latitude,
    Property.longitude,
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
    """None means: not narrowed by it."""

    type: PropertyType | None = None
    country: str | None = None
    city: str | None = None
    words: tuple[str, ...] | None = None

    def binds(self) -> dict[str, object]:
        city = None if self.city is None else self.city.casefold()
        given = {"type": self.type, "country": self.country, "city": city}
        binds: dict[str, object] = {name: value for name, value in given.items() if value is not None}
        # Each word stands between spaces, and has nothing in it that LIKE would take for a wildcard.
        return binds | {
            f"word_{number}": f"% {word}%" if begins(word) else f"% {word} %"
            for number, word in enumerate(self.words or ())
        }


OWN = (Property.owner_id == bindparam("owner_id"), Property.state == PropertyState.ACTIVE)

NARROWED: dict[str, ColumnElement[bool]] = {
    "type": Property.type == bindparam("type"),
    "country": Property.country == bindparam("country"),
    "city": Property.city_key == bindparam("city"),
}

# A new property is not archived.
ADD = Command(insert(plain(Property)), (column.name for column in plain(Property).c if column.name != "archived_at"))
ONE = Query(select(*COLUMNS).where(*OWN, Property.id == bindparam("id")))


def _narrowed(names: frozenset[str]) -> list[ColumnElement[bool]]:
    return [
        Property.words.like(bindparam(name)) if name.startswith("word_") else NARROWED[name] for name in sorted(names)
    ]


@cache
def page_query(names: frozenset[str], *, descending: bool, continued: bool) -> Query:
    statement = select(*COLUMNS).where(*OWN, *_narrowed(names))
    key = {"last_created_at": Property.created_at, "last_id": Property.id}
    if continued:
        statement = statement.where(beyond(key, descending=descending))
    order = [column.desc() if descending else column.asc() for column in key.values()]
    return Query(statement.order_by(*order).limit(LIMIT))


@cache
def count_query(names: frozenset[str]) -> Query:
    return Query(bounded_count(select(EACH).select_from(Property).where(*OWN, *_narrowed(names))))


class PropertyRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def find(self, owner_id: UUID, property_id: UUID) -> Row | None:
        return await self._reader.first(ONE, owner_id=owner_id, id=property_id)

    async def page(
        self, owner_id: UUID, filters: Filters, *, descending: bool, after: Moment | None, limit: int
    ) -> Sequence[Row]:
        binds = filters.binds()
        query = page_query(frozenset(binds), descending=descending, continued=after is not None)
        if after is not None:
            binds["last_created_at"], binds["last_id"] = after
        return await self._reader.all(query, owner_id=owner_id, limit=limit, **binds)

    async def count(self, owner_id: UUID, filters: Filters) -> int:
        """Up to COUNTED + 1, which stands for more."""
        binds = filters.binds()
        return await total_of(self._reader, count_query(frozenset(binds)), owner_id=owner_id, **binds)

    async def lock(self, tx: AsyncSession, owner_id: UUID, property_id: UUID) -> Row | None:
        statement = select(*COLUMNS).where(*OWN, Property.id == property_id).with_for_update()
        return (await tx.execute(statement, {"owner_id": owner_id})).mappings().first()

    async def insert(self, tx: AsyncSession, values: Mapping[str, object]) -> None:
        await tx.execute(ADD.statement, values)

    async def update(self, tx: AsyncSession, property_id: UUID, values: Mapping[str, object]) -> Row:
        statement = update(Property).where(Property.id == property_id).values(**values, version=Property.version + 1)
        return (await tx.execute(statement.returning(*COLUMNS))).mappings().one()
