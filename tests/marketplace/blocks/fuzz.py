"""Real values for the fuzzer: threads of their own, since nobody writes in them any more."""

from __future__ import annotations

from tests.fuzz.cases import Case, act_as, name_in_path, phase
from tests.fuzz.entries import Fill, Fuzzing
from tests.fuzz.pools import Item, Pool, Pools, Seeds
from tests.marketplace.messages.successes import thread_of


async def _thread(seeds: Seeds) -> Item:
    thread = await thread_of(seeds.stage)
    return {
        "owner": thread.owner.headers["Authorization"],
        "provider": thread.provider.headers["Authorization"],
        "inquiry": thread.inquiry_id,
        "recipient": thread.recipient_id,
    }


async def _block(seeds: Seeds) -> Item:
    thread = await thread_of(seeds.stage)
    path = f"/homeowners/inquiries/{thread.inquiry_id}/recipients/{thread.recipient_id}/block"
    blocked = (await seeds.stage.expect(200, "PUT", path, by=thread.owner)).json()
    return {"id": blocked["id"], "authorization": thread.owner.headers["Authorization"]}


_THREADS = Pool("threads_to_block", _thread, lasting=2)
_BLOCKS = Pool("blocks_to_lift", _block, share=0.5)


def _of(side: str) -> Fill:
    def fill(case: Case, pools: Pools) -> None:
        item = pools.turn(_THREADS)
        act_as(case, item[side])
        recipient = {"recipient_id": item["recipient"]} if side == "owner" else {}
        name_in_path(case, inquiry_id=item["inquiry"], **recipient)

    return fill


def _lifted(case: Case, pools: Pools) -> None:
    if (item := pools.take(_BLOCKS, phase(case))) is not None:
        act_as(case, item["authorization"])
        name_in_path(case, block_id=item["id"])


FUZZING = Fuzzing(
    pools=[_THREADS, _BLOCKS],
    fills={"blockProvider": [_of("owner")], "blockHomeowner": [_of("provider")], "unblock": [_lifted]},
)
