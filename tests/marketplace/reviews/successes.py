"""Successful requests to the operations of reviews."""

from __future__ import annotations

import asyncio
from typing import Final

from tests.contract.entries import Entries, as_administrator
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Stage
from tests.harness.patience import PATIENCE
from tests.marketplace.jobs.successes import Working, job_of
from tests.marketplace.providers.successes import page

# Other than the examples, which change it.
BY_OWNER: Final[Body] = {"rating": 3, "value": 3, "text": "Quiet again."}
BY_PROVIDER: Final[Body] = {"rating": 4, "text": "Friendly."}
HIDING: Final[Body] = {"statement": "It says nothing of the work."}


async def review_of(stage: Stage, job: Working) -> str:
    """Let the homeowner of a completed job review it, and return the review's id."""
    path = f"/jobs/{job.id}/review"
    return str((await stage.expect(201, "POST", path, by=job.owner, json=BY_OWNER)).json()["id"])


async def published_review_of(stage: Stage, job: Working) -> str:
    """Let both parties review a completed job, and return the id of the homeowner's review once both are published."""
    found = await review_of(stage, job)
    await stage.expect(201, "POST", f"/jobs/{job.id}/review", by=job.provider, json=BY_PROVIDER)
    async with asyncio.timeout(PATIENCE):
        while True:
            # What the worker does next anyway: until then each look costs as much as it does.
            await stage.service.services.marketplace.reviews.publish_reviews()
            shown = (await stage.expect(200, "GET", f"/jobs/{job.id}/reviews", by=job.provider)).json()["items"]
            if [one["state"] for one in shown] == ["PUBLISHED", "PUBLISHED"]:
                return found


async def _new(stage: Stage, example: Body) -> Ready:
    # Of their own, since a job is reviewed once.
    job = await job_of(stage, "COMPLETED", of=await stage.person())
    return Ready(by=job.owner, ids={"job_id": job.id}, body=example)


async def _written(stage: Stage, example: Body) -> Ready:
    job = await job_of(stage, "COMPLETED")
    await review_of(stage, job)
    return Ready(by=job.owner, ids={"job_id": job.id}, body=example)


async def _to_reply(stage: Stage, example: Body) -> Ready:
    job = await job_of(stage, "COMPLETED")
    await published_review_of(stage, job)
    return Ready(by=job.provider, ids={"job_id": job.id}, body=example)


async def _published(stage: Stage, example: Body) -> Ready:
    # Of their own, since of several reviews by one homeowner the newest counts: any other could be hidden unseen.
    job = await job_of(stage, "COMPLETED", of=await stage.person())
    found = await published_review_of(stage, job)
    return Ready(by=await stage.shared("STAFF_MODERATOR"), ids={"review_id": found}, body=example)


async def _hidden(stage: Stage, example: Body) -> Ready:
    ready = await _published(stage, example)
    await stage.expect(200, "POST", f"/admin/reviews/{ready.ids['review_id']}/hide", by=ready.by, json=HIDING)
    return ready


async def _page(stage: Stage, _: Body) -> Ready:
    return Ready(ids={"slug": await page(stage)})


# The other party reads it beside their own review, which stays.
CHANGES_NO_ETAG = {"replyToReview"}

SUCCESSES: Entries = {
    "getOwnReview": _written,
    "createReview": _new,
    "updateReview": _written,
    "listJobReviews": _written,
    "replyToReview": _to_reply,
    "listProviderReviews": _page,
    "listReviews": as_administrator,
    "hideReview": _published,
    "reinstateReview": _hidden,
}
