"""Table of jobs, with what both parties did about them."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    Uuid,
    and_,
    case,
    func,
    null,
    or_,
    text,
)
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column
from typing_extensions import TypedDict

from generated.states import JobState
from impl.kernel.personal_data import (
    MACHINERY,
    MOST_LONG,
    OF_OTHERS,
    WITH_ACCOUNT,
    PersonalDataPolicy,
    Section,
)
from impl.kernel.tables import Stamped, Table, enum_column


class JobSide(StrEnum):
    HOMEOWNER = "HOMEOWNER"
    PROVIDER = "PROVIDER"


class JobActor(StrEnum):
    HOMEOWNER = "HOMEOWNER"
    PROVIDER = "PROVIDER"
    STAFF = "STAFF"
    SERVICE = "SERVICE"


class JobCancelReason(StrEnum):
    NO_LONGER_NEEDED = "NO_LONGER_NEEDED"
    CANNOT_KEEP_TIME = "CANNOT_KEEP_TIME"
    NO_SHOW = "NO_SHOW"
    SCOPE_CHANGED = "SCOPE_CHANGED"
    NO_AGREEMENT = "NO_AGREEMENT"
    OTHER = "OTHER"


class JobOutcome(StrEnum):
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


class JobCancelledReason(StrEnum):
    NO_LONGER_NEEDED = "NO_LONGER_NEEDED"
    CANNOT_KEEP_TIME = "CANNOT_KEEP_TIME"
    NO_SHOW = "NO_SHOW"
    SCOPE_CHANGED = "SCOPE_CHANGED"
    NO_AGREEMENT = "NO_AGREEMENT"
    OTHER = "OTHER"
    DISPUTE_DECIDED = "DISPUTE_DECIDED"
    ACCOUNT_CLOSED = "ACCOUNT_CLOSED"


LONGEST: Final = timedelta(days=30)
"""Longest time that a job is booked for."""
ERASED: Final = "Erased job"
_DELIVERED: Final = text("state = 'DELIVERED'")
_WAITING: Final = text("state = 'DISPUTED'")
_BOOKED: Final = text("state IN ('SCHEDULED', 'IN_PROGRESS') AND starts_at IS NOT NULL")
_AGREED: Final = text("starts_at IS NOT NULL")
BOOKED_ONCE: Final = "ex_jobs_booked_once"
"""Constraint by which no two booked jobs of a provider overlap: EXCLUDE on PostgreSQL, triggers on SQLite (0064)."""
BOOKINGS: Final = b"bookings"
"""Beginning of the name by which bookings of a provider take turns, those of jobs with those of visits."""
_DECIDED: Final = text("decided_at IS NOT NULL")


class Job(Stamped, Table):
    """Work that was agreed by an accepted quote; `created_at` is when. The property is joined, and never copied."""

    __tablename__ = "jobs"
    __table_args__ = (
        UniqueConstraint("quote_id"),
        UniqueConstraint("inquiry_id"),
        CheckConstraint("owner_id <> provider_id", name="two_parties"),
        CheckConstraint("length(title) BETWEEN 5 AND 120", name="title_length"),
        CheckConstraint("price_minor BETWEEN 0 AND 100000000000", name="price_minor_range"),
        CheckConstraint("length(price_currency) = 3", name="price_currency_length"),
        CheckConstraint("(starts_at IS NULL) = (ends_at IS NULL)", name="time_whole"),
        CheckConstraint("starts_at < ends_at", name="time_order"),
        CheckConstraint(
            "(proposed_by IS NULL) = (proposed_at IS NULL) AND (proposed_at IS NULL) = (proposed_starts_at IS NULL)"
            " AND (proposed_starts_at IS NULL) = (proposed_ends_at IS NULL)",
            name="proposal_whole",
        ),
        CheckConstraint("proposed_starts_at < proposed_ends_at", name="proposal_order"),
        CheckConstraint("proposed_by IS NULL OR state = 'SCHEDULED'", name="proposal_if_scheduled"),
        CheckConstraint("state <> 'DELIVERED' OR delivered_at IS NOT NULL", name="delivered_at_known"),
        CheckConstraint("(change_request IS NULL) = (changes_requested_at IS NULL)", name="changes_whole"),
        CheckConstraint("length(change_request) BETWEEN 1 AND 4000", name="change_request_length"),
        CheckConstraint("(state = 'COMPLETED') = (completed_by IS NOT NULL)", name="completed_by_known"),
        CheckConstraint("(state = 'CANCELLED') = (cancelled_by IS NOT NULL)", name="cancelled_by_known"),
        CheckConstraint("(cancelled_by IS NULL) = (cancel_reason IS NULL)", name="reason_if_cancelled"),
        CheckConstraint("cancel_note IS NULL OR state = 'CANCELLED'", name="note_if_cancelled"),
        CheckConstraint("length(cancel_note) BETWEEN 1 AND 1000", name="cancel_note_length"),
        CheckConstraint("minutes_before_start IS NULL OR state = 'CANCELLED'", name="minutes_if_cancelled"),
        CheckConstraint(
            "(disputed_by IS NULL) = (disputed_at IS NULL) AND (disputed_at IS NULL) = (dispute_text IS NULL)",
            name="dispute_whole",
        ),
        CheckConstraint("state <> 'DISPUTED' OR disputed_by IS NOT NULL", name="disputed_by_known"),
        CheckConstraint("length(dispute_text) BETWEEN 1 AND 4000", name="dispute_text_length"),
        CheckConstraint(
            "(decided_at IS NULL) = (decided_by IS NULL) AND (decided_at IS NULL) = (statement IS NULL)",
            name="decision_whole",
        ),
        CheckConstraint("length(statement) BETWEEN 1 AND 4000", name="statement_length"),
        CheckConstraint("(state IN ('COMPLETED', 'CANCELLED')) = (ended_at IS NOT NULL)", name="ended_at_known"),
        Index(None, "owner_id", "created_at", "id"),
        Index(None, "owner_id", "state", "created_at", "id"),
        Index(None, "provider_id", "created_at", "id"),
        Index(None, "provider_id", "state", "created_at", "id"),
        Index("ix_jobs_booked", "provider_id", "starts_at", postgresql_where=_BOOKED, sqlite_where=_BOOKED),
        Index("ix_jobs_agreed", "provider_id", "starts_at", postgresql_where=_AGREED, sqlite_where=_AGREED),
        Index("ix_jobs_property", "property_id"),
        Index("ix_jobs_category", "category_id"),
        Index("ix_jobs_delivered", "delivered_at", postgresql_where=_DELIVERED, sqlite_where=_DELIVERED),
        Index("ix_jobs_disputed", "disputed_at", "id", postgresql_where=_WAITING, sqlite_where=_WAITING),
        Index("ix_jobs_decided", "disputed_at", "id", postgresql_where=_DECIDED, sqlite_where=_DECIDED),
        {"schema": "marketplace"},
    )

    quote_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("marketplace.quotes.id", ondelete="RESTRICT"))
    inquiry_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("marketplace.inquiries.id", ondelete="RESTRICT"))
    owner_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"))
    provider_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"))
    # NULL when its owner's account was erased, and the property with it.
    property_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("marketplace.properties.id", ondelete="RESTRICT"))
    category_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("marketplace.categories.id", ondelete="RESTRICT"))
    title: Mapped[str] = mapped_column(String(120))
    price_minor: Mapped[int] = mapped_column(BigInteger)
    price_currency: Mapped[str] = mapped_column(String(3))
    state: Mapped[JobState] = mapped_column(enum_column(JobState))
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    # A time that waits for the answer of the other party.
    proposed_by: Mapped[JobSide | None] = mapped_column(enum_column(JobSide, name="proposed_by"))
    proposed_starts_at: Mapped[datetime | None]
    proposed_ends_at: Mapped[datetime | None]
    proposed_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    # The last delivery, from which the time to complete it counts.
    delivered_at: Mapped[datetime | None]
    change_request: Mapped[str | None] = mapped_column(String(4000))
    changes_requested_at: Mapped[datetime | None]
    completed_by: Mapped[JobActor | None] = mapped_column(enum_column(JobActor, name="completed_by"))
    cancelled_by: Mapped[JobActor | None] = mapped_column(enum_column(JobActor, name="cancelled_by"))
    cancel_reason: Mapped[JobCancelledReason | None] = mapped_column(enum_column(JobCancelledReason))
    cancel_note: Mapped[str | None] = mapped_column(String(1000))
    # From the cancellation to the agreed time; negative after it, NULL where none was agreed.
    minutes_before_start: Mapped[int | None] = mapped_column(BigInteger)
    disputed_by: Mapped[JobSide | None] = mapped_column(enum_column(JobSide, name="disputed_by"))
    dispute_text: Mapped[str | None] = mapped_column(String(4000))
    disputed_at: Mapped[datetime | None]
    # Account of the moderator, without a reference: theirs can be erased, and the decision stays.
    decided_by: Mapped[UUID | None] = mapped_column(Uuid)
    statement: Mapped[str | None] = mapped_column(String(4000))
    decided_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class JobColumns(TypedDict):
    """Columns of a job; features join the names that they show."""

    id: UUID
    quote_id: UUID
    inquiry_id: UUID
    owner_id: UUID
    provider_id: UUID
    property_id: UUID | None
    category_id: UUID
    title: str
    price_minor: int
    price_currency: str
    state: JobState
    starts_at: datetime | None
    ends_at: datetime | None
    proposed_by: JobSide | None
    proposed_starts_at: datetime | None
    proposed_ends_at: datetime | None
    proposed_at: datetime | None
    started_at: datetime | None
    delivered_at: datetime | None
    change_request: str | None
    changes_requested_at: datetime | None
    completed_by: JobActor | None
    cancelled_by: JobActor | None
    cancel_reason: JobCancelledReason | None
    cancel_note: str | None
    minutes_before_start: int | None
    disputed_by: JobSide | None
    dispute_text: str | None
    disputed_at: datetime | None
    statement: str | None
    decided_at: datetime | None
    ended_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


class Booking(NamedTuple):
    """Time that a job takes; the end is not part of it."""

    starts_at: datetime
    ends_at: datetime


class AgreedTime(TypedDict):
    """Columns of a job with a time that calendars show."""

    id: UUID
    title: str
    state: JobState
    starts_at: datetime | None
    ends_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


class Agreement(TypedDict):
    """Part of a new job that its accepted quote says."""

    quote_id: UUID
    inquiry_id: UUID
    owner_id: UUID
    provider_id: UUID
    property_id: UUID | None
    category_id: UUID
    title: str
    price_minor: int
    price_currency: str


class NewJob(Agreement):
    id: UUID
    state: JobState
    created_at: datetime
    updated_at: datetime
    version: int


class JobChanges(TypedDict, total=False):
    """Columns of a job that change; those that are absent stay."""

    state: JobState
    starts_at: datetime
    ends_at: datetime
    proposed_by: JobSide | None
    proposed_starts_at: datetime | None
    proposed_ends_at: datetime | None
    proposed_at: datetime | None
    started_at: datetime
    delivered_at: datetime
    change_request: str
    changes_requested_at: datetime
    completed_by: JobActor
    cancelled_by: JobActor
    cancel_reason: JobCancelledReason
    cancel_note: str | None
    minutes_before_start: int | None
    disputed_by: JobSide
    dispute_text: str
    disputed_at: datetime
    decided_by: UUID
    statement: str
    decided_at: datetime
    ended_at: datetime
    updated_at: datetime


NO_PROPOSAL: Final[JobChanges] = {
    "proposed_by": None,
    "proposed_starts_at": None,
    "proposed_ends_at": None,
    "proposed_at": None,
}

type _Column = ColumnElement[str | None] | InstrumentedAttribute[str | None]

# What nobody goes on with when a party is gone. What is delivered completes itself, and staff decide a dispute.
_UNDER_WAY: Final = Job.state.in_((JobState.SCHEDULED, JobState.IN_PROGRESS, JobState.CHANGES_REQUESTED))


def _is_side(person: UUID, side: JobSide) -> ColumnElement[bool]:
    return (Job.owner_id if side is JobSide.HOMEOWNER else Job.provider_id) == person


def _wrote(person: UUID, by: InstrumentedAttribute[JobSide | None]) -> ColumnElement[bool]:
    return or_(*(and_(by == side, _is_side(person, side)) for side in JobSide))


def _cancelled(person: UUID) -> ColumnElement[bool]:
    return or_(*(and_(Job.cancelled_by == JobActor(side), _is_side(person, side)) for side in JobSide))


def _emptied(column: _Column, is_theirs: ColumnElement[bool], value: str | None = ERASED) -> ColumnElement[str | None]:
    """Overwrite words of a person where there are any; a rule of the table may ask for some."""
    return case((and_(is_theirs, column.is_not(None)), null() if value is None else value), else_=column)


def _if_under_way(value: object, column: object) -> ColumnElement[object]:
    return case((_UNDER_WAY, value), else_=column)


def _by(person: UUID) -> ColumnElement[str]:
    return case((Job.owner_id == person, JobActor.HOMEOWNER.value), else_=JobActor.PROVIDER.value)


PERSONAL_DATA_POLICIES = (
    # It stays without the words of whoever is erased: the other party keeps what was agreed, and what became of it.
    PersonalDataPolicy(
        table=Job,
        retention=WITH_ACCOUNT,
        rows=lambda person: or_(Job.owner_id == person, Job.provider_id == person),
        blanked={
            "property_id": lambda person: case((Job.owner_id == person, null()), else_=Job.property_id),
            "title": lambda person: case((Job.owner_id == person, ERASED), else_=Job.title),
            "change_request": lambda person: _emptied(Job.change_request, Job.owner_id == person),
            "cancel_note": lambda person: _emptied(Job.cancel_note, _cancelled(person), None),
            "dispute_text": lambda person: _emptied(Job.dispute_text, _wrote(person, Job.disputed_by)),
            # It may speak of either party.
            "statement": lambda person: _emptied(Job.statement, Job.statement.is_not(None)),
            **dict.fromkeys(NO_PROPOSAL, lambda _: None),
            "state": lambda _: _if_under_way(JobState.CANCELLED.value, Job.state),
            "cancelled_by": lambda person: _if_under_way(_by(person), Job.cancelled_by),
            "cancel_reason": lambda _: _if_under_way(JobCancelledReason.ACCOUNT_CLOSED.value, Job.cancel_reason),
            "ended_at": lambda _: _if_under_way(func.coalesce(Job.ended_at, Job.updated_at), Job.ended_at),
        },
        pseudonyms=("id", "quote_id", "inquiry_id", "owner_id", "provider_id", "decided_by"),
        impersonal=(
            "category_id",
            "price_minor",
            "price_currency",
            "starts_at",
            "ends_at",
            "started_at",
            "delivered_at",
            "changes_requested_at",
            "completed_by",
            "minutes_before_start",
            "disputed_by",
            "disputed_at",
            "decided_at",
            "created_at",
            "updated_at",
            "version",
        ),
        export=Section(
            name="jobs",
            most=MOST_LONG,
            withheld={
                "owner_id": OF_OTHERS,
                "provider_id": OF_OTHERS,
                "decided_by": OF_OTHERS,
                "version": MACHINERY,
            },
            named={"price_minor": "price.amount_minor", "price_currency": "price.currency"},
            shown={
                "property_id": lambda person: case((Job.owner_id == person, Job.property_id), else_=null()),
                "change_request": lambda person: case((Job.owner_id == person, Job.change_request), else_=null()),
                "cancel_note": lambda person: case((_cancelled(person), Job.cancel_note), else_=null()),
                "dispute_text": lambda person: case((_wrote(person, Job.disputed_by), Job.dispute_text), else_=null()),
            },
        ),
    ),
)
