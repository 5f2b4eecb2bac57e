"""Successful requests to the operations of jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from tests.contract.entries import Entries, Entry
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Person, Stage, example_of
from tests.marketplace.inquiries.successes import inquiry_of
from tests.marketplace.provider_profile.successes import business

QUOTES: Final = "/service-providers/inquiries/{}/quotes"
# The operations that lead to a state, by its name, and the body that each takes.
_WAYS: Final[Mapping[str, tuple[str, ...]]] = {
    "SCHEDULED": (),
    "IN_PROGRESS": ("start",),
    "DELIVERED": ("start", "deliver"),
    "CHANGES_REQUESTED": ("start", "deliver", "request-changes"),
    "DISPUTED": ("start", "dispute"),
    "COMPLETED": ("start", "deliver", "complete"),
}
_BODIES: Final[Mapping[str, Body]] = {"request-changes": {"text": "It drips."}, "dispute": {"text": "Nobody came."}}
_BY_OWNER: Final = {"complete", "request-changes", "dispute"}


class Working(NamedTuple):
    """A job and its parties."""

    id: str
    owner: Person
    provider: Person


async def accept_quote_of(stage: Stage, owner: Person, provider: Person) -> str:
    """Let somebody ask a business, accept its quote, and return the job's id."""
    inquiry_id = await inquiry_of(stage, owner, provider)
    path = QUOTES.format(inquiry_id)
    body = example_of("createQuote")
    quote = (await stage.expect(201, "POST", path, by=provider, json=body)).json()["id"]
    await stage.expect(200, "POST", f"/quotes/{quote}/send", by=provider)
    await stage.expect(200, "POST", f"/quotes/{quote}/accept", by=owner)
    listed = await stage.expect(200, "GET", f"/jobs?side=HOMEOWNER&inquiry_id={inquiry_id}", by=owner)
    return str(listed.json()["items"][0]["id"])


async def job_of(
    stage: Stage, state: str = "SCHEDULED", *, of: Person | None = None, by: Person | None = None
) -> Working:
    """Return a new job in this state, of these parties or of those whom many tests share."""
    owner, provider = of or await stage.shared("HOMEOWNER", purpose="of jobs"), by or await business(stage)
    job_id = await accept_quote_of(stage, owner, provider)
    for step in _WAYS[state]:
        by = owner if step in _BY_OWNER else provider
        await stage.expect(200, "POST", f"/jobs/{job_id}/{step}", by=by, json=_BODIES.get(step))
    return Working(job_id, owner, provider)


def by_provider(state: str = "SCHEDULED") -> Entry:
    """Send the request as the provider of a job in this state."""

    async def ready(stage: Stage, example: Body) -> Ready:
        job = await job_of(stage, state)
        return Ready(by=job.provider, ids={"job_id": job.id}, body=example)

    return ready


def by_owner(state: str = "SCHEDULED") -> Entry:
    """Send the request as the homeowner of a job in this state."""

    async def ready(stage: Stage, example: Body) -> Ready:
        job = await job_of(stage, state)
        return Ready(by=job.owner, ids={"job_id": job.id}, body=example)

    return ready


async def _listed(stage: Stage, _: Body) -> Ready:
    return Ready(by=await stage.shared("HOMEOWNER"), query={"side": "HOMEOWNER"})


SUCCESSES: Entries = {
    "listJobs": _listed,
    "getJob": by_owner(),
    "getJobAddress": by_provider(),
    "startJob": by_provider(),
    "deliverJob": by_provider("IN_PROGRESS"),
    "completeJob": by_owner("DELIVERED"),
    "requestJobChanges": by_owner("DELIVERED"),
    "cancelJob": by_provider(),
}
