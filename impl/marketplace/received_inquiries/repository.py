"""Queries on the inquiries that came to one provider.

Nothing here reads the address, the exact coordinates, the name, the e-mail address or the phone number of whoever asks:
what is not selected cannot be shown, sorted by or logged.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Double, Select, String, and_, bindparam, func, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from typing_extensions import TypedDict

from generated.states import RecipientState
from impl.identity.capabilities.users.tables import ACTIVE, User
from impl.kernel.errors import JsonValue
from impl.kernel.paging import EACH, Counted, Moment, bounded_count, keyset_page, total_of
from impl.kernel.reader import Reader
from impl.kernel.statements import Query
from impl.marketplace.blocks.tables import blocked_between
from impl.marketplace.capabilities.categories.tables import Category
from impl.marketplace.capabilities.inquiries.tables import Inquiry, InquiryRecipient, WantedRow, shown_to_recipients
from impl.marketplace.capabilities.listings.tables import Listing
from impl.marketplace.places.tables import Place
from impl.marketplace.properties.tables import Property
from impl.marketplace.provider_profile.tables import ProviderProfile, regions_of


class SummaryRow(WantedRow):
    """A received inquiry as the inbox shows it."""

    id: UUID
    recipient_id: UUID
    state: str
    inquiry_state: str
    category_id: UUID
    category_slug: str
    category_name: str
    service_id: UUID | None
    service_title: str | None
    title: str
    budget_minor: int | None
    budget_currency: str | None
    property_type: str | None
    # Where telephone numbers are read as there; not shown.
    regions: str
    area_latitude: float | None
    area_longitude: float | None
    coordinates_approximate: bool | None
    # Square of the chord between the two cells; None while one of them is not known.
    nearness: float | None
    email_verified: bool
    asked: int
    inquired_at: datetime
    sent_at: datetime
    viewed_at: datetime | None
    answered_at: datetime | None
    decline_reason: str | None
    lost_reason: str | None
    unread: int
    expires_at: datetime


class PartyRow(TypedDict):
    """Recipient of an inquiry that they may read, and where telephone numbers in it are read as there."""

    id: UUID
    regions: str


class ReceivedRow(SummaryRow):
    """A received inquiry with its words."""

    details: str
    questions_version: int
    answers: list[Mapping[str, JsonValue]]
    note: str | None
    version: int


class LockedReceivedRow(ReceivedRow):
    """A received inquiry that its recipient answers."""

    is_blocked: bool


_OTHER: Final = aliased(InquiryRecipient)
_ASKED: Final = (
    select(func.count())
    .select_from(_OTHER)
    .where(_OTHER.inquiry_id == InquiryRecipient.inquiry_id)
    .correlate(InquiryRecipient)
    .scalar_subquery()
)


def _nearness() -> ColumnElement[float | None]:
    pairs = (
        (Property.area_x, ProviderProfile.area_x),
        (Property.area_y, ProviderProfile.area_y),
        (Property.area_z, ProviderProfile.area_z),
    )
    dx, dy, dz = (there - here for there, here in pairs)
    return type_coerce(dx * dx + dy * dy + dz * dz, Double)


_REGIONS: Final = regions_of(
    Property.country, InquiryRecipient.provider_id, town_id=Place.id, town_country=Place.country
)
_SUMMARY: Final = (
    Inquiry.id,
    InquiryRecipient.id.label("recipient_id"),
    # Enums come as text: the wire has enums of its own.
    type_coerce(InquiryRecipient.state, String).label("state"),
    type_coerce(Inquiry.state, String).label("inquiry_state"),
    Inquiry.category_id,
    Category.slug.label("category_slug"),
    Category.name.label("category_name"),
    InquiryRecipient.service_id,
    Listing.title.label("service_title"),
    Inquiry.title,
    type_coerce(Inquiry.timing, String).label("timing"),
    Inquiry.wanted_dates,
    Inquiry.wanted_from,
    Inquiry.wanted_until,
    Inquiry.budget_minor,
    Inquiry.budget_currency,
    type_coerce(Property.type, String).label("property_type"),
    _REGIONS.label("regions"),
    Property.area_latitude,
    Property.area_longitude,
    Property.coordinates_approximate,
    _nearness().label("nearness"),
    User.email_verified_at.is_not(None).label("email_verified"),
    _ASKED.label("asked"),
    Inquiry.created_at.label("inquired_at"),
    InquiryRecipient.created_at.label("sent_at"),
    InquiryRecipient.viewed_at,
    InquiryRecipient.answered_at,
    type_coerce(InquiryRecipient.decline_reason, String).label("decline_reason"),
    type_coerce(InquiryRecipient.lost_reason, String).label("lost_reason"),
    (InquiryRecipient.homeowner_messages - InquiryRecipient.provider_read).label("unread"),
    Inquiry.expires_at,
)
_WHOLE: Final = (
    *_SUMMARY,
    Inquiry.details,
    Inquiry.questions_version,
    Inquiry.answers,
    InquiryRecipient.note,
    InquiryRecipient.version,
)
_OWN: Final = InquiryRecipient.provider_id == bindparam("provider_id")


def _visible[S: Select[*tuple[Any, ...]]](statement: S) -> S:
    return (
        statement.select_from(InquiryRecipient)
        .join(Inquiry, Inquiry.id == InquiryRecipient.inquiry_id)
        .join(User, User.id == Inquiry.owner_id)
        .where(shown_to_recipients(ACTIVE))
    )


def _joined[S: Select[*tuple[Any, ...]]](statement: S) -> S:
    return _visible(statement).where(_OWN)


def _named[S: Select[*tuple[Any, ...]]](statement: S) -> S:
    return (
        _joined(statement)
        .join(Category, Category.id == Inquiry.category_id)
        .outerjoin(Property, Property.id == Inquiry.property_id)
        .outerjoin(ProviderProfile, ProviderProfile.user_id == InquiryRecipient.provider_id)
        .outerjoin(Listing, and_(Listing.service_id == InquiryRecipient.service_id, Listing.live))
    )


_NAMED_ONE: Final = _named(select(*_WHOLE)).where(Inquiry.id == bindparam("id"))
_ONE: Final = Query(_NAMED_ONE, ReceivedRow)
_LOCKED: Final = Query(
    _NAMED_ONE.add_columns(blocked_between(Inquiry.owner_id, InquiryRecipient.provider_id).label("is_blocked")),
    LockedReceivedRow,
)
_PARTIES: Final = (
    _visible(select(InquiryRecipient.id, _REGIONS.label("regions")))
    .outerjoin(Property, Property.id == Inquiry.property_id)
    .where(Inquiry.id == bindparam("id"))
)
_PARTY: Final = Query(_PARTIES.where(_OWN), PartyRow)
_PARTY_BY_ID: Final = Query(_PARTIES.where(InquiryRecipient.id == bindparam("recipient_id")), PartyRow)
_STATE: Final = InquiryRecipient.state == bindparam("state")


@cache
def page_query(*, by_state: bool, continued: bool) -> Query[SummaryRow]:
    statement = _named(select(*_SUMMARY))
    if by_state:
        statement = statement.where(_STATE)
    key = {"last_created_at": InquiryRecipient.created_at, "last_id": InquiryRecipient.id}
    return Query(keyset_page(statement, key, descending=True, continued=continued), SummaryRow)


@cache
def count_query(*, by_state: bool) -> Query[Counted]:
    statement = _joined(select(EACH))
    return Query(bounded_count(statement.where(_STATE) if by_state else statement), Counted)


class ReceivedInquiryRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def find(self, provider_id: UUID, inquiry_id: UUID) -> ReceivedRow | None:
        return await self._reader.first(_ONE, provider_id=provider_id, id=inquiry_id)

    async def find_in(self, tx: AsyncSession, provider_id: UUID, inquiry_id: UUID) -> ReceivedRow | None:
        return await _ONE.fetch_first(tx, provider_id=provider_id, id=inquiry_id)

    async def find_locked(self, tx: AsyncSession, provider_id: UUID, inquiry_id: UUID) -> LockedReceivedRow | None:
        """Return an inquiry that is locked, so that nobody blocks the other side meanwhile."""
        return await _LOCKED.fetch_first(tx, provider_id=provider_id, id=inquiry_id)

    async def find_party(self, provider_id: UUID, inquiry_id: UUID) -> PartyRow | None:
        """Return the provider as a recipient of an inquiry that they may read."""
        return await self._reader.first(_PARTY, provider_id=provider_id, id=inquiry_id)

    async def is_party(self, recipient_id: UUID, inquiry_id: UUID) -> bool:
        return await self._reader.first(_PARTY_BY_ID, recipient_id=recipient_id, id=inquiry_id) is not None

    async def page(
        self, provider_id: UUID, state: RecipientState | None, *, after: Moment | None, limit: int
    ) -> Sequence[SummaryRow]:
        binds: dict[str, object] = {} if state is None else {"state": state}
        if after is not None:
            binds["last_created_at"], binds["last_id"] = after
        query = page_query(by_state=state is not None, continued=after is not None)
        return await self._reader.all(query, provider_id=provider_id, limit=limit, **binds)

    async def count(self, provider_id: UUID, state: RecipientState | None) -> int:
        binds: dict[str, object] = {} if state is None else {"state": state}
        query = count_query(by_state=state is not None)
        return await total_of(self._reader, query, provider_id=provider_id, **binds)
