"""The rules of properties: who sees them, how their public area is found, and how they leave."""

import math
from collections.abc import Callable, Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel import etags, idempotency
from impl.kernel.caller import Caller
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.errors import NotFound
from impl.kernel.ids import new_id
from impl.kernel.paging import Moment, Page
from impl.kernel.reader import Row
from impl.kernel.words import written
from impl.marketplace.properties.repository import ADD, Filters, PropertyRepository
from impl.marketplace.properties.tables import PropertyState
from openapi.runtime.wire import Reply

# One kilometre in degrees of latitude. One grid for everyone, so that a cell says nothing of where in it the house is.
CELL = 1 / 111.32


def coarse_area(latitude: float, longitude: float) -> tuple[float, float]:
    """Centre of the cell of about 1 km x 1 km that holds the point, in degrees (WGS 84)."""
    middle = max(-90.0, min(90.0, (math.floor(latitude / CELL) + 0.5) * CELL))
    # Meridians converge: a cell as many degrees wide as high would be a few metres wide in the far north.
    width = min(360.0, CELL / max(math.cos(math.radians(middle)), 1e-6))
    across = max(-180.0, min(180.0, (math.floor(longitude / width) + 0.5) * width))
    return round(middle, 6), round(across, 6)


SEARCHED = ("label", "line1", "line2", "city", "region", "postal_code", "notes")


def words_of(values: Mapping[str, object] | Row) -> str:
    """What a property is found by: all that its owner has written about it."""
    texts = [values[name] for name in SEARCHED]
    return " " + written("\n".join(str(text) for text in texts if text is not None))


def derived(values: Mapping[str, object], before: Row | None = None) -> dict[str, object]:
    """What follows from these values, and from those that stay as they are, and is stored beside them."""
    more: dict[str, object] = {}
    if not values.keys().isdisjoint(SEARCHED):
        more["words"] = words_of(values if before is None else {name: before[name] for name in SEARCHED} | dict(values))
    if isinstance(city := values.get("city"), str):
        more["city_key"] = city.casefold()
    if "latitude" in values:
        latitude, longitude = values["latitude"], values["longitude"]
        if isinstance(latitude, float) and isinstance(longitude, float):
            more["area_latitude"], more["area_longitude"] = coarse_area(latitude, longitude)
        else:
            more["area_latitude"] = more["area_longitude"] = None
    return more


class PropertiesService:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._repository = PropertyRepository(database.reader)
        self._clock = clock

    async def get(self, caller: Caller, property_id: UUID) -> Row:
        row = await self._repository.find(caller.user_id, property_id)
        if row is None:
            raise NotFound
        return row

    async def page(
        self, caller: Caller, filters: Filters, *, descending: bool, after: Moment | None, limit: int
    ) -> Page[Row]:
        if filters.words == ():
            return Page(())
        found = await self._repository.page(
            caller.user_id, filters, descending=descending, after=after, limit=limit + 1
        )
        return Page.of(found, limit)

    async def count(self, caller: Caller, filters: Filters) -> int:
        if filters.words == ():
            return 0
        return await self._repository.count(caller.user_id, filters)

    async def create[ReplyT: Reply](
        self, caller: Caller, values: Mapping[str, object], write: Callable[[Row], ReplyT]
    ) -> ReplyT:
        """`write` renders the reply once: an idempotency key keeps those very bytes."""
        now = self._clock.now()
        new: dict[str, object] = {
            "id": new_id(),
            "owner_id": caller.user_id,
            "state": PropertyState.ACTIVE,
            "created_at": now,
            "updated_at": now,
            "version": 1,
            **values,
            **derived(values),
        }
        # Every column is ours to set, so the database could tell nothing about the row that is not known here.
        reply = write(new)
        if caller.claim is None:
            await self._database.run(ADD, new)
            return reply
        async with self._database.begin() as tx:
            await self._repository.insert(tx, new)
            await idempotency.keep(tx, caller, lambda: reply)
        return reply

    async def change(
        self, caller: Caller, property_id: UUID, values: Mapping[str, object], *, if_match: str | None
    ) -> Row:
        """Set these values. Setting what is there already is no change: the version stays."""
        async with self._database.begin() as tx:
            row = await self._lock(tx, caller, property_id, if_match)
            if all(row[name] == value for name, value in values.items()):
                return row
            changed = {**values, **derived(values, row), "updated_at": self._clock.now()}
            return await self._repository.update(tx, property_id, changed)

    async def archive(self, caller: Caller, property_id: UUID, *, if_match: str | None) -> None:
        async with self._database.begin() as tx:
            await self._lock(tx, caller, property_id, if_match)
            now = self._clock.now()
            gone = {"state": PropertyState.ARCHIVED, "archived_at": now, "updated_at": now}
            await self._repository.update(tx, property_id, gone)

    async def _lock(self, tx: AsyncSession, caller: Caller, property_id: UUID, if_match: str | None) -> Row:
        row = await self._repository.lock(tx, caller.user_id, property_id)
        if row is None:
            raise NotFound
        etags.check(if_match, row["version"])
        return row
