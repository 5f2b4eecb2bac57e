"""Tables of notifications, with the box of each account that numbers and counts them."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column
from typing_extensions import TypedDict

from impl.kernel.ids import new_id
from impl.kernel.personal_data import MACHINERY, OWN_ID, WITH_ACCOUNT, Period, PersonalDataPolicy, Section
from impl.kernel.tables import Table, enum_column

_IS_UNREAD: Final = text("read_at IS NULL")
_IS_READ: Final = text("read_at IS NOT NULL")


class NotificationKind(StrEnum):
    """Event that somebody is notified of."""

    INQUIRY_RECEIVED = "INQUIRY_RECEIVED"
    INQUIRY_DECLINED = "INQUIRY_DECLINED"
    INQUIRY_ENDING = "INQUIRY_ENDING"
    MESSAGE_RECEIVED = "MESSAGE_RECEIVED"
    QUOTE_RECEIVED = "QUOTE_RECEIVED"
    QUOTE_REVISED = "QUOTE_REVISED"
    QUOTE_ACCEPTED = "QUOTE_ACCEPTED"
    QUOTE_DECLINED = "QUOTE_DECLINED"
    QUOTE_LOST = "QUOTE_LOST"
    QUOTE_WITHDRAWN = "QUOTE_WITHDRAWN"
    QUOTE_EXPIRED = "QUOTE_EXPIRED"
    JOB_STARTED = "JOB_STARTED"
    JOB_DELIVERED = "JOB_DELIVERED"
    JOB_COMPLETED = "JOB_COMPLETED"
    JOB_CHANGES_REQUESTED = "JOB_CHANGES_REQUESTED"
    JOB_CANCELLED = "JOB_CANCELLED"
    JOB_SCHEDULED = "JOB_SCHEDULED"
    JOB_TIME_PROPOSED = "JOB_TIME_PROPOSED"
    JOB_TIME_ACCEPTED = "JOB_TIME_ACCEPTED"
    JOB_TIME_DECLINED = "JOB_TIME_DECLINED"
    JOB_DISPUTED = "JOB_DISPUTED"
    DISPUTE_DECIDED = "DISPUTE_DECIDED"
    VISIT_REQUESTED = "VISIT_REQUESTED"
    VISIT_BOOKED = "VISIT_BOOKED"
    VISIT_DECLINED = "VISIT_DECLINED"
    VISIT_CANCELLED = "VISIT_CANCELLED"
    REVIEW_PUBLISHED = "REVIEW_PUBLISHED"
    REVIEW_REPLIED = "REVIEW_REPLIED"
    REVIEW_HIDDEN = "REVIEW_HIDDEN"
    PROFILE_APPROVED = "PROFILE_APPROVED"
    PROFILE_REJECTED = "PROFILE_REJECTED"
    SERVICE_APPROVED = "SERVICE_APPROVED"
    SERVICE_REJECTED = "SERVICE_REJECTED"
    SERVICE_REINSTATED = "SERVICE_REINSTATED"
    PROVIDER_SUSPENDED = "PROVIDER_SUSPENDED"
    PROVIDER_REINSTATED = "PROVIDER_REINSTATED"
    PHOTO_REINSTATED = "PHOTO_REINSTATED"
    REPORT_DECIDED = "REPORT_DECIDED"
    REPORTED_THING_DECIDED = "REPORTED_THING_DECIDED"
    VERIFICATION_VERIFIED = "VERIFICATION_VERIFIED"
    VERIFICATION_REJECTED = "VERIFICATION_REJECTED"
    VERIFICATION_REVOKED = "VERIFICATION_REVOKED"
    VERIFICATION_ENDING = "VERIFICATION_ENDING"
    VERIFICATION_EXPIRED = "VERIFICATION_EXPIRED"
    SAVED_SEARCH_NEWS = "SAVED_SEARCH_NEWS"


class NotificationGroup(StrEnum):
    """Group of kinds, for which a person chooses together."""

    INQUIRIES = "INQUIRIES"
    MESSAGES = "MESSAGES"
    QUOTES = "QUOTES"
    JOBS = "JOBS"
    REVIEWS = "REVIEWS"
    DECISIONS = "DECISIONS"
    VERIFICATIONS = "VERIFICATIONS"
    SAVED_SEARCHES = "SAVED_SEARCHES"


_PREFIXES: Final = {
    "INQUIRY": NotificationGroup.INQUIRIES,
    "MESSAGE": NotificationGroup.MESSAGES,
    "QUOTE": NotificationGroup.QUOTES,
    "JOB": NotificationGroup.JOBS,
    "DISPUTE": NotificationGroup.JOBS,
    "VISIT": NotificationGroup.JOBS,
    "REVIEW": NotificationGroup.REVIEWS,
    "PROFILE": NotificationGroup.DECISIONS,
    "SERVICE": NotificationGroup.DECISIONS,
    "PROVIDER": NotificationGroup.DECISIONS,
    "PHOTO": NotificationGroup.DECISIONS,
    "REPORT": NotificationGroup.DECISIONS,
    "REPORTED": NotificationGroup.DECISIONS,
    "VERIFICATION": NotificationGroup.VERIFICATIONS,
    "SAVED": NotificationGroup.SAVED_SEARCHES,
}
# A kind is named for what it is about.
GROUPS: Final = {kind: _PREFIXES[kind.partition("_")[0]] for kind in NotificationKind}


def bit_of(group: NotificationGroup) -> int:
    """Return the bit of a group in `muted`; the order of the groups never changes."""
    return 1 << list(NotificationGroup).index(group)


class NotificationSubjectKind(StrEnum):
    """Kind of the subject of a notification."""

    INQUIRY = "INQUIRY"
    THREAD = "THREAD"
    MESSAGE = "MESSAGE"
    QUOTE = "QUOTE"
    JOB = "JOB"
    VISIT = "VISIT"
    SERVICE = "SERVICE"
    PROVIDER_PROFILE = "PROVIDER_PROFILE"
    PHOTO = "PHOTO"
    REPORT = "REPORT"
    VERIFICATION = "VERIFICATION"
    SAVED_SEARCH = "SAVED_SEARCH"


class NotificationBox(Table):
    """Box of an account: the last number that was given, and how many are unread; its lock orders the numbers."""

    __tablename__ = "notification_boxes"
    __table_args__ = (
        CheckConstraint("last_number >= 0", name="last_number_range"),
        CheckConstraint("unread_count BETWEEN 0 AND last_number", name="unread_count_range"),
        {"schema": "marketplace"},
    )

    account_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"), primary_key=True
    )
    last_number: Mapped[int] = mapped_column(BigInteger)
    unread_count: Mapped[int] = mapped_column(Integer)
    # Groups of which nothing is shown in the application, as bits.
    muted: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"))


class Notification(Table):
    """Notification of one account: ids and codes, and no word of anybody."""

    __tablename__ = "notifications"
    __table_args__ = (
        CheckConstraint("number >= 1", name="number_range"),
        CheckConstraint("(subject_kind = 'THREAD') = (inquiry_id IS NOT NULL)", name="inquiry_of_threads"),
        UniqueConstraint("account_id", "number"),
        Index(
            "ix_notifications_unread",
            "account_id",
            "number",
            postgresql_where=_IS_UNREAD,
            sqlite_where=_IS_UNREAD,
        ),
        Index("ix_notifications_read_at", "read_at", postgresql_where=_IS_READ, sqlite_where=_IS_READ),
        {"schema": "marketplace"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    account_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"))
    number: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[NotificationKind] = mapped_column(enum_column(NotificationKind))
    subject_kind: Mapped[NotificationSubjectKind] = mapped_column(enum_column(NotificationSubjectKind))
    subject_id: Mapped[UUID]
    # By which the owner of an inquiry finds the thread of one of its recipients.
    inquiry_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]


class NewNotification(TypedDict):
    """Notification before its box has numbered it."""

    id: UUID
    account_id: UUID
    kind: NotificationKind
    subject_kind: NotificationSubjectKind
    subject_id: UUID
    inquiry_id: UUID | None
    created_at: datetime


PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(
        table=NotificationBox,
        retention=WITH_ACCOUNT,
        rows=lambda person: NotificationBox.account_id == person,
        removed=True,
        export=MACHINERY,
    ),
    PersonalDataPolicy(
        table=Notification,
        retention=Period.NOTIFICATIONS,
        expired=lambda then: Notification.read_at <= then,
        rows=lambda person: Notification.account_id == person,
        removed=True,
        export=Section(name="notifications", withheld={"account_id": OWN_ID}),
    ),
)
