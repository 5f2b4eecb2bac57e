"""Reviews of completed jobs, over HTTP."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final
from uuid import UUID

from tests.harness.deliveries import until
from tests.harness.patience import PATIENCE
from tests.marketplace.jobs.working import JOBS, Parties
from tests.marketplace.payloads import Json, ok

if TYPE_CHECKING:
    import httpx

    from tests.harness.accounts import Account
    from tests.harness.service import Service

BY_OWNER: Final[Json] = {"rating": 5, "punctuality": 3, "quality": 5, "value": 4, "text": "Quiet again. A little late."}
# What everybody sees of a business without reviews, and of one with this review.
UNRATED: Final[Json] = {"average": None, "review_count": 0, "punctuality": None, "quality": None, "value": None}
RATED: Final[Json] = {"average": 5.0, "review_count": 1, "punctuality": 3.0, "quality": 5.0, "value": 4.0}
BY_PROVIDER: Final[Json] = {"rating": 4, "text": "Friendly, and the way was free."}
HIDING: Final[Json] = {"statement": "It calls the plumber names, and says nothing of the work."}
STAFF: Final = "/admin/reviews"


async def write(who: Account, job: Json, body: Json, **headers: str) -> httpx.Response:
    answer: httpx.Response = await who.client.post(f"{JOBS}/{job['id']}/review", json=body, headers=headers)
    return answer


async def visible(who: Account, job: Json) -> dict[str, Json]:
    """Return the reviews of a job that somebody may read, by who wrote them."""
    found = ok(await who.client.get(f"{JOBS}/{job['id']}/reviews"))
    return {one["by"]: one for one in found["items"]}


async def published(who: Account, job: Json) -> dict[str, Json]:
    """Wait until the worker has published both reviews of a job, and return them."""

    async def look() -> dict[str, Json] | None:
        found = await visible(who, job)
        return found if [one["state"] for one in found.values()] == ["PUBLISHED", "PUBLISHED"] else None

    return await until(look)


async def reviewed(found: Parties, **changes: object) -> Json:
    """Let both parties of a completed job review it; return the homeowner's review, published."""
    job = await found.begun("COMPLETED")
    ok(await write(found.owner, job, {**BY_OWNER, **changes}), 201)
    ok(await write(found.provider, job, BY_PROVIDER), 201)
    return {"job": job, **(await published(found.owner, job))["HOMEOWNER"]}


async def slug_of(found: Parties) -> str:
    return str(ok(await found.provider.client.get("/service-providers/profile"))["slug"])


async def rating_of(found: Parties) -> Json:
    """Return what everybody sees of the reviews of a business."""
    rating: Json = ok(await found.owner.client.get(f"/providers/{await slug_of(found)}"))["rating"]
    return rating


async def publish_due(service: Service, review: Json) -> None:
    """Let the worker publish what is due; the service's own may be at it just now."""
    async with asyncio.timeout(PATIENCE):
        while await service.services.marketplace.reviews.publish_reviews():
            await asyncio.to_thread(UUID, review["id"])
