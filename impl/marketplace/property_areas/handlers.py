"""Handlers of the public areas of properties."""

from typing import override
from uuid import UUID

from generated import models, replies
from generated.routers.property_areas import AbstractPropertyAreasHandlers, ListPropertyAreasOk
from impl.kernel.caller import AnonymousClient, Caller
from impl.kernel.paging import Cursors, Position, capped
from impl.marketplace.capabilities.geography.service import kilometres, point_of
from impl.marketplace.properties.tables import PropertyType
from impl.marketplace.property_areas.repository import Filters
from impl.marketplace.property_areas.service import PropertyAreasService
from impl.marketplace.property_areas.tables import AreaRow, PropertyAreaSort

TYPES = {kind.value: kind for kind in models.PropertyType}


def _to_wire(row: AreaRow) -> replies.PropertyArea:
    return {
        "id": row["id"],
        "type": TYPES[row["type"]],
        "area": {"latitude": row["area_latitude"], "longitude": row["area_longitude"]},
        "area_approximate": row["coordinates_approximate"],
        "distance_km": None if row["nearness"] is None else kilometres(row["nearness"]),
    }


def _after(last: Position | None) -> tuple[float | None, UUID] | None:
    if last is None:
        return None
    nearness, last_id = last
    return None if nearness is None else float(nearness), UUID(str(last_id))


class PropertyAreasHandlers(AbstractPropertyAreasHandlers[Caller, AnonymousClient]):
    def __init__(self, service: PropertyAreasService, cursors: Cursors) -> None:
        self._service = service
        self._cursors = cursors

    @override
    async def list_property_areas(
        self,
        caller: Caller,
        *,
        type: models.PropertyType | None,
        near: str | None,
        place: UUID | None,
        radius_km: int | None,
        sort: models.PropertyAreaSort | None,
        limit: int,
        cursor: str | None,
        include_total: bool,
    ) -> ListPropertyAreasOk:
        filters = Filters(
            type=None if type is None else PropertyType(type),
            near=await self._service.near(None if near is None else point_of(near), place, radius_km=radius_km),
        )
        unasked = PropertyAreaSort.NEWEST if filters.near is None else PropertyAreaSort.NEAREST
        order = unasked if sort is None else PropertyAreaSort(sort)
        scope = f"listPropertyAreas {order} {filters.cursor_scope()}"
        last = None if cursor is None else self._cursors.decode(cursor, scope=scope)
        page = await self._service.page(filters, order, after=_after(last), limit=limit)
        following: Position | None = None
        if page.more:
            following = [page.items[-1]["nearness"], str(page.items[-1]["id"])]
        total = await self._service.count(filters) if include_total else None
        return ListPropertyAreasOk(
            {
                "items": [_to_wire(row) for row in page.items],
                "next_cursor": None if following is None else self._cursors.encode(following, scope=scope),
                **capped(total),
            }
        )
