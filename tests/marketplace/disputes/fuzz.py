"""Real values for the fuzzer: disputes that wait, and jobs to dispute about."""

from __future__ import annotations

from tests.fuzz.cases import Case, name_in_path, phase
from tests.fuzz.entries import Fuzzing, lasting_id
from tests.fuzz.pools import Item, Pool, Pools, Seeds
from tests.marketplace.jobs.fuzz import in_state, of_party, readable
from tests.marketplace.jobs.successes import job_of


async def _disputed(seeds: Seeds) -> Item:
    return {"id": (await job_of(seeds.stage, "DISPUTED")).id}


_LASTING = Pool("disputes", _disputed, lasting=2)
_TO_DISPUTE = Pool("jobs_to_dispute", in_state("IN_PROGRESS", by_owner=True), share=0.5)
_TO_DECIDE = Pool("disputes_to_decide", _disputed, share=0.5)
# Decided again and again once the others are used up.
_DECIDED = Pool("disputes_decided", _disputed, lasting=1)


def _decided(case: Case, pools: Pools) -> None:
    found = pools.take(_TO_DECIDE, phase(case)) or pools.turn(_DECIDED)
    name_in_path(case, job_id=found["id"])


FUZZING = Fuzzing(
    pools=[_LASTING, _TO_DISPUTE, _TO_DECIDE, _DECIDED],
    fills={
        "disputeJob": [of_party(_TO_DISPUTE), readable],
        "getDispute": [lasting_id(_LASTING, "job_id")],
        "decideDispute": [_decided],
    },
    always=frozenset({"decideDispute"}),
)
