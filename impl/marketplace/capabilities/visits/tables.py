"""Table of visits."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Uuid, case, or_
from sqlalchemy.orm import Mapped, mapped_column
from typing_extensions import TypedDict

from generated.states import VisitState
from impl.kernel.personal_data import MACHINERY, MOST_LONG, OF_OTHERS, WITH_ACCOUNT, PersonalDataPolicy, Section
from impl.kernel.tables import Stamped, Table, enum_column
from impl.marketplace.capabilities.inquiries.tables import ThreadSide

BOOKED_ONCE: Final = "ex_visits_booked_once"
"""Constraint by which no booked visit of a provider overlaps another one or a booked job (0081)."""


class VisitEndReason(StrEnum):
    """Event that cancelled a visit, if neither side has cancelled it itself."""

    INQUIRY_WITHDRAWN = "INQUIRY_WITHDRAWN"
    INQUIRY_EXPIRED = "INQUIRY_EXPIRED"
    INQUIRY_DECLINED = "INQUIRY_DECLINED"
    OTHER_CHOSEN = "OTHER_CHOSEN"
    JOB_CANCELLED = "JOB_CANCELLED"
    ACCOUNT_CLOSED = "ACCOUNT_CLOSED"


class Visit(Stamped, Table):
    """Visit of a provider in the thread of an inquiry; `created_at` is when it was asked for. It holds no place."""

    __tablename__ = "visits"
    __table_args__ = (
        CheckConstraint("owner_id <> provider_id", name="two_parties"),
        CheckConstraint("starts_at < ends_at", name="time_order"),
        CheckConstraint("state <> 'BOOKED' OR booked_at IS NOT NULL", name="booked_at_known"),
        CheckConstraint(
            "(state = 'CANCELLED') = (cancelled_by IS NOT NULL OR end_reason IS NOT NULL)", name="cancelled_by_known"
        ),
        Index(None, "owner_id", "created_at", "id"),
        Index(None, "provider_id", "created_at", "id"),
        Index(None, "provider_id", "starts_at"),
        Index(None, "inquiry_id"),
        Index(None, "recipient_id"),
        {"schema": "marketplace"},
    )

    inquiry_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("marketplace.inquiries.id", ondelete="RESTRICT"))
    recipient_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("marketplace.inquiry_recipients.id", ondelete="RESTRICT")
    )
    owner_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"))
    provider_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"))
    state: Mapped[VisitState] = mapped_column(enum_column(VisitState))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    # Kept when it is cancelled: only what both have agreed on is in a calendar.
    booked_at: Mapped[datetime | None]
    # Nobody has cancelled what ended with an inquiry that expired.
    cancelled_by: Mapped[ThreadSide | None] = mapped_column(enum_column(ThreadSide, name="cancelled_by"))
    end_reason: Mapped[VisitEndReason | None] = mapped_column(enum_column(VisitEndReason))


class NewVisit(TypedDict):
    id: UUID
    inquiry_id: UUID
    recipient_id: UUID
    owner_id: UUID
    provider_id: UUID
    state: VisitState
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
    updated_at: datetime
    version: int


class VisitChanges(TypedDict, total=False):
    """Columns of a visit that change; those that are absent stay."""

    state: VisitState
    booked_at: datetime
    cancelled_by: ThreadSide
    end_reason: VisitEndReason
    updated_at: datetime


# What nobody goes on with when a side is gone; the provider's time is free again.
_AHEAD: Final = Visit.state.in_((VisitState.REQUESTED, VisitState.BOOKED))

PERSONAL_DATA_POLICIES: Final = (
    PersonalDataPolicy(
        table=Visit,
        retention=WITH_ACCOUNT,
        rows=lambda person: or_(Visit.owner_id == person, Visit.provider_id == person),
        blanked={
            "state": lambda _: case((_AHEAD, VisitState.CANCELLED.value), else_=Visit.state),
            "cancelled_by": lambda person: case(
                (
                    _AHEAD,
                    case((Visit.owner_id == person, ThreadSide.HOMEOWNER.value), else_=ThreadSide.PROVIDER.value),
                ),
                else_=Visit.cancelled_by,
            ),
            "end_reason": lambda _: case((_AHEAD, VisitEndReason.ACCOUNT_CLOSED.value), else_=Visit.end_reason),
        },
        pseudonyms=("id", "inquiry_id", "recipient_id", "owner_id", "provider_id"),
        impersonal=("starts_at", "ends_at", "booked_at", "created_at", "updated_at", "version"),
        export=Section(
            name="visits",
            most=MOST_LONG,
            withheld={"owner_id": OF_OTHERS, "provider_id": OF_OTHERS, "version": MACHINERY},
        ),
    ),
)
