"""Reviews in every state."""

from __future__ import annotations

import asyncio

import httpx

from tests.contract.walks import Edge, Walk, World
from tests.harness.patience import PATIENCE
from tests.marketplace.jobs.working import JOBS, shared_parties
from tests.marketplace.payloads import Json, ok
from tests.marketplace.photos.successes import picture
from tests.marketplace.reviews.reviewing import BY_OWNER, BY_PROVIDER, HIDING, STAFF, reviewed, write


async def _make(world: World, state: str, _: Edge | None) -> Json:
    """Return the homeowner's review of a new job in this state, with the parties."""
    parties = await shared_parties(world.auto, world.auto_service)
    if state == "WRITTEN":
        job = await parties.begun("COMPLETED")
        return {"parties": parties, "job": job, **ok(await write(parties.owner, job, BY_OWNER), 201)}
    review = {"parties": parties, **await reviewed(parties)}
    if state == "HIDDEN":
        ok(await _hide(world, review, state))
    return review


async def _update(_: World, review: Json, __: str) -> httpx.Response:
    answer: httpx.Response = await review["parties"].owner.client.patch(
        f"{JOBS}/{review['job']['id']}/review", json={"text": "Another word."}
    )
    return answer


async def _photograph(_: World, review: Json, __: str) -> httpx.Response:
    answer: httpx.Response = await review["parties"].owner.client.post(
        f"{JOBS}/{review['job']['id']}/review/photos", files={"file": ("a.png", picture())}
    )
    return answer


async def _reply(_: World, review: Json, __: str) -> httpx.Response:
    answer: httpx.Response = await review["parties"].provider.client.post(
        f"{JOBS}/{review['job']['id']}/reviews/reply", json={"text": "Thank you."}
    )
    return answer


async def _hide(world: World, review: Json, _: str) -> httpx.Response:
    staff = await world.auto.staff("STAFF_MODERATOR")
    return await staff.client.post(f"{STAFF}/{review['id']}/hide", json=HIDING)


async def _reinstate(world: World, review: Json, _: str) -> httpx.Response:
    staff = await world.auto.staff("STAFF_MODERATOR")
    return await staff.client.post(f"{STAFF}/{review['id']}/reinstate")


async def _publish(world: World, review: Json, _: str) -> None:
    """Let the other party write too, and the worker publish both."""
    ok(await write(review["parties"].provider, review["job"], BY_PROVIDER), 201)
    async with asyncio.timeout(PATIENCE):
        while await _read(world, review) == "WRITTEN":
            await world.auto_service.services.marketplace.reviews.publish_reviews()


async def _read(_: World, review: Json) -> str | None:
    return str(ok(await review["parties"].owner.client.get(f"{JOBS}/{review['job']['id']}/review"))["state"])


WALKS = {
    "ReviewState": Walk(
        _make,
        {
            "updateReview": _update,
            "addReviewPhoto": _photograph,
            "replyToReview": _reply,
            "hideReview": _hide,
            "reinstateReview": _reinstate,
            "worker.publish_reviews": _publish,
        },
        _read,
        # Whoever is reviewed reads it while it is published.
        frozenset({("WRITTEN", "replyToReview"), ("HIDDEN", "replyToReview")}),
    )
}
