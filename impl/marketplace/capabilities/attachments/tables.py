"""Table of the photos and documents that go with messages; what a photo shows is a row of `photos`, of this subject."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, Integer, String, Uuid, delete, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column
from typing_extensions import TypedDict

from impl.kernel.ids import new_id
from impl.kernel.outbox import put
from impl.kernel.personal_data import MOST_LONG, OWN_ID, WITH_ACCOUNT, PersonalDataPolicy, Section
from impl.kernel.tables import Table, core_table, enum_column

REMOVED: Final = "marketplace.attachment_removed"
"""Topic of messages about a document whose row is gone, so that its file goes too."""
_WAITS: Final = text("message_id IS NULL")


class MessageAttachmentKind(StrEnum):
    PHOTO = "PHOTO"
    DOCUMENT = "DOCUMENT"


class MessageAttachment(Table):
    """File that goes with a message of one thread; without a message it waits for one, for a day."""

    __tablename__ = "message_attachments"
    __table_args__ = (
        CheckConstraint("length(name) BETWEEN 1 AND 250", name="name_length"),
        CheckConstraint("size_bytes BETWEEN 1 AND 12713984", name="size_bytes_range"),
        CheckConstraint("position BETWEEN 0 AND 4", name="position_range"),
        CheckConstraint("(message_id IS NULL) = (sent_at IS NULL)", name="sent_with_message"),
        CheckConstraint("hidden_at IS NULL OR sent_at IS NOT NULL", name="hidden_if_sent"),
        Index(None, "message_id", "position"),
        Index(None, "owner_id", "recipient_id"),
        Index("ix_message_attachments_recipient", "recipient_id"),
        Index("ix_message_attachments_waiting", "created_at", postgresql_where=_WAITS, sqlite_where=_WAITS),
        {"schema": "marketplace"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    owner_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"))
    recipient_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("marketplace.inquiry_recipients.id", ondelete="RESTRICT")
    )
    message_id: Mapped[UUID | None] = mapped_column(
        Uuid, ForeignKey("marketplace.inquiry_messages.id", ondelete="RESTRICT")
    )
    kind: Mapped[MessageAttachmentKind] = mapped_column(enum_column(MessageAttachmentKind))
    # Masked from the message on.
    name: Mapped[str | None] = mapped_column(String(250))
    size_bytes: Mapped[int] = mapped_column(Integer)
    position: Mapped[int] = mapped_column(Integer)
    sent_at: Mapped[datetime | None]
    # When staff hid its message.
    hidden_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class NewAttachment(TypedDict):
    id: UUID
    owner_id: UUID
    recipient_id: UUID
    kind: MessageAttachmentKind
    name: str | None
    size_bytes: int
    position: int
    created_at: datetime


class Sent(TypedDict):
    """Columns of an attachment that are set when its message is sent."""

    message_id: UUID
    name: str | None
    position: int
    sent_at: datetime


class Hidden(TypedDict):
    hidden_at: datetime


async def remove(tx: AsyncSession, condition: ColumnElement[bool]) -> int:
    """Delete rows, and have the worker delete the files of documents; a photo has a row of its own."""
    table = core_table(MessageAttachment)
    removed = (await tx.scalars(delete(table).where(condition).returning(table.c.id))).all()
    for attachment_id in removed:
        await put(tx, REMOVED, {"attachment_id": str(attachment_id)})
    return len(removed)


PERSONAL_DATA_POLICIES: Final = (
    PersonalDataPolicy(
        table=MessageAttachment,
        retention=WITH_ACCOUNT,
        rows=lambda person: MessageAttachment.owner_id == person,
        removed=True,
        remover=remove,
        export=Section(name="message_attachments", most=MOST_LONG, withheld={"owner_id": OWN_ID}),
    ),
)
