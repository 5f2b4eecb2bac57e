"""Successful requests to the operations of jobs' times."""

from __future__ import annotations

from datetime import timedelta

from tests.contract.entries import ANY_VERSION, Entries
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Person, Stage
from tests.marketplace.jobs.successes import Working, by_provider, job_of


async def propose(stage: Stage, by: Person, job_id: str) -> None:
    """Propose a time that is so soon that the other party has to accept it."""
    begins = stage.service.clock.now() + timedelta(hours=20)
    time = {"starts_at": begins.isoformat(), "ends_at": (begins + timedelta(hours=1)).isoformat()}
    await stage.expect(200, "PUT", f"/jobs/{job_id}/schedule", by=by, json=time)


async def proposed(stage: Stage) -> Working:
    """Return a job whose homeowner has proposed a time."""
    job = await job_of(stage)
    await propose(stage, job.owner, job.id)
    return job


async def _proposed(stage: Stage, _: Body) -> Ready:
    job = await proposed(stage)
    return Ready(by=job.provider, ids={"job_id": job.id}, headers=ANY_VERSION)


SUCCESSES: Entries = {
    "scheduleJob": by_provider(),
    "acceptJobSchedule": _proposed,
    "declineJobSchedule": _proposed,
}
