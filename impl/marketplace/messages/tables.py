"""Table of messages; how many of them each side has sent and read stands with the recipient, whose thread it is."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column
from typing_extensions import TypedDict

from impl.kernel.personal_data import (
    DERIVED,
    MACHINERY,
    MOST_LONG,
    OWN_ID,
    WITH_ACCOUNT,
    PersonalDataPolicy,
    Section,
)
from impl.kernel.tables import Json, Stamped, Table, enum_column
from impl.marketplace.capabilities.inquiries.tables import ThreadSide

# Messages of one thread.
MOST: Final = 1000


class InquiryMessage(Stamped, Table):
    """Message, with its contact details masked; `created_at` is when it was sent."""

    __tablename__ = "inquiry_messages"
    __table_args__ = (
        # Pages of a thread are read by it.
        UniqueConstraint("recipient_id", "number"),
        CheckConstraint("length(text) BETWEEN 1 AND 4000", name="text_length"),
        CheckConstraint("number BETWEEN 1 AND 1000 AND ordinal BETWEEN 1 AND number", name="number_range"),
        Index(None, "sender_id", "created_at", "id"),
        {"schema": "marketplace"},
    )

    recipient_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("marketplace.inquiry_recipients.id", ondelete="RESTRICT")
    )
    sender: Mapped[ThreadSide] = mapped_column(enum_column(ThreadSide))
    sender_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"))
    # Place in the thread, and among the messages of this side, so that nothing has to be counted.
    number: Mapped[int] = mapped_column(Integer)
    ordinal: Mapped[int] = mapped_column(Integer)
    # NULL when the account of whoever wrote it was erased.
    text: Mapped[str | None] = mapped_column(String(4000))
    masked: Mapped[list[str]] = mapped_column(Json)
    # When staff hid it; the words stay, for whoever has to say why.
    hidden_at: Mapped[datetime | None]


class NewMessage(TypedDict):
    id: UUID
    recipient_id: UUID
    sender: ThreadSide
    sender_id: UUID
    number: int
    ordinal: int
    text: str
    masked: list[str]
    created_at: datetime
    updated_at: datetime
    version: int


class Hidden(TypedDict):
    hidden_at: datetime
    updated_at: datetime


PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(
        table=InquiryMessage,
        retention=WITH_ACCOUNT,
        rows=lambda person: InquiryMessage.sender_id == person,
        blanked={"text": lambda _: None, "masked": lambda _: []},
        events=("message.hidden",),
        pseudonyms=("id", "recipient_id", "sender_id"),
        impersonal=("sender", "number", "ordinal", "hidden_at", "created_at", "updated_at", "version"),
        export=Section(
            name="inquiry_messages",
            most=MOST_LONG,
            withheld={
                "sender_id": OWN_ID,
                "sender": DERIVED,
                "number": MACHINERY,
                "ordinal": MACHINERY,
                "version": MACHINERY,
            },
        ),
    ),
)
