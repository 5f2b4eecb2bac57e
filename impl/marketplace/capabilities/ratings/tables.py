"""Table of ratings: sums that change with each published review, so that nobody counts reviews to show them."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Integer, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column
from typing_extensions import TypedDict

from impl.kernel.personal_data import DERIVED, WITH_ACCOUNT, PersonalDataPolicy
from impl.kernel.tables import Table

# A business starts as if it had so many reviews of so many stars: a single one of five is no better than twenty of 4.8.
PRIOR_REVIEWS: Final = 5
PRIOR_STARS: Final = 4
# Of a score, which compares ratings: thousandths of a star.
RANKS: Final = 1000
UNRATED_RANK: Final = PRIOR_STARS * RANKS
ASPECTS: Final = ("punctuality", "quality", "value")
_NONE: Final = text("0")


def rating_rank_column() -> Mapped[int]:
    """Make the column by which rows of a provider are sorted by rating; triggers on ratings keep it."""
    return mapped_column(Integer, server_default=text(str(UNRATED_RANK)))


def rating_tenths_column() -> Mapped[int]:
    """Make the column of the mean of a provider's reviews as it is shown, ten times; zero while there are none."""
    return mapped_column(Integer, server_default=_NONE)


class Rating(Table):
    """Published reviews of one provider, summed up; who has none has no row or one of zeros."""

    __tablename__ = "ratings"
    __table_args__ = (
        CheckConstraint("review_count >= 0", name="review_count_range"),
        CheckConstraint("star_sum BETWEEN review_count AND 5 * review_count", name="star_sum_range"),
        *(
            constraint
            for aspect in ASPECTS
            for constraint in (
                CheckConstraint(f"{aspect}_count BETWEEN 0 AND review_count", name=f"{aspect}_count_range"),
                CheckConstraint(
                    f"{aspect}_sum BETWEEN {aspect}_count AND 5 * {aspect}_count", name=f"{aspect}_sum_range"
                ),
            )
        ),
        {"schema": "marketplace"},
    )

    provider_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"), primary_key=True
    )
    review_count: Mapped[int] = mapped_column(Integer)
    star_sum: Mapped[int] = mapped_column(Integer)
    # Not every review tells of each aspect.
    punctuality_count: Mapped[int] = mapped_column(Integer, server_default=_NONE)
    punctuality_sum: Mapped[int] = mapped_column(Integer, server_default=_NONE)
    quality_count: Mapped[int] = mapped_column(Integer, server_default=_NONE)
    quality_sum: Mapped[int] = mapped_column(Integer, server_default=_NONE)
    value_count: Mapped[int] = mapped_column(Integer, server_default=_NONE)
    value_sum: Mapped[int] = mapped_column(Integer, server_default=_NONE)
    updated_at: Mapped[datetime]


class Sums(TypedDict):
    """Numbers of reviews, and the sums of their stars: over all, and of each aspect that they tell of."""

    review_count: int
    star_sum: int
    punctuality_count: int
    punctuality_sum: int
    quality_count: int
    quality_sum: int
    value_count: int
    value_sum: int


class RatingRow(Sums):
    """Sums of a business, by the id of its profile."""

    profile_id: UUID
    updated_at: datetime


class FirstRating(Sums):
    """Sums of a provider whose first review is published."""

    provider_id: UUID
    updated_at: datetime


class RatingChange(TypedDict):
    updated_at: datetime


PERSONAL_DATA_POLICIES: Final = (
    PersonalDataPolicy(
        table=Rating,
        retention=WITH_ACCOUNT,
        rows=lambda person: Rating.provider_id == person,
        removed=True,
        export=DERIVED,
    ),
)
