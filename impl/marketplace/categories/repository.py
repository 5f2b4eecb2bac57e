"""Queries on the services that are filed under categories."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Integer, ScalarSelect, Select, bindparam, func, not_, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import TypedDict

from generated.states import ServiceState
from impl.kernel.paging import COUNTED, EACH
from impl.kernel.reader import Reader
from impl.kernel.statements import Query
from impl.marketplace.capabilities.categories.tables import Category, CategoryAncestor
from impl.marketplace.capabilities.inquiries.tables import Inquiry
from impl.marketplace.capabilities.listings.tables import Listing, ListingCategory
from impl.marketplace.capabilities.questions.tables import QuestionSet
from impl.marketplace.provider_services.tables import Service


class FiledRow(TypedDict):
    """Numbers of services under a category, up to COUNTED each."""

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


class _ServiceId(TypedDict):
    service_id: UUID


# Places of a listing, and what its category lies below, itself included.
_PLACES: Final = select(EACH).select_from(ListingCategory).where(ListingCategory.service_id == Listing.service_id)
_ABOVE: Final = select(EACH).select_from(CategoryAncestor).where(CategoryAncestor.category_id == Listing.category_id)
_IS_RIGHT: Final = CategoryAncestor.ancestor_id == ListingCategory.category_id
_TOO_MANY: Final = _PLACES.where(not_(_ABOVE.where(_IS_RIGHT).correlate(Listing, ListingCategory).exists()))
_TOO_FEW: Final = _ABOVE.where(not_(_PLACES.where(_IS_RIGHT).correlate(Listing, CategoryAncestor).exists()))
_WITHIN: Final = select(CategoryAncestor.category_id).where(CategoryAncestor.ancestor_id == bindparam("id"))
_MOST: Final = bindparam("most", type_=Integer)
MISPLACED: Final = Query(
    select(Listing.service_id)
    .where(Listing.category_id.in_(_WITHIN), or_(*(each.correlate(Listing).exists() for each in (_TOO_MANY, _TOO_FEW))))
    .limit(_MOST),
    _ServiceId,
)
_SERVICES_OF: Final = select(Service.id.label("service_id")).where(Service.category_id == bindparam("id"))
_LISTINGS_OF: Final = select(Listing.service_id).where(Listing.category_id == bindparam("id"))
FILED_UNDER: Final = Query(
    union_all(*(each.limit(_MOST).subquery().select() for each in (_SERVICES_OF, _LISTINGS_OF))), _ServiceId
)


class FiledRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def filed(self) -> Sequence[FiledRow]:
        """Return how much is filed under each category."""
        return await self._reader.all(FILED)

    async def misplaced(self, tx: AsyncSession, category_id: UUID, *, most: int) -> Sequence[UUID]:
        """Return services whose listings, in the category or below it, do not stand under all that lies above them."""
        return [row["service_id"] for row in await MISPLACED.fetch_all(tx, id=category_id, most=most)]

    async def filed_under(self, tx: AsyncSession, category_id: UUID, *, most: int) -> Sequence[UUID]:
        """Return services that are filed under the category, or listed there."""
        rows = await FILED_UNDER.fetch_all(tx, id=category_id, most=most)
        return [*dict.fromkeys(row["service_id"] for row in rows)][:most]

    async def is_used(self, tx: AsyncSession, category_id: UUID) -> bool:
        """Return whether a service or a listing is filed under the category, or questions or inquiries refer to it."""
        return await _ANY.fetch_first(tx, id=category_id) is not None
