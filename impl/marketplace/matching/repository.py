"""Queries on the businesses that would fit some work at a place."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Final
from uuid import UUID

from sqlalchemy import Double, Uuid, bindparam, cast, exists, func, literal_column, not_, select
from typing_extensions import TypedDict

from generated.states import PropertyState, RecipientState
from impl.kernel.paging import EACH, LIMIT
from impl.kernel.reader import Reader
from impl.kernel.rows import NEVER_NULL
from impl.kernel.statements import Query
from impl.kernel.tables import UtcDateTime
from impl.marketplace.availability.tables import Availability, SaidTime
from impl.marketplace.blocks.tables import blocked_between
from impl.marketplace.capabilities.categories.tables import IN_USE, Category
from impl.marketplace.capabilities.geography.service import Nearby, distance, within
from impl.marketplace.capabilities.inquiries.tables import InquiryRecipient
from impl.marketplace.capabilities.listings.tables import Listing, ListingCategory
from impl.marketplace.capabilities.pages.tables import ProviderPage
from impl.marketplace.properties.tables import Property
from impl.marketplace.provider_profile.tables import VISIBLE, ProviderProfile
from impl.marketplace.verifications.tables import has_insurance, has_licence

# Bound of what is counted of one business: more inquiries than that say no more.
COUNTED: Final = 100


class GroundRow(TypedDict):
    """A property of the caller's, beside a category that can be chosen."""

    area_latitude: float | None
    area_longitude: float | None


class CandidateRow(SaidTime):
    """A business and one of its services; of its working time each is None where it has said none."""

    profile_id: UUID
    user_id: UUID
    slug: str
    business_name: str
    service_id: Annotated[UUID, NEVER_NULL]
    service_title: Annotated[str, NEVER_NULL]
    nearness: Annotated[float, NEVER_NULL]
    is_licensed: bool
    is_insured: bool
    rating_rank: int
    open_inquiries: Annotated[int, NEVER_NULL]
    response_seconds: float | None
    duration_minutes: int | None


_GROUND: Final = Query(
    select(Property.area_latitude, Property.area_longitude).where(
        Property.id == bindparam("property_id"),
        Property.owner_id == bindparam("owner_id"),
        Property.state == PropertyState.ACTIVE,
        exists().where(Category.id == bindparam("category_id", type_=Uuid), IN_USE),
    ),
    GroundRow,
)

_NEARNESS: Final = distance(ProviderProfile.area_x, ProviderProfile.area_y, ProviderProfile.area_z)
# Of one business, what it offers in the category: a listing is filed under its own category and each above it.
_OFFERED: Final = (
    select(Listing.service_id)
    .join(ListingCategory, ListingCategory.service_id == Listing.service_id)
    .where(
        Listing.profile_id == ProviderProfile.id,
        Listing.live,
        ListingCategory.category_id == bindparam("category_id", type_=Uuid),
        ListingCategory.live,
    )
    .correlate(ProviderProfile)
)
_NEAREST: Final = (
    select(
        ProviderProfile.id.label("profile_id"),
        ProviderProfile.user_id,
        ProviderProfile.slug,
        ProviderProfile.business_name,
        _NEARNESS.label("nearness"),
        _OFFERED.order_by(Listing.published_at.desc(), Listing.service_id.desc())
        .limit(literal_column("1"))
        .scalar_subquery()
        .label("service_id"),
    )
    .where(
        VISIBLE,
        ProviderProfile.user_id != bindparam("owner_id", type_=Uuid),
        not_(blocked_between(bindparam("owner_id", type_=Uuid), ProviderProfile.user_id)),
        within(ProviderProfile.area_cell, _NEARNESS),
        ProviderProfile.area_reach >= _NEARNESS,
        _OFFERED.exists(),
    )
    .order_by(_NEARNESS, ProviderProfile.id)
    .limit(LIMIT)
    .subquery("nearest")
)
_WAITING: Final = (
    select(EACH)
    .where(
        InquiryRecipient.provider_id == _NEAREST.c.user_id,
        # As written in the condition of the index, which parameters would keep from being used.
        InquiryRecipient.state.in_(
            [literal_column(f"'{state}'") for state in (RecipientState.SENT, RecipientState.VIEWED)]
        ),
    )
    .limit(literal_column(str(COUNTED)))
    .correlate(_NEAREST)
    .subquery("waiting")
)
_ANSWERED: Final = (
    select(InquiryRecipient.response_seconds)
    .where(
        InquiryRecipient.provider_id == _NEAREST.c.user_id,
        InquiryRecipient.created_at >= bindparam("since", type_=UtcDateTime()),
        InquiryRecipient.response_seconds.is_not(None),
    )
    .order_by(InquiryRecipient.created_at.desc())
    .limit(literal_column(str(COUNTED)))
    .correlate(_NEAREST)
    .subquery("answered")
)
CANDIDATES: Final = Query(
    select(
        _NEAREST.c.profile_id,
        _NEAREST.c.user_id,
        _NEAREST.c.slug,
        _NEAREST.c.business_name,
        _NEAREST.c.service_id,
        Listing.title.label("service_title"),
        _NEAREST.c.nearness,
        has_licence(_NEAREST.c.user_id).label("is_licensed"),
        has_insurance(_NEAREST.c.user_id).label("is_insured"),
        ProviderPage.rating_rank,
        select(func.count()).select_from(_WAITING).scalar_subquery().label("open_inquiries"),
        select(cast(func.avg(_ANSWERED.c.response_seconds), Double)).scalar_subquery().label("response_seconds"),
        Listing.duration_minutes,
        Availability.time_zone,
        Availability.weekly,
        Availability.exceptions,
        Availability.notice_minutes,
        Availability.step_minutes,
    )
    .join(Listing, Listing.service_id == _NEAREST.c.service_id)
    .join(ProviderPage, ProviderPage.profile_id == _NEAREST.c.profile_id)
    .outerjoin(Availability, Availability.owner_id == _NEAREST.c.user_id)
    .order_by(_NEAREST.c.nearness, _NEAREST.c.profile_id),
    CandidateRow,
    # The circle may be full or empty.
    replanned=True,
)


class MatchingRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def ground(self, owner_id: UUID, *, property_id: UUID, category_id: UUID) -> GroundRow | None:
        return await self._reader.first(_GROUND, owner_id=owner_id, property_id=property_id, category_id=category_id)

    async def candidates(
        self, owner_id: UUID, category_id: UUID, near: Nearby, *, today: date, since: datetime, limit: int
    ) -> Sequence[CandidateRow]:
        """Return the nearest businesses that offer something in the category and come to the centre of the circle."""
        binds = {**near.binds(), "owner_id": owner_id, "category_id": category_id, "today": today, "since": since}
        return await self._reader.all(CANDIDATES, limit=limit, **binds)
