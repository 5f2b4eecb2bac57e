"""Table of blocks, and the condition that one of two people has blocked the other."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Exists,
    ForeignKey,
    Index,
    SQLColumnExpression,
    UniqueConstraint,
    Uuid,
    and_,
    exists,
    or_,
)
from sqlalchemy.orm import Mapped, mapped_column
from typing_extensions import TypedDict

from impl.kernel.ids import new_id
from impl.kernel.personal_data import OF_OTHERS, OWN_ID, WITH_ACCOUNT, PersonalDataPolicy, Section
from impl.kernel.tables import Table, enum_column
from impl.marketplace.capabilities.inquiries.tables import ThreadSide


class Block(Table):
    """Block of one person by another; `recipient_id` names the thread in which it was done."""

    __tablename__ = "blocks"
    __table_args__ = (
        UniqueConstraint("blocker_id", "blocked_id"),
        Index(None, "blocker_id", "created_at", "id"),
        Index("ix_blocks_blocked", "blocked_id"),
        Index("ix_blocks_recipient", "recipient_id"),
        {"schema": "marketplace"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    blocker_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"))
    blocked_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"))
    recipient_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("marketplace.inquiry_recipients.id", ondelete="RESTRICT")
    )
    blocked_side: Mapped[ThreadSide] = mapped_column(enum_column(ThreadSide))
    created_at: Mapped[datetime]


class NewBlock(TypedDict):
    id: UUID
    blocker_id: UUID
    blocked_id: UUID
    recipient_id: UUID
    blocked_side: ThreadSide
    created_at: datetime


type _Person = SQLColumnExpression[UUID] | ColumnElement[UUID]


def blocked_between(one: _Person, other: _Person) -> Exists:
    """Return whether one of two people has blocked the other."""
    return exists().where(
        or_(
            and_(Block.blocker_id == one, Block.blocked_id == other),
            and_(Block.blocker_id == other, Block.blocked_id == one),
        )
    )


PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(
        table=Block,
        retention=WITH_ACCOUNT,
        # Nobody is left to hear from.
        rows=lambda person: or_(Block.blocker_id == person, Block.blocked_id == person),
        removed=True,
        export=Section(
            name="blocks",
            rows=lambda person: Block.blocker_id == person,
            withheld={"blocker_id": OWN_ID, "blocked_id": OF_OTHERS},
        ),
    ),
)
