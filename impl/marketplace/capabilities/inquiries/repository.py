"""Statements that lock and write inquiries and their recipients."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import and_, bindparam, exists, insert, literal_column, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import TypedDict

from generated.states import AccountState, InquiryState, RecipientState
from impl.identity.capabilities.users.tables import User
from impl.kernel.paging import LIMIT
from impl.kernel.pending_writes import change_soon, insert_soon
from impl.kernel.reader import Reader
from impl.kernel.statements import Command, NewRows, Query
from impl.kernel.tables import UtcDateTime, core_table
from impl.marketplace.capabilities.inquiries.tables import (
    WAITING,
    HomeownerCount,
    HomeownerMarker,
    Inquiry,
    InquiryChanges,
    InquiryRecipient,
    NewInquiry,
    NewRecipient,
    ProviderCount,
    ProviderMarker,
    RecipientChanges,
    Reminded,
)
from impl.marketplace.capabilities.quotes.tables import Quote

_INQUIRIES: Final = core_table(Inquiry)
_RECIPIENTS: Final = core_table(InquiryRecipient)


class _Id(TypedDict):
    id: UUID


class LockedInquiry(TypedDict):
    id: UUID
    owner_id: UUID
    property_id: UUID | None
    category_id: UUID
    title: str
    state: InquiryState
    expires_at: datetime
    is_owner_there: bool


class LockedRecipient(TypedDict):
    """Recipient of a locked inquiry; changes of recipients lock the inquiry first."""

    id: UUID
    provider_id: UUID
    state: RecipientState
    created_at: datetime


class _LockedPair(LockedInquiry):
    recipient_id: UUID
    provider_id: UUID
    recipient_state: RecipientState
    created_at: datetime


_INQUIRY: Final = (
    Inquiry.id,
    Inquiry.owner_id,
    Inquiry.property_id,
    Inquiry.category_id,
    Inquiry.title,
    Inquiry.state,
    Inquiry.expires_at,
    exists()
    .where(User.id == Inquiry.owner_id, User.state == AccountState.ACTIVE, User.closed_at.is_(None))
    .label("is_owner_there"),
)
_LOCKED: Final = Query(select(*_INQUIRY).where(Inquiry.id == bindparam("id")).with_for_update(), LockedInquiry)
# Both are locked: who has waited for the inquiry would read the recipient as it was before.
_PAIR: Final = (
    select(
        *_INQUIRY,
        InquiryRecipient.id.label("recipient_id"),
        InquiryRecipient.provider_id,
        InquiryRecipient.state.label("recipient_state"),
        InquiryRecipient.created_at,
    )
    .join(InquiryRecipient, InquiryRecipient.inquiry_id == Inquiry.id)
    .with_for_update(of=(Inquiry, InquiryRecipient))
)
_LOCKED_FOR: Final = Query(
    _PAIR.where(Inquiry.id == bindparam("id"), InquiryRecipient.provider_id == bindparam("provider_id")), _LockedPair
)
_LOCKED_OF_QUOTE: Final = Query(
    _PAIR.join(Quote, Quote.recipient_id == InquiryRecipient.id).where(
        Quote.id == bindparam("quote_id"),
        or_(Quote.provider_id == bindparam("party_id"), Quote.owner_id == bindparam("party_id")),
    ),
    _LockedPair,
)
_INSERT: Final = Command(insert(_INQUIRIES), NewInquiry)
_INSERT_RECIPIENT: Final = Command(insert(_RECIPIENTS), NewRecipient)
_UPDATE: Final = Command(
    update(_INQUIRIES).where(_INQUIRIES.c.id == bindparam("inquiry_id")).values(version=_INQUIRIES.c.version + 1),
    InquiryChanges,
)
_UPDATE_RECIPIENT: Final = Command(
    update(_RECIPIENTS).where(_RECIPIENTS.c.id == bindparam("recipient_id")).values(version=_RECIPIENTS.c.version + 1),
    RecipientChanges,
)
_UPDATE_RECIPIENTS: Final = Command(
    update(_RECIPIENTS)
    .where(
        _RECIPIENTS.c.inquiry_id == bindparam("of_inquiry"),
        _RECIPIENTS.c.state.in_(bindparam("before", expanding=True)),
    )
    .values(version=_RECIPIENTS.c.version + 1),
    RecipientChanges,
)
_UPDATE_OTHERS: Final = Command(
    update(_RECIPIENTS)
    .where(
        _RECIPIENTS.c.inquiry_id == bindparam("of_inquiry"),
        _RECIPIENTS.c.id != bindparam("chosen_id"),
        _RECIPIENTS.c.state.in_(WAITING),
    )
    .values(version=_RECIPIENTS.c.version + 1),
    RecipientChanges,
)
_COUNT_OF_HOMEOWNER: Final = Command(
    update(_RECIPIENTS).where(_RECIPIENTS.c.id == bindparam("recipient_id")), HomeownerCount
)
_COUNT_OF_PROVIDER: Final = Command(
    update(_RECIPIENTS).where(_RECIPIENTS.c.id == bindparam("recipient_id")), ProviderCount
)
# A marker never goes back, whichever of two requests comes last.
_READ_BY_HOMEOWNER: Final = Command(
    update(_RECIPIENTS).where(
        _RECIPIENTS.c.id == bindparam("recipient_id"), _RECIPIENTS.c.homeowner_read < bindparam("reached")
    ),
    HomeownerMarker,
)
_READ_BY_PROVIDER: Final = Command(
    update(_RECIPIENTS).where(
        _RECIPIENTS.c.id == bindparam("recipient_id"), _RECIPIENTS.c.provider_read < bindparam("reached")
    ),
    ProviderMarker,
)


_ENDING: Final = Inquiry.state == literal_column("'OPEN'")
_IS_DUE: Final = and_(
    _ENDING,
    or_(
        Inquiry.expires_at <= bindparam("now", type_=UtcDateTime()),
        and_(Inquiry.expires_at <= bindparam("soon", type_=UtcDateTime()), Inquiry.reminded_at.is_(None)),
    ),
)
_NEXT: Final = Query(select(Inquiry.id).where(_IS_DUE).limit(1), _Id)
DUE: Final = Query(
    select(*_INQUIRY).where(_IS_DUE).order_by(Inquiry.expires_at).limit(LIMIT).with_for_update(skip_locked=True),
    LockedInquiry,
)
_REMIND: Final = Command(update(_INQUIRIES).where(_INQUIRIES.c.id == bindparam("inquiry_id")), Reminded)


class InquiryRecordsRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def lock(self, tx: AsyncSession, inquiry_id: UUID) -> LockedInquiry | None:
        return await _LOCKED.fetch_first(tx, id=inquiry_id)

    async def lock_of_quote(
        self, tx: AsyncSession, quote_id: UUID, party_id: UUID
    ) -> tuple[LockedInquiry, LockedRecipient] | None:
        """Return the inquiry and the recipient of a quote that this person has written or asked for."""
        return _pair(await _LOCKED_OF_QUOTE.fetch_first(tx, quote_id=quote_id, party_id=party_id))

    async def lock_for(
        self, tx: AsyncSession, inquiry_id: UUID, provider_id: UUID
    ) -> tuple[LockedInquiry, LockedRecipient] | None:
        """Return the inquiry and this provider as its recipient, both locked."""
        return _pair(await _LOCKED_FOR.fetch_first(tx, id=inquiry_id, provider_id=provider_id))

    async def insert(self, tx: AsyncSession, values: NewInquiry) -> None:
        await insert_soon(tx, NewRows(_INSERT, [values]))

    async def insert_recipients(self, tx: AsyncSession, values: Sequence[NewRecipient]) -> None:
        await insert_soon(tx, NewRows(_INSERT_RECIPIENT, values))

    async def update(self, tx: AsyncSession, inquiry_id: UUID, changes: InquiryChanges) -> None:
        await change_soon(tx, _UPDATE, changes, inquiry_id=inquiry_id)

    async def update_recipient(self, tx: AsyncSession, recipient_id: UUID, changes: RecipientChanges) -> None:
        await change_soon(tx, _UPDATE_RECIPIENT, changes, recipient_id=recipient_id)

    async def update_recipients(
        self, tx: AsyncSession, inquiry_id: UUID, states: Sequence[RecipientState], changes: RecipientChanges
    ) -> None:
        """Change those recipients of a locked inquiry that are in these states."""
        await change_soon(tx, _UPDATE_RECIPIENTS, changes, of_inquiry=inquiry_id, before=list(states))

    async def update_others(
        self, tx: AsyncSession, inquiry_id: UUID, chosen_id: UUID, changes: RecipientChanges
    ) -> None:
        """Change each recipient of a locked inquiry but one, unless their state is final."""
        await change_soon(tx, _UPDATE_OTHERS, changes, of_inquiry=inquiry_id, chosen_id=chosen_id)

    async def count_message(self, tx: AsyncSession, recipient_id: UUID, *, by_homeowner: bool, ordinal: int) -> None:
        """Set the number of messages of a side, without a new version of the recipient."""
        if by_homeowner:
            await _COUNT_OF_HOMEOWNER.run(tx, {"homeowner_messages": ordinal}, recipient_id=recipient_id)
        else:
            await _COUNT_OF_PROVIDER.run(tx, {"provider_messages": ordinal}, recipient_id=recipient_id)

    async def mark_read(self, tx: AsyncSession, recipient_id: UUID, *, by_homeowner: bool, read: int) -> None:
        """Set how many messages of the other side a side has read, unless it has read more."""
        if by_homeowner:
            await _READ_BY_HOMEOWNER.run(tx, {"homeowner_read": read}, recipient_id=recipient_id, reached=read)
        else:
            await _READ_BY_PROVIDER.run(tx, {"provider_read": read}, recipient_id=recipient_id, reached=read)

    async def has_due(self, now: datetime, soon: datetime) -> bool:
        """Return without a lock whether one has expired or is to be reminded of: most of the time none is."""
        return await self._reader.first(_NEXT, now=now, soon=soon) is not None

    async def lock_due(self, tx: AsyncSession, now: datetime, soon: datetime, *, limit: int) -> Sequence[LockedInquiry]:
        """Return those that have expired or will soon, without those that somebody else has locked."""
        return await DUE.fetch_all(tx, now=now, soon=soon, limit=limit)

    async def set_reminded(self, tx: AsyncSession, inquiry_id: UUID, now: datetime) -> None:
        await _REMIND.run(tx, {"reminded_at": now}, inquiry_id=inquiry_id)


def _pair(row: _LockedPair | None) -> tuple[LockedInquiry, LockedRecipient] | None:
    if row is None:
        return None
    inquiry: LockedInquiry = {
        "id": row["id"],
        "owner_id": row["owner_id"],
        "property_id": row["property_id"],
        "category_id": row["category_id"],
        "title": row["title"],
        "state": row["state"],
        "expires_at": row["expires_at"],
        "is_owner_there": row["is_owner_there"],
    }
    return inquiry, {
        "id": row["recipient_id"],
        "provider_id": row["provider_id"],
        "state": row["recipient_state"],
        "created_at": row["created_at"],
    }
