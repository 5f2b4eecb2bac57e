"""Successful requests to the operations of disputes."""

from __future__ import annotations

from tests.contract.entries import Entries
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Stage
from tests.marketplace.jobs.successes import by_owner, job_of


async def _list(stage: Stage, _: Body) -> Ready:
    return Ready(by=await stage.shared("STAFF_MODERATOR"))


async def _disputed(stage: Stage, example: Body) -> Ready:
    job = await job_of(stage, "DISPUTED")
    return Ready(by=await stage.shared("STAFF_MODERATOR"), ids={"job_id": job.id}, body=example)


# What it changes is the job, which staff do not read.
CHANGES_NO_ETAG = {"decideDispute"}

SUCCESSES: Entries = {
    "disputeJob": by_owner("IN_PROGRESS"),
    "listDisputes": _list,
    "getDispute": _disputed,
    "decideDispute": _disputed,
}
