"""Statements on messages, and on the threads as either side may read them."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Boolean, Select, String, Uuid, and_, bindparam, case, insert, or_, select, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import TypedDict

from generated.states import ProfileState, RecipientState
from impl.identity.capabilities.users.tables import ACTIVE, User
from impl.kernel.paging import keyset_page
from impl.kernel.reader import Reader
from impl.kernel.statements import Command, Query
from impl.kernel.tables import core_table
from impl.marketplace.blocks.tables import blocked_between
from impl.marketplace.capabilities.inquiries.tables import Inquiry, InquiryRecipient, ThreadSide, shown_to_recipients
from impl.marketplace.messages.tables import Hidden, InquiryMessage, NewMessage
from impl.marketplace.places.tables import Place
from impl.marketplace.properties.tables import Property
from impl.marketplace.provider_profile.tables import VISIBLE, ProviderProfile, regions_of, state_of_business


class ThreadRow(TypedDict):
    """Recipient of an inquiry, with how many messages each side has sent and how many of the other's it has read."""

    id: UUID
    inquiry_id: UUID
    owner_id: UUID
    provider_id: UUID
    state: RecipientState
    created_at: datetime
    homeowner_messages: int
    provider_messages: int
    homeowner_read: int
    provider_read: int
    title: str
    # Where telephone numbers are read as there; None when the property is gone.
    regions: str
    # Whether one side has blocked the other.
    is_blocked: bool
    # The name of the business while it is public, and the state of its profile.
    business_name: str | None
    profile_state: ProfileState | None


class MessageRow(TypedDict):
    id: UUID
    recipient_id: UUID
    sender: str
    number: int
    ordinal: int
    text: str | None
    masked: list[str]
    hidden_at: datetime | None
    # Whether the other side has read so far.
    read: bool
    created_at: datetime
    version: int


_REGIONS: Final = regions_of(
    Property.country, InquiryRecipient.provider_id, town_id=Place.id, town_country=Place.country
)
_SHOWN: Final = shown_to_recipients(ACTIVE)
_THREAD: Final = (
    select(
        InquiryRecipient.id,
        InquiryRecipient.inquiry_id,
        Inquiry.owner_id,
        InquiryRecipient.provider_id,
        InquiryRecipient.state,
        InquiryRecipient.created_at,
        InquiryRecipient.homeowner_messages,
        InquiryRecipient.provider_messages,
        InquiryRecipient.homeowner_read,
        InquiryRecipient.provider_read,
        Inquiry.title,
        _REGIONS.label("regions"),
        blocked_between(Inquiry.owner_id, InquiryRecipient.provider_id).label("is_blocked"),
        ProviderProfile.business_name,
        state_of_business(InquiryRecipient.provider_id).label("profile_state"),
    )
    .select_from(InquiryRecipient)
    .join(Inquiry, Inquiry.id == InquiryRecipient.inquiry_id)
    .join(User, User.id == Inquiry.owner_id)
    .outerjoin(Property, Property.id == Inquiry.property_id)
    .outerjoin(ProviderProfile, and_(ProviderProfile.user_id == InquiryRecipient.provider_id, VISIBLE))
)
_OF_OWNER: Final = Query(
    _THREAD.where(
        Inquiry.owner_id == bindparam("user_id"),
        InquiryRecipient.inquiry_id == bindparam("inquiry_id"),
        InquiryRecipient.id == bindparam("recipient_id"),
    ),
    ThreadRow,
)
_OF_PROVIDER: Final = Query(
    _THREAD.where(
        InquiryRecipient.inquiry_id == bindparam("inquiry_id"),
        InquiryRecipient.provider_id == bindparam("user_id"),
        _SHOWN,
    ),
    ThreadRow,
)
_ANY: Final = Query(_THREAD.where(InquiryRecipient.id == bindparam("recipient_id")), ThreadRow)
_READ: Final = case(
    (InquiryMessage.sender == ThreadSide.HOMEOWNER, InquiryMessage.ordinal <= InquiryRecipient.provider_read),
    else_=InquiryMessage.ordinal <= InquiryRecipient.homeowner_read,
)
_MESSAGES: Final = (
    select(
        InquiryMessage.id,
        InquiryMessage.recipient_id,
        # Enums come as text: the wire has enums of its own.
        type_coerce(InquiryMessage.sender, String).label("sender"),
        InquiryMessage.number,
        InquiryMessage.ordinal,
        InquiryMessage.text,
        InquiryMessage.masked,
        InquiryMessage.hidden_at,
        type_coerce(_READ, Boolean).label("read"),
        InquiryMessage.created_at,
        InquiryMessage.version,
    )
    .select_from(InquiryMessage)
    .join(InquiryRecipient, InquiryRecipient.id == InquiryMessage.recipient_id)
)
_OF_THREAD: Final = InquiryMessage.recipient_id == bindparam("recipient_id")
_ONE: Final = Query(_MESSAGES.where(_OF_THREAD, InquiryMessage.id == bindparam("id")), MessageRow)


