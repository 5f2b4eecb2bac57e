"""Ratings: sums that follow each published review, their mean, and the score by which businesses compare."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel.clock import Clock
from impl.marketplace.capabilities.ratings.repository import RatingRepository
from impl.marketplace.capabilities.ratings.tables import PRIOR_REVIEWS, PRIOR_STARS, RatingRow

__all__ = ["RatingRow", "RatingsService", "average", "score"]


def average(row: RatingRow | None) -> float | None:
    """Return the mean of the stars, to a tenth; None while there are no reviews."""
    if row is None or row["review_count"] == 0:
        return None
    return round(row["star_sum"] / row["review_count"], 1)


def score(review_count: int, star_sum: int) -> float:
    """Return the mean of the reviews and of those that a business is given to begin with (a Bayesian average)."""
    return (PRIOR_REVIEWS * PRIOR_STARS + star_sum) / (PRIOR_REVIEWS + review_count)


class RatingsService:
    def __init__(self, clock: Clock) -> None:
        self._repository = RatingRepository()
        self._clock = clock

    async def count(self, tx: AsyncSession, provider_id: UUID, stars: int) -> None:
        """Count a review that is published from now on."""
        now = self._clock.now()
        await self._repository.count(
            tx, {"provider_id": provider_id, "review_count": 1, "star_sum": stars, "updated_at": now}
        )

    async def discount(self, tx: AsyncSession, provider_id: UUID, stars: int) -> None:
        """Count a review no more."""
        await self._change(tx, provider_id, reviews=-1, stars=-stars)

    async def change(self, tx: AsyncSession, provider_id: UUID, before: int, after: int) -> None:
        """Let a review count that was published with other stars."""
        if before != after:
            await self._change(tx, provider_id, reviews=0, stars=after - before)

    async def _change(self, tx: AsyncSession, provider_id: UUID, *, reviews: int, stars: int) -> None:
        now = self._clock.now()
        await self._repository.change(tx, provider_id, {"updated_at": now}, reviews=reviews, stars=stars)
