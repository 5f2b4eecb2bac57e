"""Tables of inquiries and of their recipients, with the states of both."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    Uuid,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column
from typing_extensions import TypedDict

from generated.states import InquiryState, RecipientState
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
from impl.kernel.statements import among
from impl.kernel.tables import Json, Stamped, Table, enum_column

INQUIRIES: Final = b"inquiries"
"""Beginning of the name by which a person's new inquiries take turns, with blocks between the same people."""


class RecipientDeclineReason(StrEnum):
    NO_CAPACITY = "NO_CAPACITY"
    TOO_FAR = "TOO_FAR"
    NOT_OUR_WORK = "NOT_OUR_WORK"
    BUDGET = "BUDGET"
    UNCLEAR = "UNCLEAR"
    OTHER = "OTHER"


class RecipientLostReason(StrEnum):
    OTHER_CHOSEN = "OTHER_CHOSEN"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"
    ACCOUNT_CLOSED = "ACCOUNT_CLOSED"


class RecipientKind(StrEnum):
    SERVICE = "SERVICE"
    PROVIDER = "PROVIDER"


class ThreadSide(StrEnum):
    """Side of the thread of a recipient."""

    HOMEOWNER = "HOMEOWNER"
    PROVIDER = "PROVIDER"


class TimingKind(StrEnum):
    FLEXIBLE = "FLEXIBLE"
    DATES = "DATES"
    WINDOW = "WINDOW"


# Recipients who may still answer, or have and wait.
WAITING: Final = (RecipientState.SENT, RecipientState.VIEWED, RecipientState.QUOTED)
_OPEN: Final = text("state = 'OPEN'")
_NONE: Final = text("0")
_UNANSWERED: Final = text("state IN ('SENT', 'VIEWED')")
ERASED: Final = "Erased inquiry"


