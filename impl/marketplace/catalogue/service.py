"""The rules of the public catalogue: what can be compared, and what is there at all."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from impl.kernel.database import Database
from impl.kernel.errors import NotFound
from impl.kernel.paging import Page
from impl.kernel.reader import Row
from impl.marketplace.catalogue.errors import currency_needed
from impl.marketplace.catalogue.repository import CatalogueRepository, Filters, Sort


class CatalogueService:
    def __init__(self, database: Database) -> None:
        self._repository = CatalogueRepository(database.reader)

    async def categories(self) -> Sequence[Row]:
        """All of them, in the order to show; the tree is in their `parent_id`."""
        return await self._repository.categories()

    async def get(self, service_id: UUID) -> Row:
        row = await self._repository.find(service_id)
        if row is None:
            raise NotFound
        return row

    def check(self, filters: Filters, sort: Sort) -> None:
        """Refuse to compare prices of unlike currencies."""
        if filters.currency is not None:
            return
        comparing = {
            "min_price_minor": filters.min_price is not None,
            "max_price_minor": filters.max_price is not None,
            "sort": sort in (Sort.CHEAPEST, Sort.DEAREST),
        }
        if any(comparing.values()):
            raise currency_needed([name for name, given in comparing.items() if given])

    async def page(
        self, filters: Filters, sort: Sort, *, after: tuple[datetime | int, UUID] | None, limit: int
    ) -> Page[Row]:
        self.check(filters, sort)
        return Page.of(await self._repository.page(filters, sort, after=after, limit=limit + 1), limit)

    async def count(self, filters: Filters) -> int:
        return await self._repository.count(filters)
