"""Successful requests to the operations of jobs' times."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

from tests.contract.entries import ANY_VERSION, Entries
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Person, Stage
from tests.marketplace.jobs.successes import Working, job_of
from tests.marketplace.provider_profile.successes import approved_profile_of

_times = count()


async def propose(stage: Stage, by: Person, job_id: str) -> None:
    """Propose a time that is so soon that the other party has to accept it."""
    # Each at another time: a provider has none twice.
    begins = stage.service.clock.now() + timedelta(hours=20, seconds=2 * next(_times))
    time = {"starts_at": begins.isoformat(), "ends_at": (begins + timedelta(seconds=1)).isoformat()}
    await stage.expect(200, "PUT", f"/jobs/{job_id}/schedule", by=by, json=time)


async def proposed(stage: Stage) -> Working:
    """Return a job whose homeowner has proposed a time."""
    job = await job_of(stage)
    await propose(stage, job.owner, job.id)
    return job


async def _proposed(stage: Stage, _: Body) -> Ready:
    job = await proposed(stage)
    return Ready(by=job.provider, ids={"job_id": job.id}, headers=ANY_VERSION)


async def _of_their_own(stage: Stage, example: Body) -> Ready:
    # The example's time, which a business that many share may have given away.
    provider = await stage.person("SERVICE_PROVIDER")
    await approved_profile_of(stage, provider)
    job = await job_of(stage, by=provider)
    return Ready(by=provider, ids={"job_id": job.id}, body=example)


SUCCESSES: Entries = {
    "scheduleJob": _of_their_own,
    "acceptJobSchedule": _proposed,
    "declineJobSchedule": _proposed,
}