class Inquiry(Stamped, Table):
    """Question of a homeowner; the property is joined, so that its area is in one place only."""

    __tablename__ = "inquiries"
    __table_args__ = (
        CheckConstraint("length(title) BETWEEN 5 AND 120", name="title_length"),
        CheckConstraint("length(details) BETWEEN 1 AND 4000", name="details_length"),
        CheckConstraint("questions_version >= 0", name="questions_version_range"),
        CheckConstraint("(timing = 'WINDOW') = (wanted_from IS NOT NULL)", name="wanted_from_if_window"),
        CheckConstraint("(timing = 'WINDOW') = (wanted_until IS NOT NULL)", name="wanted_until_if_window"),
        CheckConstraint("wanted_from <= wanted_until", name="wanted_order"),
        CheckConstraint("budget_minor BETWEEN 0 AND 100000000000", name="budget_minor_range"),
        CheckConstraint("length(budget_currency) = 3", name="budget_currency_length"),
        CheckConstraint("(budget_minor IS NULL) = (budget_currency IS NULL)", name="budget_whole"),
        CheckConstraint("(state = 'OPEN') = (closed_at IS NULL)", name="closed_at_known"),
        Index(None, "owner_id", "created_at", "id"),
        Index(None, "owner_id", "state", "created_at", "id"),
        Index("ix_inquiries_property", "property_id"),
        Index("ix_inquiries_category", "category_id"),
        Index("ix_inquiries_ending", "expires_at", postgresql_where=_OPEN, sqlite_where=_OPEN),
        {"schema": "marketplace"},
    )

    owner_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"))
    # NULL when its owner's account was erased, and the property with it.
    property_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("marketplace.properties.id", ondelete="RESTRICT"))
    category_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("marketplace.categories.id", ondelete="RESTRICT"))
    title: Mapped[str] = mapped_column(String(120))
    details: Mapped[str] = mapped_column(String(4000))
    questions_version: Mapped[int] = mapped_column(Integer)
    answers: Mapped[list[Mapping[str, JsonValue]]] = mapped_column(Json)
    timing: Mapped[TimingKind] = mapped_column(enum_column(TimingKind))
    # Days of DATES, in ISO 8601; empty otherwise.
    wanted_dates: Mapped[list[str]] = mapped_column(Json)
    wanted_from: Mapped[date | None] = mapped_column(Date)
    wanted_until: Mapped[date | None] = mapped_column(Date)
    budget_minor: Mapped[int | None] = mapped_column(BigInteger)
    budget_currency: Mapped[str | None] = mapped_column(String(3))
    state: Mapped[InquiryState] = mapped_column(enum_column(InquiryState))
    expires_at: Mapped[datetime]
    # When the owner was told that it expires soon.
    reminded_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class InquiryRecipient(Stamped, Table):
    """A provider who was asked; `created_at` is when."""

    __tablename__ = "inquiry_recipients"
    __table_args__ = (
        UniqueConstraint("inquiry_id", "provider_id"),
        CheckConstraint("state <> 'SENT' OR viewed_at IS NULL", name="sent_is_not_viewed"),
        CheckConstraint("(state = 'DECLINED') = (decline_reason IS NOT NULL)", name="reason_if_declined"),
        CheckConstraint("note IS NULL OR state = 'DECLINED'", name="note_if_declined"),
        CheckConstraint("length(note) BETWEEN 1 AND 1000", name="note_length"),
        CheckConstraint("(state = 'LOST') = (lost_reason IS NOT NULL)", name="reason_if_lost"),
        CheckConstraint("(answered_at IS NULL) = (response_seconds IS NULL)", name="response_known"),
        Index(None, "provider_id", "created_at", "id"),
        Index(None, "provider_id", "state", "created_at", "id"),
        Index(
            "ix_inquiry_recipients_unanswered",
            "provider_id",
            postgresql_where=_UNANSWERED,
            sqlite_where=_UNANSWERED,
        ),
        {"schema": "marketplace"},
    )

    inquiry_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("marketplace.inquiries.id", ondelete="RESTRICT"))
    provider_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"))
    # Without a reference: a service goes with its provider's account, and the recipient stays.
    service_id: Mapped[UUID | None] = mapped_column(Uuid)
    state: Mapped[RecipientState] = mapped_column(enum_column(RecipientState))
    viewed_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    # Time from sending to the answer, whose mean tells how quickly a business answers.
    response_seconds: Mapped[int | None] = mapped_column(Integer)
    decline_reason: Mapped[RecipientDeclineReason | None] = mapped_column(enum_column(RecipientDeclineReason))
    note: Mapped[str | None] = mapped_column(String(1000))
    lost_reason: Mapped[RecipientLostReason | None] = mapped_column(enum_column(RecipientLostReason))
    # Messages of each side in this thread, and how many of the other's it has read.
    homeowner_messages: Mapped[int] = mapped_column(Integer, server_default=_NONE)
    provider_messages: Mapped[int] = mapped_column(Integer, server_default=_NONE)
    homeowner_read: Mapped[int] = mapped_column(Integer, server_default=_NONE)
    provider_read: Mapped[int] = mapped_column(Integer, server_default=_NONE)


