"""Table of licences and insurances that providers have sent in; the documents lie in the storage, under their ids."""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    Integer,
    ScalarSelect,
    Select,
    String,
    Uuid,
    and_,
    bindparam,
    delete,
    exists,
    func,
    literal_column,
    or_,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column
from typing_extensions import TypedDict

from generated.states import VerificationState
from impl.kernel.outbox import put
from impl.kernel.personal_data import (
    MACHINERY,
    MOST_LONG,
    OF_OTHERS,
    OWN_ID,
    Period,
    PersonalDataPolicy,
    Section,
)
from impl.kernel.tables import Stamped, Table, core_table, enum_column

REMOVED: Final = "marketplace.verification_removed"
"""Topic of messages about a row that is gone, so that its document goes too."""


class VerificationKind(StrEnum):
    LICENCE = "LICENCE"
    INSURANCE = "INSURANCE"


class VerificationRejectionReason(StrEnum):
    UNREADABLE = "UNREADABLE"
    INCOMPLETE = "INCOMPLETE"
    MISMATCH = "MISMATCH"
    NOT_CONFIRMED = "NOT_CONFIRMED"
    ENDED = "ENDED"
    OTHER = "OTHER"


class DocumentType(StrEnum):
    PDF = "PDF"
    JPEG = "JPEG"
    PNG = "PNG"


# States in which it is of no more use, and kept for a while.
OVER: Final = (VerificationState.REJECTED, VerificationState.EXPIRED, VerificationState.REVOKED)
_ENDS: Final = "state = 'VERIFIED' AND expires_date IS NOT NULL"
_SHOWN: Final = "state = 'VERIFIED'"


class Verification(Stamped, Table):
    __tablename__ = "verifications"
    __table_args__ = (
        CheckConstraint("length(title) BETWEEN 1 AND 120", name="title_length"),
        CheckConstraint("length(number) BETWEEN 1 AND 60", name="number_length"),
        CheckConstraint("length(authority) BETWEEN 1 AND 120", name="authority_length"),
        CheckConstraint("length(country) = 2", name="country_length"),
        CheckConstraint("length(admin_area) BETWEEN 1 AND 120", name="admin_area_length"),
        CheckConstraint("document_bytes BETWEEN 1 AND 10485760", name="document_bytes_range"),
        CheckConstraint("length(note) BETWEEN 1 AND 2000", name="note_length"),
        CheckConstraint(
            "(state = 'PENDING') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL)",
            name="decided_whole",
        ),
        CheckConstraint("(state = 'REJECTED') = (rejection_reason IS NOT NULL)", name="reason_if_rejected"),
        CheckConstraint("(state IN ('REJECTED', 'REVOKED')) = (note IS NOT NULL)", name="note_if_refused"),
        CheckConstraint("state <> 'EXPIRED' OR expires_date IS NOT NULL", name="expired_has_ended"),
        Index(None, "owner_id", "created_at", "id"),
        Index(None, "state", "created_at", "id"),
        Index(
            "ix_verifications_shown",
            "owner_id",
            "kind",
            "expires_date",
            postgresql_where=text(_SHOWN),
            sqlite_where=text(_SHOWN),
        ),
        Index("ix_verifications_ending", "expires_date", postgresql_where=text(_ENDS), sqlite_where=text(_ENDS)),
        {"schema": "marketplace"},
    )

    owner_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"))
    kind: Mapped[VerificationKind] = mapped_column(enum_column(VerificationKind))
    title: Mapped[str] = mapped_column(String(120))
    number: Mapped[str] = mapped_column(String(60))
    authority: Mapped[str] = mapped_column(String(120))
    country: Mapped[str] = mapped_column(String(2))
    admin_area: Mapped[str | None] = mapped_column(String(120))
    # The last day on which it is valid, in UTC; null when it does not end.
    expires_date: Mapped[date | None] = mapped_column(Date)
    document_type: Mapped[DocumentType] = mapped_column(enum_column(DocumentType))
    document_bytes: Mapped[int] = mapped_column(Integer)
    state: Mapped[VerificationState] = mapped_column(enum_column(VerificationState))
    # Account of the moderator, without a reference: theirs can be erased, and the decision stays.
    decided_by: Mapped[UUID | None] = mapped_column(Uuid)
    decided_at: Mapped[datetime | None]
    rejection_reason: Mapped[VerificationRejectionReason | None] = mapped_column(
        enum_column(VerificationRejectionReason)
    )
    note: Mapped[str | None] = mapped_column(String(2000))
    # When the owner was told that it will end.
    reminded_at: Mapped[datetime | None]


