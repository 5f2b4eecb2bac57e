"""Queries on quotes by their parties: a provider sees their own, an owner what was sent to them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from sqlalchemy import String, and_, bindparam, exists, or_, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from typing_extensions import TypedDict

from generated.states import RECIPIENT_STATE_MACHINE, InquiryState, ProfileState, QuoteState
from impl.kernel.reader import Reader
from impl.kernel.rows import NEVER_NULL
from impl.kernel.statements import Query
from impl.marketplace.blocks.tables import blocked_between
from impl.marketplace.capabilities.inquiries.tables import Inquiry, InquiryRecipient
from impl.marketplace.capabilities.quotes.tables import Quote
from impl.marketplace.capabilities.totals.service import PricedLine, Tax
from impl.marketplace.places.tables import Place
from impl.marketplace.properties.tables import Property
from impl.marketplace.provider_profile.tables import VISIBLE, ProviderProfile, regions_of, state_of_business


class QuoteSummaryRow(TypedDict):
    """A quote in a list, with the public name of its business while that is to be seen."""

    id: UUID
    inquiry_id: UUID
    recipient_id: UUID
    provider_id: UUID
    owner_id: UUID
    profile_id: UUID | None
    profile_slug: str | None
    business_name: str | None
    number: int
    is_sendable: bool
    inquiry_expires_at: Annotated[datetime, NEVER_NULL]
    state: str
    currency: str
    net_minor: int
    tax_minor: int
    gross_minor: int
    valid_days: int
    revises_id: UUID | None
    superseded_by_id: UUID | None
    sent_at: datetime | None
    expires_at: datetime | None
    closed_at: datetime | None
    decline_reason: str | None
    end_reason: str | None
    created_at: datetime
    updated_at: datetime
    version: int


class QuoteRow(QuoteSummaryRow):
    """A quote with its lines and its words."""

    lines: list[PricedLine]
    discount_basis_points: int | None
    discount_amount_minor: int | None
    subtotal_minor: int
    discount_minor: int
    taxes: list[Tax]
    terms: str | None
    note: str | None
    # Where telephone numbers are read as there.
    regions: str


class TitledRow(QuoteRow):
    """A quote with the title of its inquiry, for mails and on paper."""

    title: str


class LockedQuoteRow(QuoteRow):
    """A quote that one of its parties changes."""

    is_blocked: bool
    # Also while the business is not to be seen.
    profile_state: ProfileState | None


class _Id(TypedDict):
    id: UUID


_REGIONS: Final = regions_of(Property.country, Quote.provider_id, town_id=Place.id, town_country=Place.country)
# A draft whose inquiry and recipient still let it be sent.
_IS_SENDABLE: Final = and_(
    Quote.state == QuoteState.DRAFT,
    exists()
    .where(InquiryRecipient.id == Quote.recipient_id, Inquiry.id == InquiryRecipient.inquiry_id)
    .where(InquiryRecipient.state.in_(RECIPIENT_STATE_MACHINE.before("sendQuote")), Inquiry.state == InquiryState.OPEN)
    .correlate(Quote),
)
# Of lists that join no inquiry as well.
_ASKED: Final = aliased(Inquiry)
_SUMMARY: Final = (
    Quote.id,
    Quote.inquiry_id,
    Quote.recipient_id,
    Quote.provider_id,
    Quote.owner_id,
    ProviderProfile.id.label("profile_id"),
    ProviderProfile.slug.label("profile_slug"),
    ProviderProfile.business_name,
    Quote.number,
    _IS_SENDABLE.label("is_sendable"),
    select(_ASKED.expires_at).where(_ASKED.id == Quote.inquiry_id).scalar_subquery().label("inquiry_expires_at"),
    # Enums come as text: the wire has enums of its own.
    type_coerce(Quote.state, String).label("state"),
    Quote.currency,
    Quote.net_minor,
    Quote.tax_minor,
    Quote.gross_minor,
    Quote.valid_days,
    Quote.revises_id,
    Quote.superseded_by_id,
    Quote.sent_at,
    Quote.expires_at,
    Quote.closed_at,
    type_coerce(Quote.decline_reason, String).label("decline_reason"),
    type_coerce(Quote.end_reason, String).label("end_reason"),
    Quote.created_at,
    Quote.updated_at,
    Quote.version,
)
_WHOLE: Final = (
    *_SUMMARY,
    Quote.lines,
    Quote.discount_basis_points,
    Quote.discount_amount_minor,
    Quote.subtotal_minor,
    Quote.discount_minor,
    Quote.taxes,
    Quote.terms,
    Quote.note,
    _REGIONS.label("regions"),
)
_HOME: Final = Property.id == Inquiry.property_id
_BUSINESS: Final = and_(ProviderProfile.user_id == Quote.provider_id, VISIBLE)
_WRITTEN: Final = Quote.provider_id == bindparam("person_id")
# Nobody should accept what a business offers that nobody else sees; what was decided stays with both.
_RECEIVED: Final = and_(
    Quote.owner_id == bindparam("person_id"),
    Quote.state != QuoteState.DRAFT,
    or_(Quote.state != QuoteState.SENT, ProviderProfile.id.is_not(None)),
)
_OF_PARTY: Final = (
    select(*_WHOLE)
    .join(Inquiry, Inquiry.id == Quote.inquiry_id)
    .outerjoin(Property, _HOME)
    .outerjoin(ProviderProfile, _BUSINESS)
    .where(Quote.id == bindparam("id"), or_(_WRITTEN, _RECEIVED))
)
_ONE: Final = Query(_OF_PARTY, QuoteRow)
_CHANGED: Final = Query(
    _OF_PARTY.add_columns(
        blocked_between(Quote.owner_id, Quote.provider_id).label("is_blocked"),
        state_of_business(Quote.provider_id).label("profile_state"),
    ),
    LockedQuoteRow,
)
_WITH_TITLE: Final = (
    select(*_WHOLE, Inquiry.title)
    .join(Inquiry, Inquiry.id == Quote.inquiry_id)
    .outerjoin(Property, _HOME)
    .outerjoin(ProviderProfile, _BUSINESS)
    .where(Quote.id == bindparam("id"))
)
_TOLD: Final = Query(_WITH_TITLE, TitledRow)
_TITLED: Final = Query(_WITH_TITLE.where(or_(_WRITTEN, _RECEIVED)), TitledRow)
_BY_TIME: Final = (Quote.created_at.desc(), Quote.id.desc())
WRITTEN: Final = Query(
    select(*_SUMMARY)
    .outerjoin(ProviderProfile, _BUSINESS)
    .where(Quote.inquiry_id == bindparam("inquiry_id"), _WRITTEN)
    .order_by(*_BY_TIME),
    QuoteSummaryRow,
)
RECEIVED: Final = Query(
    select(*_SUMMARY)
    .outerjoin(ProviderProfile, _BUSINESS)
    .where(Quote.inquiry_id == bindparam("inquiry_id"), _RECEIVED)
    .order_by(*_BY_TIME),
    QuoteSummaryRow,
)
_OWN_INQUIRY: Final = Query(
    select(Inquiry.id).where(Inquiry.id == bindparam("id"), Inquiry.owner_id == bindparam("person_id")), _Id
)
_CAME_TO: Final = Query(
    select(InquiryRecipient.id).where(
        InquiryRecipient.inquiry_id == bindparam("id"), InquiryRecipient.provider_id == bindparam("person_id")
    ),
    _Id,
)
# While the account of whoever asks is closed or suspended, nobody should work for it.


class QuoteRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def find(self, person_id: UUID, quote_id: UUID) -> QuoteRow | None:
        """Return a quote as this party sees it."""
        return await self._reader.first(_ONE, person_id=person_id, id=quote_id)

    async def find_in(self, tx: AsyncSession, person_id: UUID, quote_id: UUID) -> QuoteRow | None:
        return await _ONE.fetch_first(tx, person_id=person_id, id=quote_id)

    async def find_locked(self, tx: AsyncSession, person_id: UUID, quote_id: UUID) -> LockedQuoteRow | None:
        """Return a quote whose inquiry is locked, so that nobody blocks the other party meanwhile."""
        return await _CHANGED.fetch_first(tx, person_id=person_id, id=quote_id)

    async def find_titled(self, person_id: UUID, quote_id: UUID) -> TitledRow | None:
        """Return a quote as this party sees it, with the title of its inquiry."""
        return await self._reader.first(_TITLED, person_id=person_id, id=quote_id)

    async def find_for_mail(self, quote_id: UUID) -> TitledRow | None:
        """Return somebody's quote, for the worker."""
        return await self._reader.first(_TOLD, id=quote_id)

    async def written(self, provider_id: UUID, inquiry_id: UUID) -> Sequence[QuoteSummaryRow]:
        return await self._reader.all(WRITTEN, person_id=provider_id, inquiry_id=inquiry_id)

    async def received(self, owner_id: UUID, inquiry_id: UUID) -> Sequence[QuoteSummaryRow]:
        return await self._reader.all(RECEIVED, person_id=owner_id, inquiry_id=inquiry_id)

    async def owns(self, owner_id: UUID, inquiry_id: UUID) -> bool:
        return await self._reader.first(_OWN_INQUIRY, person_id=owner_id, id=inquiry_id) is not None

    async def was_asked(self, provider_id: UUID, inquiry_id: UUID) -> bool:
        return await self._reader.first(_CAME_TO, person_id=provider_id, id=inquiry_id) is not None