def shown_to_recipients(owner_is_active: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return whether recipients see an inquiry: nobody should work for an account that is closed or suspended."""
    return or_(Inquiry.state != InquiryState.OPEN, owner_is_active)


class WantedRow(TypedDict):
    """Columns of a row that tell when the work is wanted."""

    timing: str
    wanted_dates: list[str]
    wanted_from: date | None
    wanted_until: date | None


class Words(TypedDict):
    """Columns that an owner may change until somebody has read them."""

    title: str
    details: str
    timing: TimingKind
    wanted_dates: list[str]
    wanted_from: date | None
    wanted_until: date | None
    budget_minor: int | None
    budget_currency: str | None


class InquiryContent(Words):
    """Content of an inquiry as its owner sends it."""

    property_id: UUID
    category_id: UUID
    questions_version: int
    answers: list[Mapping[str, JsonValue]]


class NewInquiry(InquiryContent):
    id: UUID
    owner_id: UUID
    state: InquiryState
    expires_at: datetime
    created_at: datetime
    updated_at: datetime
    version: int


class InquiryChanges(TypedDict, total=False):
    """Columns of an inquiry that change; those that are absent stay."""

    title: str
    details: str
    timing: TimingKind
    wanted_dates: list[str]
    wanted_from: date | None
    wanted_until: date | None
    budget_minor: int | None
    budget_currency: str | None
    state: InquiryState
    closed_at: datetime
    updated_at: datetime


class Reminded(TypedDict):
    """Columns of a sent reminder, which makes no new version."""

    reminded_at: datetime


class NewRecipient(TypedDict):
    id: UUID
    inquiry_id: UUID
    provider_id: UUID
    service_id: UUID | None
    state: RecipientState
    created_at: datetime
    updated_at: datetime
    version: int


class RecipientChanges(TypedDict, total=False):
    """Columns of a recipient that change; those that are absent stay."""

    state: RecipientState
    viewed_at: datetime
    answered_at: datetime
    response_seconds: int
    decline_reason: RecipientDeclineReason
    note: str | None
    lost_reason: RecipientLostReason
    updated_at: datetime


class HomeownerCount(TypedDict):
    homeowner_messages: int


class ProviderCount(TypedDict):
    provider_messages: int


class HomeownerMarker(TypedDict):
    homeowner_read: int


class ProviderMarker(TypedDict):
    provider_read: int


def _parties(person: UUID) -> ColumnElement[bool]:
    asked = select(Inquiry.id).where(Inquiry.owner_id == person)
    return or_(InquiryRecipient.provider_id == person, among(InquiryRecipient.inquiry_id, asked))


# Of an inquiry that was accepted, who waits is who was chosen: that one lost nothing.
_WAITS: Final = and_(
    InquiryRecipient.state.in_(WAITING),
    ~exists().where(Inquiry.id == InquiryRecipient.inquiry_id, Inquiry.state == InquiryState.ACCEPTED),
)


def _lost_by(person: UUID) -> ColumnElement[RecipientLostReason | None]:
    whose = case(
        (InquiryRecipient.provider_id == person, RecipientLostReason.ACCOUNT_CLOSED.value),
        else_=RecipientLostReason.WITHDRAWN.value,
    )
    return case((_WAITS, whose), else_=InquiryRecipient.lost_reason)


PERSONAL_DATA_POLICIES = (
    # Both stay without words when a party is erased: the other one keeps that it was asked, and what became of it.
    PersonalDataPolicy(
        table=Inquiry,
        retention=WITH_ACCOUNT,
        rows=lambda person: Inquiry.owner_id == person,
        blanked={
            "property_id": lambda _: None,
            "title": lambda _: ERASED,
            "details": lambda _: ERASED,
            "answers": lambda _: [],
            "timing": lambda _: TimingKind.FLEXIBLE,
            "wanted_dates": lambda _: [],
            "wanted_from": lambda _: None,
            "wanted_until": lambda _: None,
            "budget_minor": lambda _: None,
            "budget_currency": lambda _: None,
            "state": lambda _: case(
                (Inquiry.state == InquiryState.OPEN, InquiryState.WITHDRAWN.value), else_=Inquiry.state
            ),
            "closed_at": lambda _: func.coalesce(Inquiry.closed_at, Inquiry.updated_at),
        },
        pseudonyms=("id", "owner_id"),
        impersonal=(
            "category_id",
            "questions_version",
            "expires_at",
            "reminded_at",
            "created_at",
            "updated_at",
            "version",
        ),
        export=Section(
            name="inquiries",
            most=MOST_LONG,
            withheld={"owner_id": OWN_ID, "version": MACHINERY},
            named={
                "timing": "timing.kind",
                "wanted_dates": "timing.dates",
                "wanted_from": "timing.from_date",
                "wanted_until": "timing.until_date",
                "budget_minor": "budget.amount_minor",
                "budget_currency": "budget.currency",
            },
        ),
    ),
    PersonalDataPolicy(
        table=InquiryRecipient,
        retention=WITH_ACCOUNT,
        rows=_parties,
        blanked={
            "note": lambda _: None,
            "state": lambda _: case((_WAITS, literal(RecipientState.LOST.value)), else_=InquiryRecipient.state),
            "lost_reason": _lost_by,
        },
        pseudonyms=("id", "inquiry_id", "provider_id", "service_id"),
        impersonal=(
            "viewed_at",
            "answered_at",
            "response_seconds",
            "decline_reason",
            "homeowner_messages",
            "provider_messages",
            "homeowner_read",
            "provider_read",
            "created_at",
            "updated_at",
            "version",
        ),
        export=Section(
            name="inquiry_recipients",
            withheld={
                "provider_id": OF_OTHERS,
                "response_seconds": DERIVED,
                "homeowner_messages": DERIVED,
                "provider_messages": DERIVED,
                "homeowner_read": MACHINERY,
                "provider_read": MACHINERY,
                "version": MACHINERY,
            },
        ),
    ),
)
