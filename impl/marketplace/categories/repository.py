"""Questions about what is filed under categories."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ScalarSelect, Select, bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import TypedDict

from generated.states import ServiceState
from impl.kernel.paging import COUNTED, EACH
from impl.kernel.reader import Reader
from impl.kernel.statements import Query
from impl.marketplace.capabilities.categories.tables import Category
from impl.marketplace.capabilities.inquiries.tables import Inquiry
from impl.marketplace.capabilities.listings.tables import Listing, ListingCategory
from impl.marketplace.capabilities.questions.tables import QuestionSet
from impl.marketplace.provider_services.tables import Service


class FiledRow(TypedDict):
    """Numbers of what is filed under a category, up to COUNTED each."""

    id: UUID
    service_count: int
    listing_count: int


class _Id(TypedDict):
    id: UUID


def _bounded(rows: Select[int]) -> ScalarSelect[Any]:
    return select(func.count()).select_from(rows.limit(COUNTED).correlate(Category).subquery()).scalar_subquery()


_SERVICES: Final = (
    select(EACH).select_from(Service).where(Service.category_id == Category.id, Service.state != ServiceState.ARCHIVED)
)
_LISTINGS: Final = (
    select(EACH).select_from(ListingCategory).where(ListingCategory.category_id == Category.id, ListingCategory.live)
)
FILED: Final = Query(
    select(Category.id, _bounded(_SERVICES).label("service_count"), _bounded(_LISTINGS).label("listing_count")),
    FiledRow,
)
_ANY: Final = Query(
    select(Category.id).where(
        Category.id == bindparam("id"),
        or_(
            select(Service.id).where(Service.category_id == Category.id).exists(),
            select(Listing.service_id).where(Listing.category_id == Category.id).exists(),
            select(QuestionSet.number).where(QuestionSet.category_id == Category.id).exists(),
            select(Inquiry.id).where(Inquiry.category_id == Category.id).exists(),
        ),
    ),
    _Id,
)


class FiledRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def filed(self) -> Sequence[FiledRow]:
        """Return how much is filed under each category."""
        return await self._reader.all(FILED)

    async def is_used(self, tx: AsyncSession, category_id: UUID) -> bool:
        """Return whether a service or a listing is filed under the category, or questions or inquiries refer to it."""
        return await _ANY.fetch_first(tx, id=category_id) is not None
