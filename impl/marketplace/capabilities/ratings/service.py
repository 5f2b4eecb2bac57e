"""Ratings: sums that follow each published review, their means, and the score by which businesses compare."""

from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, SQLColumnExpression, bindparam, literal_column
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import TypedDict

from impl.kernel.clock import Clock
from impl.marketplace.capabilities.ratings.repository import RatingRepository
from impl.marketplace.capabilities.ratings.tables import PRIOR_REVIEWS, PRIOR_STARS, RatingRow, Sums

__all__ = ["UNRATED", "RatingRow", "RatingsService", "Stars", "Sums", "mean", "rated", "rated_each", "score"]

UNRATED: Final[Sums] = {
    "review_count": 0,
    "star_sum": 0,
    "punctuality_count": 0,
    "punctuality_sum": 0,
    "quality_count": 0,
    "quality_sum": 0,
    "value_count": 0,
    "value_sum": 0,
}
# From one star on to five.
_TENTHS: Final = literal_column(f"({', '.join(map(str, range(10, 51)))})", Integer)


class Stars(TypedDict):
    """Stars of a review; any row with these columns fits."""

    rating: int
    punctuality: int | None
    quality: int | None
    value: int | None


def mean(stars: int, reviews: int) -> float | None:
    """Return the mean of the stars, to a tenth; None while there are no reviews.

    In whole numbers, as the triggers compute the tenths that filters compare.
    """
    return None if reviews == 0 else (20 * stars + reviews) // (2 * reviews) / 10


def score(review_count: int, star_sum: int) -> float:
    """Return the mean of the reviews and of those that a business is given to begin with (a Bayesian average)."""
    return (PRIOR_REVIEWS * PRIOR_STARS + star_sum) / (PRIOR_REVIEWS + review_count)


def rated(tenths: SQLColumnExpression[int]) -> ColumnElement[bool]:
    """Keep rows of providers with as many stars in the mean as bound to `min_rating`, or more."""
    return tenths >= 10 * bindparam("min_rating", type_=Integer)


def rated_each(tenths: SQLColumnExpression[int]) -> ColumnElement[bool]:
    """Keep the same rows as `rated`, by each tenth: an index then goes by the columns behind it, too."""
    return tenths.bool_op("IN")(_TENTHS) & rated(tenths)


def _sums(stars: Stars) -> Sums:
    punctuality, quality, value = stars["punctuality"], stars["quality"], stars["value"]
    return {
        "review_count": 1,
        "star_sum": stars["rating"],
        "punctuality_count": int(punctuality is not None),
        "punctuality_sum": punctuality or 0,
        "quality_count": int(quality is not None),
        "quality_sum": quality or 0,
        "value_count": int(value is not None),
        "value_sum": value or 0,
    }


def _difference(more: Sums, less: Sums) -> Sums:
    return {
        "review_count": more["review_count"] - less["review_count"],
        "star_sum": more["star_sum"] - less["star_sum"],
        "punctuality_count": more["punctuality_count"] - less["punctuality_count"],
        "punctuality_sum": more["punctuality_sum"] - less["punctuality_sum"],
        "quality_count": more["quality_count"] - less["quality_count"],
        "quality_sum": more["quality_sum"] - less["quality_sum"],
        "value_count": more["value_count"] - less["value_count"],
        "value_sum": more["value_sum"] - less["value_sum"],
    }


class RatingsService:
    def __init__(self, clock: Clock) -> None:
        self._repository = RatingRepository()
        self._clock = clock

    async def change(self, tx: AsyncSession, provider_id: UUID, before: Stars | None, after: Stars | None) -> None:
        """Count a review in place of another, or with other stars than before; None stands for no review."""
        now = self._clock.now()
        if before is None:
            if after is not None:
                await self._repository.count(tx, {**_sums(after), "provider_id": provider_id, "updated_at": now})
            return
        more = _difference(UNRATED if after is None else _sums(after), _sums(before))
        if more != UNRATED:
            await self._repository.change(tx, provider_id, {"updated_at": now}, more)
