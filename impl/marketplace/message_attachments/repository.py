"""Statements on attachments of messages, and on the photos among them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import String, Uuid, bindparam, func, insert, select, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import TypedDict

from impl.identity.capabilities.users.tables import ACTIVE, User
from impl.kernel.database import take_turns
from impl.kernel.paging import LIMIT
from impl.kernel.reader import Reader
from impl.kernel.statements import Command, Query
from impl.kernel.tables import UtcDateTime, core_table
from impl.marketplace.capabilities.attachments.service import readable
from impl.marketplace.capabilities.attachments.tables import (
    Hidden,
    MessageAttachment,
    NewAttachment,
    Sent,
    remove,
)
from impl.marketplace.capabilities.inquiries.tables import Inquiry, InquiryRecipient, shown_to_recipients
from impl.marketplace.photos.tables import Photo
from impl.marketplace.photos.tables import remove as remove_photos

_TABLE: Final = core_table(MessageAttachment)


class AttachmentRow(TypedDict):
    """An attachment, with the state of its photo where it is one."""

    id: UUID
    recipient_id: UUID
    message_id: UUID | None
    kind: str
    name: str | None
    size_bytes: int
    photo_state: str | None
    fault: str | None
    width: int | None
    height: int | None
    placeholder: str | None
    content_hash: str | None


class _Id(TypedDict):
    id: UUID


class _Numbers(TypedDict):
    waiting: int
    in_thread: int


_SHOWN: Final = shown_to_recipients(ACTIVE)
_ROWS: Final = select(
    MessageAttachment.id,
    MessageAttachment.recipient_id,
    MessageAttachment.message_id,
    # Enums come as text: the wire has enums of its own.
    type_coerce(MessageAttachment.kind, String).label("kind"),
    MessageAttachment.name,
    MessageAttachment.size_bytes,
    type_coerce(Photo.state, String).label("photo_state"),
    type_coerce(Photo.fault, String).label("fault"),
    Photo.width,
    Photo.height,
    Photo.placeholder,
    Photo.content_hash,
).outerjoin(Photo, Photo.subject_id == MessageAttachment.id)
_OF_MESSAGES: Final = Query(
    _ROWS.where(MessageAttachment.message_id.in_(bindparam("message_ids", type_=Uuid(), expanding=True))).order_by(
        MessageAttachment.message_id, MessageAttachment.position, MessageAttachment.id
    ),
    AttachmentRow,
)
_PERSON: Final = bindparam("user_id", type_=Uuid)
_OWN: Final = Query(readable(_ROWS.where(MessageAttachment.id == bindparam("id")), _PERSON), AttachmentRow)
_WAITING: Final = Query(
    _ROWS.where(
        MessageAttachment.owner_id == bindparam("owner_id"),
        MessageAttachment.recipient_id == bindparam("recipient_id"),
        MessageAttachment.message_id.is_(None),
        MessageAttachment.id.in_(bindparam("ids", type_=Uuid(), expanding=True)),
    ).with_for_update(of=MessageAttachment),
    AttachmentRow,
)
_ALL_WAITING: Final = Query(
    _ROWS.where(MessageAttachment.owner_id == bindparam("owner_id"), MessageAttachment.message_id.is_(None))
    .order_by(MessageAttachment.created_at.desc(), MessageAttachment.id.desc())
    .limit(LIMIT),
    AttachmentRow,
)
_OF_MESSAGE: Final = Query(
    _ROWS.where(MessageAttachment.id == bindparam("id"), MessageAttachment.message_id == bindparam("message_id")),
    AttachmentRow,
)
_EXISTING: Final = Query(
    select(MessageAttachment.id).where(MessageAttachment.id.in_(bindparam("ids", type_=Uuid(), expanding=True))), _Id
)
_NUMBERS: Final = Query(
    select(
        func.count().filter(MessageAttachment.message_id.is_(None)).label("waiting"),
        func.count().filter(MessageAttachment.recipient_id == bindparam("recipient_id")).label("in_thread"),
    )
    .select_from(MessageAttachment)
    .where(MessageAttachment.owner_id == bindparam("owner_id")),
    _Numbers,
)
_THREAD: Final = (
    select(InquiryRecipient.id)
    .join(Inquiry, Inquiry.id == InquiryRecipient.inquiry_id)
    .join(User, User.id == Inquiry.owner_id)
    .where(InquiryRecipient.inquiry_id == bindparam("inquiry_id"))
)
_OF_OWNER: Final = Query(
    _THREAD.where(Inquiry.owner_id == _PERSON, InquiryRecipient.id == bindparam("recipient_id")), _Id
)
_OF_PROVIDER: Final = Query(_THREAD.where(InquiryRecipient.provider_id == _PERSON, _SHOWN), _Id)
FORGOTTEN: Final = Query(
    select(MessageAttachment.id)
    .where(MessageAttachment.message_id.is_(None), MessageAttachment.created_at < bindparam("before", UtcDateTime()))
    .order_by(MessageAttachment.created_at)
    .limit(LIMIT)
    .with_for_update(skip_locked=True),
    _Id,
)
_INSERT: Final = Command(insert(_TABLE), NewAttachment)
_SEND: Final = Command(update(_TABLE).where(_TABLE.c.id == bindparam("attachment_id")), Sent)
_HIDE: Final = Command(update(_TABLE).where(_TABLE.c.message_id == bindparam("of_message")), Hidden)


class MessageAttachmentRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def thread(self, user_id: UUID, inquiry_id: UUID, recipient_id: UUID | None) -> UUID | None:
        """Return the recipient in whose thread this person writes: named by its owner, and a provider's own."""
        if recipient_id is None:
            row = await self._reader.first(_OF_PROVIDER, user_id=user_id, inquiry_id=inquiry_id)
        else:
            row = await self._reader.first(_OF_OWNER, user_id=user_id, inquiry_id=inquiry_id, recipient_id=recipient_id)
        return None if row is None else row["id"]

    async def take_turns(self, tx: AsyncSession, owner_id: UUID) -> None:
        """Lock the attachments of this person against additions until the transaction ends."""
        await take_turns(tx, b"message_attachments" + owner_id.bytes)

    async def numbers(self, tx: AsyncSession, owner_id: UUID, recipient_id: UUID) -> tuple[int, int]:
        """Return how many of this person wait for a message, and how many there are in the thread."""
        row = await _NUMBERS.fetch_one(tx, owner_id=owner_id, recipient_id=recipient_id)
        return row["waiting"], row["in_thread"]

    async def insert(self, tx: AsyncSession, values: NewAttachment) -> None:
        await _INSERT.run(tx, values)

    async def all_waiting(self, owner_id: UUID, *, limit: int) -> Sequence[AttachmentRow]:
        return await self._reader.all(_ALL_WAITING, owner_id=owner_id, limit=limit)

    async def find_own(self, user_id: UUID, attachment_id: UUID) -> AttachmentRow | None:
        return await self._reader.first(_OWN, user_id=user_id, id=attachment_id)

    async def of_messages(self, message_ids: Collection[UUID]) -> Sequence[AttachmentRow]:
        return await self._reader.all(_OF_MESSAGES, message_ids=list(message_ids))

    async def of_message_in(self, tx: AsyncSession, message_id: UUID) -> Sequence[AttachmentRow]:
        return await _OF_MESSAGES.fetch_all(tx, message_ids=[message_id])

    async def one_of_message_in(self, tx: AsyncSession, message_id: UUID, attachment_id: UUID) -> AttachmentRow | None:
        return await _OF_MESSAGE.fetch_first(tx, id=attachment_id, message_id=message_id)

    async def waiting(
        self, tx: AsyncSession, owner_id: UUID, recipient_id: UUID, ids: Collection[UUID]
    ) -> Sequence[AttachmentRow]:
        """Return those of the ids that this person has sent for the thread and for no message yet, locked."""
        return await _WAITING.fetch_all(tx, owner_id=owner_id, recipient_id=recipient_id, ids=list(ids))

    async def send(self, tx: AsyncSession, attachment_id: UUID, values: Sent) -> None:
        await _SEND.run(tx, values, attachment_id=attachment_id)

    async def hide(self, tx: AsyncSession, message_id: UUID, now: datetime) -> None:
        await _HIDE.run(tx, {"hidden_at": now}, of_message=message_id)

    async def existing(self, attachment_ids: Collection[UUID]) -> Collection[UUID]:
        """Return those of the ids that attachments have."""
        return [row["id"] for row in await self._reader.all(_EXISTING, ids=list(attachment_ids))]

    async def forget(self, tx: AsyncSession, before: datetime, *, limit: int) -> int:
        """Delete what no message has named since, with the photos of it."""
        ids = [row["id"] for row in await FORGOTTEN.fetch_all(tx, before=before, limit=limit)]
        if not ids:
            return 0
        await remove_photos(tx, core_table(Photo).c.subject_id.in_(ids))
        return await remove(tx, _TABLE.c.id.in_(ids))