def _of_a_party(statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    person = bindparam("user_id", type_=Uuid)
    return (
        statement.join(Inquiry, Inquiry.id == InquiryRecipient.inquiry_id)
        .join(User, User.id == Inquiry.owner_id)
        .where(or_(Inquiry.owner_id == person, and_(InquiryRecipient.provider_id == person, _SHOWN)))
    )


_OWN: Final = Query(_of_a_party(_MESSAGES.where(InquiryMessage.id == bindparam("id"))), MessageRow)
_ANYBODYS: Final = Query(_MESSAGES.where(InquiryMessage.id == bindparam("id")), MessageRow)
_TABLE: Final = core_table(InquiryMessage)
_INSERT: Final = Command(insert(_TABLE), NewMessage)
_HIDE: Final = Command(
    update(_TABLE).where(_TABLE.c.id == bindparam("message_id")).values(version=_TABLE.c.version + 1), Hidden
)


@cache
def page_query(*, continued: bool) -> Query[MessageRow]:
    key = {"last_number": InquiryMessage.number}
    return Query(keyset_page(_MESSAGES.where(_OF_THREAD), key, descending=True, continued=continued), MessageRow)


class MessageRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def find_thread(self, user_id: UUID, inquiry_id: UUID, recipient_id: UUID | None) -> ThreadRow | None:
        """Return a thread that this person may read: by its recipient the owner's, and without one the provider's."""
        if recipient_id is None:
            return await self._reader.first(_OF_PROVIDER, user_id=user_id, inquiry_id=inquiry_id)
        return await self._reader.first(_OF_OWNER, user_id=user_id, inquiry_id=inquiry_id, recipient_id=recipient_id)

    async def thread_in(
        self, tx: AsyncSession, user_id: UUID, inquiry_id: UUID, recipient_id: UUID | None
    ) -> ThreadRow | None:
        if recipient_id is None:
            return await _OF_PROVIDER.fetch_first(tx, user_id=user_id, inquiry_id=inquiry_id)
        return await _OF_OWNER.fetch_first(tx, user_id=user_id, inquiry_id=inquiry_id, recipient_id=recipient_id)

    async def any_thread(self, recipient_id: UUID) -> ThreadRow | None:
        """Return somebody's thread, for the worker."""
        return await self._reader.first(_ANY, recipient_id=recipient_id)

    async def page(self, recipient_id: UUID, *, after: int | None, limit: int) -> Sequence[MessageRow]:
        binds = {} if after is None else {"last_number": after}
        query = page_query(continued=after is not None)
        return await self._reader.all(query, recipient_id=recipient_id, limit=limit, **binds)

    async def find(self, recipient_id: UUID, message_id: UUID) -> MessageRow | None:
        return await self._reader.first(_ONE, recipient_id=recipient_id, id=message_id)

    async def find_own(self, user_id: UUID, message_id: UUID) -> MessageRow | None:
        """Return a message of a thread that this person may read, from either side."""
        return await self._reader.first(_OWN, user_id=user_id, id=message_id)

    async def insert(self, tx: AsyncSession, values: NewMessage) -> None:
        await _INSERT.run(tx, values)

    async def any_in(self, tx: AsyncSession, message_id: UUID) -> MessageRow | None:
        """Return somebody's message, for staff."""
        return await _ANYBODYS.fetch_first(tx, id=message_id)

    async def hide(self, tx: AsyncSession, message_id: UUID, now: datetime) -> None:
        await _HIDE.run(tx, {"hidden_at": now, "updated_at": now}, message_id=message_id)
