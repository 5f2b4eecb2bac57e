"""Reports: what somebody thinks should not be in the catalogue, with what staff decided about it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Uuid, case, text
from sqlalchemy.orm import Mapped, mapped_column
from typing_extensions import TypedDict

from generated.states import ReportState
from impl.kernel.personal_data import (
    MACHINERY,
    MOST_LONG,
    OF_OTHERS,
    OWN_ID,
    WITH_ACCOUNT,
    PersonalDataPolicy,
    Section,
)
from impl.kernel.tables import Stamped, Table, enum_column


class ReportSubjectKind(StrEnum):
    SERVICE = "SERVICE"
    PROVIDER = "PROVIDER"
    PHOTO = "PHOTO"
    MESSAGE = "MESSAGE"
    REVIEW = "REVIEW"


class ReportReason(StrEnum):
    FRAUD = "FRAUD"
    MISLEADING = "MISLEADING"
    OFFENSIVE = "OFFENSIVE"
    PROHIBITED = "PROHIBITED"
    PERSONAL_DATA = "PERSONAL_DATA"
    OTHER = "OTHER"


class ReportAction(StrEnum):
    """Action of staff on a report that is right."""

    NONE = "NONE"
    TAKE_DOWN = "TAKE_DOWN"


ERASED = "Erased report"
WAITING = (ReportState.OPEN, ReportState.TRIAGED)
_IS_WAITING = "state IN ('OPEN', 'TRIAGED')"


class Report(Stamped, Table):
    __tablename__ = "reports"
    __table_args__ = (
        CheckConstraint("length(subject_title) BETWEEN 1 AND 200", name="subject_title_length"),
        CheckConstraint("length(text) BETWEEN 1 AND 2000", name="text_length"),
        CheckConstraint("length(statement) BETWEEN 10 AND 2000", name="statement_length"),
        CheckConstraint("(state = 'OPEN') = (handled_by IS NULL)", name="handled_unless_open"),
        CheckConstraint(
            "(state IN ('ACTIONED', 'DISMISSED')) = (decided_at IS NOT NULL) "
            "AND (decided_at IS NULL) = (statement IS NULL)",
            name="decided_whole",
        ),
        CheckConstraint("action IS NULL OR state = 'ACTIONED'", name="action_of_actioned"),
        # One person's report of one thing waits once, however often and from how many tabs it is sent.
        Index(
            "uq_reports_waiting",
            "reporter_id",
            "subject_id",
            unique=True,
            postgresql_where=text(_IS_WAITING),
            sqlite_where=text(_IS_WAITING),
        ),
        Index(None, "reporter_id", "created_at", "id"),
        Index(None, "created_at", "id"),
        Index(None, "state", "created_at", "id"),
        Index(None, "subject_id", "created_at"),
        {"schema": "marketplace"},
    )

    reporter_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"))
    subject_kind: Mapped[ReportSubjectKind] = mapped_column(enum_column(ReportSubjectKind))
    # No foreign key: a report outlives the listing that it is about.
    subject_id: Mapped[UUID]
    # As it was called when it was reported.
    subject_title: Mapped[str] = mapped_column(String(200))
    owner_id: Mapped[UUID]
    reason: Mapped[ReportReason] = mapped_column(enum_column(ReportReason))
    text: Mapped[str | None] = mapped_column(String(2000))
    state: Mapped[ReportState] = mapped_column(enum_column(ReportState))
    action: Mapped[ReportAction | None] = mapped_column(enum_column(ReportAction))
    handled_by: Mapped[UUID | None]
    statement: Mapped[str | None] = mapped_column(String(2000))
    decided_at: Mapped[datetime | None]


class _Content(TypedDict):
    subject_kind: ReportSubjectKind
    subject_id: UUID
    reason: ReportReason
    text: str | None


class ReportContent(_Content, closed=True):
    """Columns that whoever reports something fills in."""


class NewReport(_Content):
    id: UUID
    reporter_id: UUID
    subject_title: str
    owner_id: UUID
    state: ReportState
    created_at: datetime
    updated_at: datetime
    version: int


class ReportChanges(TypedDict, total=False):
    """Columns of a report that change; those that are absent stay."""

    state: ReportState
    action: ReportAction | None
    handled_by: UUID
    statement: str
    decided_at: datetime
    updated_at: datetime


PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(
        table=Report,
        retention=WITH_ACCOUNT,
        rows=lambda person: Report.reporter_id == person,
        removed=True,
        # Of whoever was reported the decision stays, for whoever asked for it, and no word by which they are known.
        about=lambda person: Report.owner_id == person,
        blanked={
            "subject_title": lambda _: ERASED,
            "text": lambda _: None,
            "statement": lambda _: case((Report.statement.is_not(None), ERASED)),
        },
        export=Section(
            name="reports",
            most=MOST_LONG,
            withheld={
                "reporter_id": OWN_ID,
                "owner_id": OF_OTHERS,
                "handled_by": OF_OTHERS,
                "version": MACHINERY,
            },
            named={"subject_kind": "subject.kind", "subject_id": "subject.id", "subject_title": "subject.title"},
        ),
    ),
)
