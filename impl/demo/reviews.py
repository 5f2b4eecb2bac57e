"""Reviews of the demo's completed job, by both of its parties, and the rating that they make."""

from datetime import timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import JobState, ReviewState
from impl.demo.accounts import Demo
from impl.demo.rows import REVIEWS, Values, add, stamps
from impl.marketplace.capabilities.jobs.tables import Job, JobSide
from impl.marketplace.capabilities.ratings.tables import ASPECTS, Rating
from impl.marketplace.capabilities.reviews.tables import Review

_STARS: Final = 4
_BY_HOMEOWNER: Final[Values] = {
    "by": JobSide.HOMEOWNER,
    "rating": _STARS,
    "punctuality": 3,
    "quality": 5,
    "value": 4,
    "text": "No more water under the meter. He came an hour late, and had called before.",
    "reply": "Thank you. The bridge was closed that morning.",
}
_BY_PROVIDER: Final[Values] = {
    "by": JobSide.PROVIDER,
    "rating": 5,
    "punctuality": None,
    "quality": None,
    "value": None,
    "text": "The way to the meter was free, and there was coffee.",
    "reply": None,
}


async def fill(tx: AsyncSession, demo: Demo) -> None:
    completed = select(Job).where(Job.state == JobState.COMPLETED).order_by(Job.id).limit(1)
    job = (await tx.execute(completed)).scalar_one()
    written = (job.ended_at or demo.now) + timedelta(days=1)
    published = written + timedelta(hours=6)
    rows: list[Values] = [
        {
            **stamps(REVIEWS + number, written),
            "job_id": job.id,
            "author_id": author,
            "subject_id": subject,
            "state": ReviewState.PUBLISHED,
            "publish_at": published,
            "published_at": published,
            **said,
            "replied_at": None if said["reply"] is None else published + timedelta(days=1),
        }
        for number, (said, author, subject) in enumerate(
            ((_BY_HOMEOWNER, job.owner_id, job.provider_id), (_BY_PROVIDER, job.provider_id, job.owner_id))
        )
    ]
    await add(tx, Review, rows)
    rating: Values = {"provider_id": job.provider_id, "review_count": 1, "star_sum": _STARS, "updated_at": published}
    for aspect in ASPECTS:
        rating |= {f"{aspect}_count": 1, f"{aspect}_sum": _BY_HOMEOWNER[aspect]}
    await add(tx, Rating, [rating])
