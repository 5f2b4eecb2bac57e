"""Table of ratings: sums that change with each published review, so that nobody counts reviews to show them."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Integer, Uuid
from sqlalchemy.orm import Mapped, mapped_column
from typing_extensions import TypedDict

from impl.kernel.personal_data import DERIVED, WITH_ACCOUNT, PersonalDataPolicy
from impl.kernel.tables import Table

# A business starts as if it had so many reviews of so many stars: a single one of five is no better than twenty of 4.8.
PRIOR_REVIEWS: Final = 5
PRIOR_STARS: Final = 4


class Rating(Table):
    """Published reviews of one provider, summed up; who has none has no row or one of zeros."""

    __tablename__ = "ratings"
    __table_args__ = (
        CheckConstraint("review_count >= 0", name="review_count_range"),
        CheckConstraint("star_sum BETWEEN review_count AND 5 * review_count", name="star_sum_range"),
        {"schema": "marketplace"},
    )

    provider_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"), primary_key=True
    )
    review_count: Mapped[int] = mapped_column(Integer)
    star_sum: Mapped[int] = mapped_column(Integer)
    updated_at: Mapped[datetime]


class RatingRow(TypedDict):
    """Sums of a business, by the id of its profile."""

    profile_id: UUID
    review_count: int
    star_sum: int
    updated_at: datetime


class FirstRating(TypedDict):
    """Sums of a provider whose first review is published."""

    provider_id: UUID
    review_count: int
    star_sum: int
    updated_at: datetime


class RatingChange(TypedDict):
    updated_at: datetime


PERSONAL_DATA_POLICIES: Final = (
    PersonalDataPolicy(
        table=Rating, kept=WITH_ACCOUNT, rows=lambda person: Rating.provider_id == person, removed=True, export=DERIVED
    ),
)
