"""Service of the public areas of properties."""

from dataclasses import replace
from typing import Final
from uuid import UUID

from impl.kernel.database import Database
from impl.kernel.paging import Page, fetched
from impl.marketplace.capabilities.geography.service import Nearby, Point
from impl.marketplace.catalogue.errors import point_needed
from impl.marketplace.catalogue.service import CatalogueService
from impl.marketplace.property_areas.repository import Filters, PropertyAreasRepository
from impl.marketplace.property_areas.tables import AreaRow, PropertyAreaSort

RADIUS_KM: Final = 50


class PropertyAreasService:
    def __init__(self, database: Database, catalogue: CatalogueService) -> None:
        self._repository = PropertyAreasRepository(database.reader)
        self._catalogue = catalogue

    async def near(self, point: Point | None, place_id: UUID | None, *, radius_km: int | None) -> Nearby | None:
        """Return the requested circle, of 50 km by default."""
        near = await self._catalogue.near(point, place_id, radius_km=radius_km, include_remote=False)
        return near if near is None or radius_km is not None else replace(near, radius_km=RADIUS_KM)

    async def page(
        self, filters: Filters, sort: PropertyAreaSort, *, after: tuple[float | None, UUID] | None, limit: int
    ) -> Page[AreaRow]:
        """Return a page; refuse to sort by distance without a point."""
        if sort is PropertyAreaSort.NEAREST and filters.near is None:
            raise point_needed("sort")
        return Page.of(await self._repository.page(filters, sort, after=after, limit=fetched(limit)), limit)

    async def count(self, filters: Filters) -> int:
        return await self._repository.count(filters)
