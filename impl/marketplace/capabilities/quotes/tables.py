"""Table of quotes: lines, totals and states."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    Uuid,
    and_,
    case,
    literal,
    null,
    or_,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column
from typing_extensions import TypedDict

from generated.states import QuoteState
from impl.kernel.personal_data import (
    MACHINERY,
    MOST_LONG,
    OF_OTHERS,
    OWN_ID,
    WITH_ACCOUNT,
    PersonalDataPolicy,
    Section,
)
from impl.kernel.tables import Json, Stamped, Table, enum_column
from impl.marketplace.capabilities.totals.service import PricedLine, Tax

# Columns that go with a quote and that no reply shows; nor may the provider find what is of the owner by trying out
# what makes the same ETag.
UNSHOWN: Final = {"owner_id", "inquiry_expires_at", "regions", "is_blocked", "profile_state"}


class QuoteDeclineReason(StrEnum):
    PRICE = "PRICE"
    TIMING = "TIMING"
    SCOPE = "SCOPE"
    OTHER = "OTHER"


class QuoteEndReason(StrEnum):
    SUPERSEDED = "SUPERSEDED"
    OTHER_CHOSEN = "OTHER_CHOSEN"
    INQUIRY_WITHDRAWN = "INQUIRY_WITHDRAWN"
    INQUIRY_EXPIRED = "INQUIRY_EXPIRED"
    ACCOUNT_CLOSED = "ACCOUNT_CLOSED"


_SENT: Final = text("state = 'SENT'")
_ACCEPTED: Final = text("state = 'ACCEPTED'")
_AMOUNTS: Final = ("subtotal_minor", "discount_minor", "net_minor", "tax_minor", "gross_minor")


class Quote(Stamped, Table):
    """Offer of a provider for an inquiry; the parties stand in it, since it is read by both and never changes them."""

    __tablename__ = "quotes"
    __table_args__ = (
        *(CheckConstraint(f"{name} BETWEEN 0 AND 100000000000", name=f"{name}_range") for name in _AMOUNTS),
        CheckConstraint("net_minor = subtotal_minor - discount_minor", name="net_adds_up"),
        CheckConstraint("gross_minor = net_minor + tax_minor", name="gross_adds_up"),
        CheckConstraint("length(currency) = 3", name="currency_length"),
        CheckConstraint("discount_basis_points BETWEEN 0 AND 10000", name="discount_basis_points_range"),
        CheckConstraint("discount_basis_points IS NULL OR discount_amount_minor IS NULL", name="one_discount"),
        CheckConstraint("discount_amount_minor = discount_minor", name="discount_amount_minor_whole"),
        CheckConstraint("number >= 1", name="number_range"),
        CheckConstraint("valid_days BETWEEN 1 AND 90", name="valid_days_range"),
        CheckConstraint("length(terms) BETWEEN 1 AND 4000", name="terms_length"),
        CheckConstraint("length(note) BETWEEN 1 AND 1000", name="note_length"),
        CheckConstraint("(state = 'DRAFT') = (sent_at IS NULL)", name="sent_at_known"),
        CheckConstraint("(sent_at IS NULL) = (expires_at IS NULL)", name="expires_at_known"),
        CheckConstraint("(state IN ('DRAFT', 'SENT')) = (closed_at IS NULL)", name="closed_at_known"),
        CheckConstraint("decline_reason IS NULL OR state = 'DECLINED'", name="reason_if_declined"),
        CheckConstraint("note IS NULL OR decline_reason IS NOT NULL", name="note_if_declined"),
        CheckConstraint("end_reason IS NULL OR closed_at IS NOT NULL", name="end_reason_if_closed"),
        UniqueConstraint("recipient_id", "number"),
        # Whatever the locks let through: one is accepted of an inquiry, and one is open of a recipient.
        Index("ix_quotes_accepted", "inquiry_id", unique=True, postgresql_where=_ACCEPTED, sqlite_where=_ACCEPTED),
        Index("ix_quotes_sent", "recipient_id", unique=True, postgresql_where=_SENT, sqlite_where=_SENT),
        Index("ix_quotes_ending", "expires_at", postgresql_where=_SENT, sqlite_where=_SENT),
        Index(None, "inquiry_id", "provider_id"),
        Index(None, "provider_id", "id"),
        Index(None, "owner_id", "id"),
        {"schema": "marketplace"},
    )

    inquiry_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("marketplace.inquiries.id", ondelete="RESTRICT"))
    recipient_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("marketplace.inquiry_recipients.id", ondelete="RESTRICT")
    )
    provider_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"))
    owner_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"))
    number: Mapped[int] = mapped_column(Integer)
    state: Mapped[QuoteState] = mapped_column(enum_column(QuoteState))
    currency: Mapped[str] = mapped_column(String(3))
    # Lines and taxes with what they come to, so that later rules of rounding change no quote that is there.
    lines: Mapped[list[PricedLine]] = mapped_column(Json)
    discount_basis_points: Mapped[int | None] = mapped_column(Integer)
    discount_amount_minor: Mapped[int | None] = mapped_column(BigInteger)
    subtotal_minor: Mapped[int] = mapped_column(BigInteger)
    discount_minor: Mapped[int] = mapped_column(BigInteger)
    net_minor: Mapped[int] = mapped_column(BigInteger)
    taxes: Mapped[list[Tax]] = mapped_column(Json)
    tax_minor: Mapped[int] = mapped_column(BigInteger)
    gross_minor: Mapped[int] = mapped_column(BigInteger)
    valid_days: Mapped[int] = mapped_column(Integer)
    terms: Mapped[str | None] = mapped_column(String(4000))
    # Without references: both are of the same recipient, and none of them is ever deleted.
    revises_id: Mapped[UUID | None] = mapped_column(Uuid)
    superseded_by_id: Mapped[UUID | None] = mapped_column(Uuid)
    sent_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    decline_reason: Mapped[QuoteDeclineReason | None] = mapped_column(enum_column(QuoteDeclineReason))
    note: Mapped[str | None] = mapped_column(String(1000))
    end_reason: Mapped[QuoteEndReason | None] = mapped_column(enum_column(QuoteEndReason))


class QuoteContent(TypedDict):
    """Columns of the lines and totals of a quote."""

    currency: str
    lines: list[PricedLine]
    discount_basis_points: int | None
    discount_amount_minor: int | None
    subtotal_minor: int
    discount_minor: int
    net_minor: int
    taxes: list[Tax]
    tax_minor: int
    gross_minor: int
    valid_days: int
    terms: str | None


class NewQuote(QuoteContent):
    id: UUID
    inquiry_id: UUID
    recipient_id: UUID
    provider_id: UUID
    owner_id: UUID
    number: int
    state: QuoteState
    created_at: datetime
    updated_at: datetime
    version: int


class EditedQuote(QuoteContent):
    updated_at: datetime


class QuoteChanges(TypedDict, total=False):
    """Columns that change when a quote is sent, decided or ended; those that are absent stay."""

    state: QuoteState
    revises_id: UUID
    superseded_by_id: UUID
    sent_at: datetime
    expires_at: datetime
    closed_at: datetime
    decline_reason: QuoteDeclineReason
    note: str | None
    end_reason: QuoteEndReason
    updated_at: datetime


def _parties(person: UUID) -> ColumnElement[bool]:
    return or_(Quote.provider_id == person, Quote.owner_id == person)


def _seen_by(person: UUID) -> ColumnElement[bool]:
    return or_(Quote.provider_id == person, and_(Quote.owner_id == person, Quote.state != QuoteState.DRAFT))


def _may_read_words(person: UUID) -> ColumnElement[bool]:
    """Return whether a person may have the words as they were written: those of others are masked until acceptance."""
    return or_(Quote.provider_id == person, Quote.state == QuoteState.ACCEPTED)


_OPEN: Final = Quote.state == QuoteState.SENT

PERSONAL_DATA_POLICIES = (
    # Stays without words when a party is erased: the other one keeps what was offered for how much.
    PersonalDataPolicy(
        table=Quote,
        retention=WITH_ACCOUNT,
        rows=_parties,
        blanked={
            "lines": lambda _: [],
            "terms": lambda _: None,
            "note": lambda _: None,
            "state": lambda _: case((_OPEN, QuoteState.WITHDRAWN.value), else_=Quote.state),
            "end_reason": lambda _: case((_OPEN, QuoteEndReason.ACCOUNT_CLOSED.value), else_=Quote.end_reason),
            "closed_at": lambda _: case((_OPEN, Quote.updated_at), else_=Quote.closed_at),
        },
        pseudonyms=(
            "id",
            "inquiry_id",
            "recipient_id",
            "provider_id",
            "owner_id",
            "revises_id",
            "superseded_by_id",
        ),
        impersonal=(
            "number",
            "currency",
            "discount_basis_points",
            "discount_amount_minor",
            "subtotal_minor",
            "discount_minor",
            "net_minor",
            "taxes",
            "tax_minor",
            "gross_minor",
            "valid_days",
            "sent_at",
            "expires_at",
            "decline_reason",
            "created_at",
            "updated_at",
            "version",
        ),
        export=Section(
            name="quotes",
            most=MOST_LONG,
            rows=_seen_by,
            withheld={
                "recipient_id": MACHINERY,
                "provider_id": OF_OTHERS,
                "owner_id": OWN_ID,
                "version": MACHINERY,
            },
            shown={
                "lines": lambda person: case((_may_read_words(person), Quote.lines), else_=literal([], Json)),
                "terms": lambda person: case((_may_read_words(person), Quote.terms), else_=null()),
            },
        ),
    ),
)
