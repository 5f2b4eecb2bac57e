"""Real values for the fuzzer: completed jobs, and reviews of them."""

from __future__ import annotations

from tests.fuzz.cases import Case, merge
from tests.fuzz.entries import Fuzzing, lasting_id, single_id
from tests.fuzz.pools import Item, Pool, Pools, Seeds
from tests.marketplace.jobs.fuzz import in_state, item_of, of_party
from tests.marketplace.jobs.successes import job_of
from tests.marketplace.providers.fuzz import PAGES
from tests.marketplace.reviews.successes import HIDING, published_review_of, review_of


async def _written(seeds: Seeds) -> Item:
    job = await job_of(seeds.stage, "COMPLETED")
    await review_of(seeds.stage, job)
    return item_of(job, by_owner=True)


async def _to_reply(seeds: Seeds) -> Item:
    job = await job_of(seeds.stage, "COMPLETED")
    await published_review_of(seeds.stage, job)
    return item_of(job, by_owner=False)


async def _published(seeds: Seeds) -> Item:
    return {"id": await published_review_of(seeds.stage, await job_of(seeds.stage, "COMPLETED"))}


async def _hidden(seeds: Seeds) -> Item:
    found = await _published(seeds)
    await seeds.stage.expect(200, "POST", f"/admin/reviews/{found['id']}/hide", by=seeds.admin, json=HIDING)
    return found


_TO_REVIEW = Pool("jobs_to_review", in_state("COMPLETED"), share=0.2)
_WRITTEN = Pool("reviews", _written, lasting=2)
_TO_REPLY = Pool("reviews_to_reply", _to_reply, share=0.2)
_TO_HIDE = Pool("reviews_to_hide", _published, share=0.2)
_TO_REINSTATE = Pool("reviews_to_reinstate", _hidden, share=0.2)


def _without_aspects(case: Case, _: Pools) -> None:
    """Leave out what only a homeowner can tell: the request is the provider's."""
    merge(case, punctuality=None, quality=None, value=None)


FUZZING = Fuzzing(
    pools=[_TO_REVIEW, _WRITTEN, _TO_REPLY, _TO_HIDE, _TO_REINSTATE],
    fills={
        "getOwnReview": [of_party(_WRITTEN)],
        "createReview": [of_party(_TO_REVIEW), _without_aspects],
        "updateReview": [of_party(_WRITTEN)],
        "listJobReviews": [of_party(_WRITTEN)],
        "replyToReview": [of_party(_TO_REPLY)],
        "listProviderReviews": [lasting_id(PAGES, "slug")],
        "hideReview": [single_id(_TO_HIDE, "review_id")],
        "reinstateReview": [single_id(_TO_REINSTATE, "review_id")],
    },
)
