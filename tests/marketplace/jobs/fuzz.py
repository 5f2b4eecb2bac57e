"""Real values for the fuzzer: jobs in the state that each step needs."""

from __future__ import annotations

from tests.fuzz.cases import Case, act_as, merge, name_in_path, phase
from tests.fuzz.entries import Fill, Fuzzing, any_version, nothing_known
from tests.fuzz.pools import Item, Maker, Pool, Pools, Seeds
from tests.marketplace.jobs.successes import Working, job_of


def item_of(job: Working, *, by_owner: bool) -> Item:
    """Return a job and the party who takes the step."""
    return {"id": job.id, "authorization": (job.owner if by_owner else job.provider).headers["Authorization"]}


def in_state(state: str, *, by_owner: bool = False) -> Maker:
    """Make jobs in a state, for one of the parties."""

    async def make(seeds: Seeds) -> Item:
        return item_of(await job_of(seeds.stage, state), by_owner=by_owner)

    return make


def of_party(pool: Pool) -> Fill:
    """Name a job in the path, and send the request as the party whose step it is."""

    def fill(case: Case, pools: Pools) -> None:
        item = pools.turn(pool) if pool.lasting else pools.take(pool, phase(case))
        if item is not None:
            act_as(case, item["authorization"])
            name_in_path(case, job_id=item["id"])
            nothing_known(case, pools)
            if "If-Match" in case.headers:
                # Few steps can be taken: none is to be spent on a tag that is none.
                any_version(case, pools)

    return fill


def readable(case: Case, _: Pools) -> None:
    """Give a body words: of long texts the fuzzer does not know the pattern, and most of what it draws is refused."""
    merge(case, text="It drips at night,\nabout once a minute.")


_LASTING = Pool("jobs", in_state("SCHEDULED"), lasting=3)
_TO_START = Pool("jobs_to_start", in_state("SCHEDULED"), share=0.5)
_TO_DELIVER = Pool("jobs_to_deliver", in_state("IN_PROGRESS"), share=0.5)
_TO_COMPLETE = Pool("jobs_to_complete", in_state("DELIVERED", by_owner=True), share=0.5)
_TO_CHANGE = Pool("jobs_to_change", in_state("DELIVERED", by_owner=True), share=0.5)
_TO_CANCEL = Pool("jobs_to_cancel", in_state("SCHEDULED", by_owner=True), share=0.5)

FUZZING = Fuzzing(
    pools=[_LASTING, _TO_START, _TO_DELIVER, _TO_COMPLETE, _TO_CHANGE, _TO_CANCEL],
    fills={
        "getJob": [of_party(_LASTING)],
        "getJobAddress": [of_party(_LASTING)],
        "startJob": [of_party(_TO_START)],
        "deliverJob": [of_party(_TO_DELIVER)],
        "completeJob": [of_party(_TO_COMPLETE)],
        "requestJobChanges": [of_party(_TO_CHANGE), readable],
        "cancelJob": [of_party(_TO_CANCEL)],
    },
)
