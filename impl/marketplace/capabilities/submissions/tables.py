"""Table of submissions: one open a profile or service, with the texts as they were published and as they shall be."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, String, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column
from typing_extensions import TypedDict

from generated.states import SubmissionState
from impl.kernel.errors import JsonValue
from impl.kernel.personal_data import (
    DERIVED,
    MACHINERY,
    MOST_LONG,
    OF_OTHERS,
    OWN_ID,
    WITH_ACCOUNT,
    PersonalDataPolicy,
    Section,
)
from impl.kernel.tables import Json, Stamped, Table, enum_column


class SubmissionKind(StrEnum):
    PROFILE = "PROFILE"
    SERVICE = "SERVICE"


class RejectionReason(StrEnum):
    INCOMPLETE = "INCOMPLETE"
    MISLEADING = "MISLEADING"
    CONTACT_DETAILS = "CONTACT_DETAILS"
    FORBIDDEN_CONTENT = "FORBIDDEN_CONTENT"
    DUPLICATE = "DUPLICATE"
    WRONG_CATEGORY = "WRONG_CATEGORY"
    OTHER = "OTHER"


class MaterialField(StrEnum):
    """Fields that are reviewed again when they are edited."""

    BUSINESS_NAME = "BUSINESS_NAME"
    ABOUT = "ABOUT"
    PHONE = "PHONE"
    WEBSITE = "WEBSITE"
    LICENCES = "LICENCES"
    CATEGORY = "CATEGORY"
    TITLE = "TITLE"
    DESCRIPTION = "DESCRIPTION"
    PRICING = "PRICING"
    TAGS = "TAGS"


class HintKind(StrEnum):
    EMAIL_ADDRESS = "EMAIL_ADDRESS"
    PHONE_NUMBER = "PHONE_NUMBER"
    WEB_ADDRESS = "WEB_ADDRESS"
    FORBIDDEN_WORD = "FORBIDDEN_WORD"
    DUPLICATE = "DUPLICATE"


class RevisedField(TypedDict):
    """A material field by its name in the contract, as texts to show."""

    name: str
    published: str | None
    proposed: str | None


class Hint(TypedDict):
    """Hint about a field; `duplicate_of` is a service's id."""

    kind: str
    field: str
    text: str
    duplicate_of: str | None


class Submission(Stamped, Table):
    """A profile or service that was submitted, or an edit of a published one; the queue and its history."""

    __tablename__ = "submissions"
    __table_args__ = (
        CheckConstraint("(kind = 'PROFILE') = (profile_id IS NOT NULL)", name="profile_if_profile"),
        CheckConstraint("(kind = 'SERVICE') = (service_id IS NOT NULL)", name="service_if_service"),
        CheckConstraint("(state = 'PENDING') = (decided_at IS NULL)", name="decided_at_known"),
        CheckConstraint("(state = 'REJECTED') = (rejection_reason IS NOT NULL)", name="reason_if_rejected"),
        CheckConstraint("(claimed_by IS NULL) = (claim_expires_at IS NULL)", name="claim_whole"),
        CheckConstraint("length(note) <= 2000", name="note_length"),
        Index("ix_submissions_queue", "state", "submitted_at", "id"),
        Index("ix_submissions_owner", "owner_id"),
        Index(
            "uq_submissions_current_profile",
            "profile_id",
            unique=True,
            postgresql_where=text("current"),
            sqlite_where=text("current = 1"),
        ),
        Index(
            "uq_submissions_current_service",
            "service_id",
            unique=True,
            postgresql_where=text("current"),
            sqlite_where=text("current = 1"),
        ),
        {"schema": "marketplace"},
    )

    kind: Mapped[SubmissionKind] = mapped_column(enum_column(SubmissionKind))
    owner_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"))
    profile_id: Mapped[UUID | None] = mapped_column(
        Uuid, ForeignKey("marketplace.provider_profiles.id", ondelete="CASCADE")
    )
    service_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("marketplace.services.id", ondelete="CASCADE"))
    state: Mapped[SubmissionState] = mapped_column(enum_column(SubmissionState))
    # Whether it waits, or was rejected and not edited since: at most one a profile or service.
    current: Mapped[bool] = mapped_column(Boolean)
    is_revision: Mapped[bool] = mapped_column(Boolean)
    fields: Mapped[list[RevisedField]] = mapped_column(Json)
    # The columns that an approval writes to a published profile; a service's edit stands in its own row.
    content: Mapped[dict[str, JsonValue]] = mapped_column(Json)
    hints: Mapped[list[Hint]] = mapped_column(Json)
    submitted_at: Mapped[datetime]
    # Accounts of moderators, without a reference: theirs can be erased, and the decision stays.
    claimed_by: Mapped[UUID | None] = mapped_column(Uuid)
    claim_expires_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None] = mapped_column(Uuid)
    decided_at: Mapped[datetime | None]
    rejection_reason: Mapped[RejectionReason | None] = mapped_column(enum_column(RejectionReason))
    note: Mapped[str | None] = mapped_column(String(2000))


class _Submitted(TypedDict):
    kind: SubmissionKind
    owner_id: UUID
    profile_id: UUID | None
    service_id: UUID | None
    is_revision: bool
    fields: list[RevisedField]
    content: dict[str, JsonValue]
    hints: list[Hint]


class NewSubmission(_Submitted):
    id: UUID
    state: SubmissionState
    current: bool
    submitted_at: datetime
    created_at: datetime
    updated_at: datetime
    version: int


class Submitted(_Submitted, closed=True):
    """Text that a provider submits, and the profile or service that it is of."""


class SubmissionChanges(TypedDict, total=False):
    """Changes of a submission; absent columns stay."""

    state: SubmissionState
    current: bool
    fields: list[RevisedField]
    content: dict[str, JsonValue]
    hints: list[Hint]
    submitted_at: datetime
    claimed_by: UUID | None
    claim_expires_at: datetime | None
    decided_by: UUID | None
    decided_at: datetime
    rejection_reason: RejectionReason | None
    note: str | None
    updated_at: datetime


PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(
        table=Submission,
        retention=WITH_ACCOUNT,
        rows=lambda person: Submission.owner_id == person,
        removed=True,
        pseudonyms=("claimed_by", "decided_by"),
        export=Section(
            name="submissions",
            most=MOST_LONG,
            withheld={
                "owner_id": OWN_ID,
                "content": DERIVED,
                "hints": DERIVED,
                "claimed_by": OF_OTHERS,
                "claim_expires_at": OF_OTHERS,
                "decided_by": OF_OTHERS,
                "version": MACHINERY,
            },
        ),
    ),
)
