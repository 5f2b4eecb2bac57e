"""Service of the time in which an author may change a review and its photos."""

from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import REVIEW_STATE_MACHINE, ReviewState
from impl.kernel.clock import Clock
from impl.kernel.errors import NotFound
from impl.kernel.states import next_state
from impl.marketplace.capabilities.reviews.errors import ReviewClosed
from impl.marketplace.capabilities.reviews.repository import ReviewRecordsRepository

__all__ = ["ReviewClosed", "ReviewRecords", "edits_end_at"]

EDITED_WITHIN: Final = timedelta(hours=48)
NOBODY: Final = "There is nobody any more whom it would be of."

type EditStep = Literal["updateReview", "addReviewPhoto"]


def edits_end_at(created_at: datetime) -> datetime:
    """Return until when the author of a review may change it."""
    return created_at + EDITED_WITHIN


class ReviewRecords:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._repository = ReviewRecordsRepository()

    def check_edit(self, state: ReviewState, created_at: datetime, step: EditStep) -> None:
        """Refuse an author's change of a review that staff have hidden, or whose time is over."""
        next_state(REVIEW_STATE_MACHINE, state, step)
        if self._clock.now() >= edits_end_at(created_at):
            raise ReviewClosed("A review is changed within 48 hours after it was written.")

    async def check_photo(self, tx: AsyncSession, review_id: UUID) -> None:
        """Refuse a photo, or other words of one, of a review that its author may not change any more.

        Without a lock, so that the worker skips no review that it is to publish: whoever reads a photo looks at the
        state of its review each time.
        """
        row = await self._repository.written(tx, review_id)
        if row is None:
            raise NotFound
        if not row["is_subject_known"]:
            raise ReviewClosed(NOBODY)
        self.check_edit(row["state"], row["created_at"], "addReviewPhoto")