# Literal, so that the planner knows the partial indexes to hold all of it.
IS_VERIFIED: Final = Verification.state == literal_column("'VERIFIED'")
# Verified and valid on a day, by the clock and not by whether a worker has run since.
VALID: Final = and_(
    IS_VERIFIED,
    or_(Verification.expires_date.is_(None), Verification.expires_date >= bindparam("today", type_=Date)),
)


def has_licence(owner_id: ColumnElement[UUID] | InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """Make the condition that this account has a verified licence that is valid on the day `today`."""
    return _has(owner_id, VerificationKind.LICENCE)


def has_insurance(owner_id: ColumnElement[UUID] | InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """Make the condition that this account has a verified insurance that is valid on the day `today`."""
    return _has(owner_id, VerificationKind.INSURANCE)


def _has(owner_id: ColumnElement[UUID] | InstrumentedAttribute[UUID], kind: VerificationKind) -> ColumnElement[bool]:
    return exists().where(Verification.owner_id == owner_id, Verification.kind == kind, VALID)


def last_end(owner_id: InstrumentedAttribute[UUID]) -> ScalarSelect[date | None]:
    """Select the last day before `today` until which something of this account was valid."""
    return (
        select(func.max(Verification.expires_date))
        .where(
            Verification.owner_id == owner_id,
            Verification.state.in_((VerificationState.VERIFIED, VerificationState.EXPIRED)),
            Verification.expires_date < bindparam("today", type_=Date),
        )
        .scalar_subquery()
    )


def end_of(last_day: date) -> datetime:
    """Return when what is valid until this day ends: at the midnight after it."""
    return datetime.combine(last_day + timedelta(days=1), time.min, UTC)


def licensed(profile_id: InstrumentedAttribute[UUID], owner_id: InstrumentedAttribute[UUID]) -> Select[UUID]:
    """Select the profiles whose owners have a licence that is valid on the day `today`.

    A set and not a look-up for each row, so that PostgreSQL may read either side first.
    """
    holders = select(profile_id).join(Verification, Verification.owner_id == owner_id)
    return holders.where(Verification.kind == VerificationKind.LICENCE, VALID)


class CardColumns(TypedDict):
    """Town, reviews and licence of a business; None stands for no town and no reviews."""

    town_name: str | None
    town_latitude: float | None
    town_longitude: float | None
    review_count: int | None
    is_verified: bool


class _Content(TypedDict):
    kind: VerificationKind
    title: str
    number: str
    authority: str
    country: str
    admin_area: str | None
    expires_date: date | None


class VerificationContent(_Content, closed=True):
    """Columns that the provider fills in, beside the document."""


class NewVerification(_Content):
    id: UUID
    owner_id: UUID
    document_type: DocumentType
    document_bytes: int
    state: VerificationState
    created_at: datetime
    updated_at: datetime
    version: int


class VerificationChanges(TypedDict, total=False):
    """Columns of a verification that change; those that are absent stay."""

    state: VerificationState
    decided_by: UUID
    decided_at: datetime
    rejection_reason: VerificationRejectionReason
    note: str
    updated_at: datetime


class Reminded(TypedDict):
    """The note that the owner was told of the end, which makes no new version."""

    reminded_at: datetime


async def remove(tx: AsyncSession, condition: ColumnElement[bool]) -> int:
    """Delete rows, and have the worker delete their documents."""
    removed = (await tx.scalars(delete(core_table(Verification)).where(condition).returning(Verification.id))).all()
    for verification_id in removed:
        await put(tx, REMOVED, {"verification_id": str(verification_id)})
    return len(removed)


PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(
        table=Verification,
        retention=Period.VERIFICATIONS,
        expired=lambda then: Verification.state.in_(OVER) & (Verification.updated_at <= then),
        rows=lambda person: Verification.owner_id == person,
        removed=True,
        remover=remove,
        pseudonyms=("decided_by",),
        export=Section(
            name="verifications",
            most=MOST_LONG,
            withheld={
                "owner_id": OWN_ID,
                "decided_by": OF_OTHERS,
                "reminded_at": MACHINERY,
                "version": MACHINERY,
            },
            named={"document_type": "document.type", "document_bytes": "document.size_bytes"},
        ),
    ),
)
