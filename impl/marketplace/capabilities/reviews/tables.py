"""Table of reviews."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    Select,
    String,
    UniqueConstraint,
    Uuid,
    and_,
    case,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column
from typing_extensions import TypedDict

from generated.states import ReviewState
from impl.kernel.personal_data import MACHINERY, MOST_LONG, OF_OTHERS, WITH_ACCOUNT, PersonalDataPolicy, Section
from impl.kernel.tables import Stamped, Table, enum_column
from impl.marketplace.capabilities.jobs.tables import JobSide

ERASED: Final = "Erased review"
_BLIND: Final = text("state = 'WRITTEN'")
_SHOWN: Final = text("state = 'PUBLISHED'")
_HIDDEN: Final = text("state = 'HIDDEN'")


class Review(Stamped, Table):
    """Review of one party of a job by the other; both stand in it, so that lists do not ask for the job."""

    __tablename__ = "reviews"
    __table_args__ = (
        UniqueConstraint("job_id", "by"),
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating_range"),
        CheckConstraint("punctuality BETWEEN 1 AND 5", name="punctuality_range"),
        CheckConstraint("quality BETWEEN 1 AND 5", name="quality_range"),
        CheckConstraint("value BETWEEN 1 AND 5", name="value_range"),
        CheckConstraint("length(text) BETWEEN 1 AND 4000", name="text_length"),
        CheckConstraint("length(reply) BETWEEN 1 AND 4000", name="reply_length"),
        CheckConstraint("length(statement) BETWEEN 1 AND 2000", name="statement_length"),
        CheckConstraint("(state = 'WRITTEN') = (published_at IS NULL)", name="published_at_known"),
        CheckConstraint("(state = 'HIDDEN') = (hidden_at IS NOT NULL)", name="hidden_at_known"),
        CheckConstraint("(hidden_at IS NULL) = (statement IS NULL)", name="hidden_with_reasons"),
        CheckConstraint("(reply IS NULL) = (replied_at IS NULL)", name="reply_whole"),
        Index(None, "author_id"),
        Index(None, "subject_id"),
        Index(
            "ix_reviews_shown", "subject_id", "by", "published_at", "id", postgresql_where=_SHOWN, sqlite_where=_SHOWN
        ),
        Index("ix_reviews_published", "published_at", "id", postgresql_where=_SHOWN, sqlite_where=_SHOWN),
        Index("ix_reviews_hidden", "published_at", "id", postgresql_where=_HIDDEN, sqlite_where=_HIDDEN),
        Index("ix_reviews_blind", "publish_at", postgresql_where=_BLIND, sqlite_where=_BLIND),
        {"schema": "marketplace"},
    )

    job_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("marketplace.jobs.id", ondelete="RESTRICT"))
    by: Mapped[JobSide] = mapped_column(enum_column(JobSide))
    author_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"))
    subject_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"))
    rating: Mapped[int] = mapped_column(Integer)
    punctuality: Mapped[int | None] = mapped_column(Integer)
    quality: Mapped[int | None] = mapped_column(Integer)
    value: Mapped[int | None] = mapped_column(Integer)
    text: Mapped[str] = mapped_column(String(4000))
    state: Mapped[ReviewState] = mapped_column(enum_column(ReviewState))
    # When it is published at the latest; once both have written, the present.
    publish_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    # Last change after everybody could read it.
    edited_at: Mapped[datetime | None]
    reply: Mapped[str | None] = mapped_column(String(4000))
    replied_at: Mapped[datetime | None]
    statement: Mapped[str | None] = mapped_column(String(2000))
    hidden_at: Mapped[datetime | None]


class Opinion(TypedDict):
    """Columns that an author sets."""

    rating: int
    punctuality: int | None
    quality: int | None
    value: int | None
    text: str


class OpinionChanges(TypedDict, total=False):
    rating: int
    punctuality: int | None
    quality: int | None
    value: int | None
    text: str


class NewReview(Opinion):
    id: UUID
    job_id: UUID
    by: JobSide
    author_id: UUID
    subject_id: UUID
    state: ReviewState
    publish_at: datetime
    created_at: datetime
    updated_at: datetime
    version: int


class ReviewChanges(OpinionChanges, total=False):
    """Columns of a review that change; those that are absent stay."""

    state: ReviewState
    publish_at: datetime
    published_at: datetime
    edited_at: datetime
    reply: str
    replied_at: datetime
    statement: str | None
    hidden_at: datetime | None
    updated_at: datetime


def reviews_about(person: UUID) -> Select[UUID]:
    """Select the ids of the reviews of a person's work or home."""
    return select(Review.id).where(Review.subject_id == person)


PERSONAL_DATA_POLICIES: Final = (
    # The stars stay under pseudonyms, for the rating; the words of and about whoever is gone do not.
    PersonalDataPolicy(
        table=Review,
        retention=WITH_ACCOUNT,
        rows=lambda person: or_(Review.author_id == person, Review.subject_id == person),
        blanked={
            "text": lambda _: ERASED,
            # Of the one, and about the other.
            "reply": lambda _: case((Review.reply.is_not(None), ERASED)),
            "statement": lambda _: case((Review.statement.is_not(None), ERASED)),
        },
        events=("review.hidden",),
        pseudonyms=("id", "job_id", "author_id", "subject_id"),
        impersonal=(
            "by",
            "rating",
            "punctuality",
            "quality",
            "value",
            "state",
            "publish_at",
            "published_at",
            "edited_at",
            "replied_at",
            "hidden_at",
            "created_at",
            "updated_at",
            "version",
        ),
        export=Section(
            name="reviews",
            most=MOST_LONG,
            withheld={
                "author_id": OF_OTHERS,
                "subject_id": OF_OTHERS,
                "publish_at": MACHINERY,
                "version": MACHINERY,
            },
            # What the other party has written is theirs alone until it is published.
            rows=lambda person: or_(
                Review.author_id == person,
                and_(Review.subject_id == person, Review.state == ReviewState.PUBLISHED),
            ),
        ),
    ),
)
