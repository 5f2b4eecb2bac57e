"""Successful requests to the operations of visits."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import NamedTuple

from tests.contract.entries import Entries, Entry
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Person, Stage
from tests.marketplace.inquiries.successes import INQUIRIES, inquiry_of
from tests.marketplace.provider_profile.successes import approved_profile_of
from tests.marketplace.visits.visiting import ALWAYS, AVAILABILITY

_days = count(2)


class Thread(NamedTuple):
    """A thread of two parties, and the begin of a free hour."""

    owner: Person
    provider: Person
    ids: dict[str, str]
    starts_at: str


async def _always_works(stage: Stage, provider: Person) -> None:
    await approved_profile_of(stage, provider)
    await stage.expect(201, "PUT", AVAILABILITY, by=provider, json=ALWAYS)


async def thread_of(stage: Stage) -> Thread:
    """Ask a business that works every day, and find an hour that nobody else has."""
    owner = await stage.person()
    provider = await stage.shared("SERVICE_PROVIDER", purpose="who visits", prepare=_always_works)
    inquiry_id = await inquiry_of(stage, owner, provider)
    inquiry = (await stage.expect(200, "GET", f"{INQUIRIES}/{inquiry_id}", by=owner)).json()
    ids = {"inquiry_id": inquiry_id, "recipient_id": inquiry["recipients"][0]["id"]}
    day = stage.service.clock.now().date() + timedelta(days=next(_days))
    return Thread(owner, provider, ids, f"{day.isoformat()}T09:00:00Z")


async def visit_of(stage: Stage) -> tuple[Thread, str]:
    """Return a thread with a visit that was asked for, and the visit's id."""
    thread = await thread_of(stage)
    path = f"{INQUIRIES}/{thread.ids['inquiry_id']}/recipients/{thread.ids['recipient_id']}/visits"
    made = await stage.expect(201, "POST", path, by=thread.owner, json={"starts_at": thread.starts_at})
    return thread, str(made.json()["id"])


async def _asked(stage: Stage, _: Body) -> Ready:
    thread = await thread_of(stage)
    return Ready(by=thread.owner, ids=thread.ids, body={"starts_at": thread.starts_at})


async def _listed(stage: Stage, _: Body) -> Ready:
    thread, _id = await visit_of(stage)
    return Ready(by=thread.owner, query={"side": "HOMEOWNER"})


def _one(*, by_owner: bool) -> Entry:
    async def ready(stage: Stage, _: Body) -> Ready:
        thread, visit_id = await visit_of(stage)
        return Ready(by=thread.owner if by_owner else thread.provider, ids={"visit_id": visit_id})

    return ready


SUCCESSES: Entries = {
    "requestVisit": _asked,
    "listVisits": _listed,
    "getVisit": _one(by_owner=True),
    "acceptVisit": _one(by_owner=False),
    "declineVisit": _one(by_owner=False),
    "cancelVisit": _one(by_owner=True),
}
