"""Real values for the fuzzer: threads to ask in, and visits that were asked for."""

from __future__ import annotations

from tests.fuzz.cases import Case, act_as, merge, name_in_path, phase
from tests.fuzz.entries import Fill, Fuzzing, any_version, nothing_known
from tests.fuzz.pools import Item, Pool, Pools, Seeds
from tests.marketplace.visits.successes import thread_of, visit_of


async def _thread(seeds: Seeds) -> Item:
    thread = await thread_of(seeds.stage)
    return {"owner": thread.owner.headers["Authorization"], "starts_at": thread.starts_at, **thread.ids}


async def _visit(seeds: Seeds) -> Item:
    thread, visit_id = await visit_of(seeds.stage)
    return {
        "owner": thread.owner.headers["Authorization"],
        "provider": thread.provider.headers["Authorization"],
        "id": visit_id,
    }


_THREADS = Pool("threads_to_visit", _thread, lasting=4)
_LASTING = Pool("visits", _visit, lasting=3)
_TO_ACCEPT = Pool("visits_to_accept", _visit, share=0.5)
_TO_DECLINE = Pool("visits_to_decline", _visit, share=0.5)
_TO_CANCEL = Pool("visits_to_cancel", _visit, share=0.5)


def _ask(case: Case, pools: Pools) -> None:
    item = pools.turn(_THREADS)
    act_as(case, item["owner"])
    name_in_path(case, inquiry_id=item["inquiry_id"], recipient_id=item["recipient_id"])
    if isinstance(case.body, dict) and "starts_at" in case.body:
        merge(case, starts_at=item["starts_at"])


def _of(pool: Pool, side: str) -> Fill:
    def fill(case: Case, pools: Pools) -> None:
        item = pools.turn(pool) if pool.lasting else pools.take(pool, phase(case))
        if item is not None:
            act_as(case, item[side])
            name_in_path(case, visit_id=item["id"])
            nothing_known(case, pools)
            if "If-Match" in case.headers:
                any_version(case, pools)

    return fill


FUZZING = Fuzzing(
    pools=[_THREADS, _LASTING, _TO_ACCEPT, _TO_DECLINE, _TO_CANCEL],
    fills={
        "requestVisit": [_ask],
        "getVisit": [_of(_LASTING, "owner")],
        "acceptVisit": [_of(_TO_ACCEPT, "provider")],
        "declineVisit": [_of(_TO_DECLINE, "provider")],
        "cancelVisit": [_of(_TO_CANCEL, "owner")],
    },
    # A time that is no free hour, and the last of the thread's visits.
    rules={"requestVisit": {"validation-failed", "limit-reached"}, "acceptVisit": {"slot-taken"}},
)
