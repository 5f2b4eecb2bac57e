"""Service of the public catalogue: rules of comparison, and look-ups that raise NotFound."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from impl.kernel.database import Database
from impl.kernel.errors import NotFound
from impl.kernel.paging import COUNTED, Page
from impl.marketplace.capabilities.geography.service import RADIUS_MAX_KM, Nearby, Point
from impl.marketplace.capabilities.search.service import Tier
from impl.marketplace.capabilities.spelling.service import SpellingService
from impl.marketplace.catalogue.errors import currency_needed, point_needed, two_points, unknown_place, words_needed
from impl.marketplace.catalogue.repository import PRICE_SORTS, CatalogueRepository, Filters, Rank
from impl.marketplace.catalogue.tables import CatalogueRow, CatalogueSort, CategoryRow, RankedRow, SingleRow
from impl.marketplace.places.service import PlacesService


class CatalogueService:
    def __init__(self, database: Database, places: PlacesService, spelling: SpellingService) -> None:
        self._repository = CatalogueRepository(database.reader, database.dialect)
        self._places = places
        self._spelling = spelling

    async def categories(self) -> Sequence[CategoryRow]:
        """Return all categories in the order to show; the tree is in their `parent_id`."""
        return await self._repository.categories()

    async def get(self, service_id: UUID) -> SingleRow:
        row = await self._repository.find(service_id)
        if row is None:
            raise NotFound
        return row

    async def some(self, service_ids: Collection[UUID]) -> Mapping[UUID, CatalogueRow]:
        """Return those of the services that are published now, by their ids."""
        rows = await self._repository.some(service_ids) if service_ids else ()
        return {row["id"]: row for row in rows}

    async def near(
        self, point: Point | None, place_id: UUID | None, *, radius_km: int | None, include_remote: bool
    ) -> Nearby | None:
        """Return the circle that was asked about; refuse two centres, none for a radius, and an unknown place."""
        if point is not None and place_id is not None:
            raise two_points()
        if place_id is not None:
            place = await self._places.find(place_id)
            if place is None:
                raise unknown_place()
            point = place["latitude"], place["longitude"]
        if point is not None:
            return Nearby(point, RADIUS_MAX_KM if radius_km is None else radius_km, include_remote)
        if radius_km is not None:
            raise point_needed("radius_km")
        if include_remote:
            raise point_needed("include_remote")
        return None

    def check(self, filters: Filters, sort: CatalogueSort) -> None:
        """Refuse to compare prices of unlike currencies, and to rank by nothing."""
        if sort is CatalogueSort.RELEVANCE and filters.words is None:
            raise words_needed()
        if sort is CatalogueSort.NEAREST and filters.near is None:
            raise point_needed("sort")
        if filters.currency is not None:
            return
        comparing = {
            "min_price_minor": filters.min_price is not None,
            "max_price_minor": filters.max_price is not None,
            "sort": sort in PRICE_SORTS,
        }
        if any(comparing.values()):
            raise currency_needed([name for name, bind_values in comparing.items() if bind_values])

    async def page(
        self, filters: Filters, sort: CatalogueSort, *, after: tuple[datetime | float, UUID] | None, limit: int
    ) -> Page[CatalogueRow]:
        """Return a page in an order by columns; `ranked` is for relevance."""
        self.check(filters, sort)
        if filters.words == ():
            return Page(())
        return Page.of(await self._repository.page(filters, sort, after=after, limit=limit + 1), limit)

    async def ranked(self, filters: Filters, *, after: Rank | None, limit: int) -> Page[tuple[Rank, RankedRow]]:
        """Return a page of the best COUNTED matches, each with its place."""
        self.check(filters, CatalogueSort.RELEVANCE)
        shown = 0 if after is None else after.shown
        most = min(limit, COUNTED - shown)
        if not filters.words or most <= 0:
            return Page(())
        found = await self._repository.ranked(filters, after=after, limit=most + 1)
        places = [
            (Rank(Tier(row["tier"]), row["quality"], row["id"], shown + number), row)
            for number, row in enumerate(found[:most], start=1)
        ]
        return Page(places, more=len(found) > most and shown + most < COUNTED)

    async def correct(self, text: str) -> str | None:
        """Return the text with words that no listing has corrected; None where there is nothing to correct."""
        return await self._spelling.correct(text)

    async def count(self, filters: Filters) -> int:
        if filters.words == ():
            return 0
        return await self._repository.count(filters)
