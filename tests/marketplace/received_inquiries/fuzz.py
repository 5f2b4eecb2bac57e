"""Real values for the fuzzer: inquiries that came to a business."""

from __future__ import annotations

from tests.fuzz.cases import Case, act_as, name_in_path, phase
from tests.fuzz.entries import Fuzzing, nothing_known
from tests.fuzz.pools import Item, Pool, Pools, Seeds
from tests.marketplace.inquiries.successes import inquiry_of
from tests.marketplace.provider_profile.successes import business


async def _received(seeds: Seeds) -> Item:
    provider = await business(seeds.stage)
    inquiry_id = await inquiry_of(seeds.stage, await seeds.stage.person())
    return {"id": inquiry_id, "authorization": provider.headers["Authorization"]}


_LASTING = Pool("received_inquiries", _received, lasting=4)
_TO_DECLINE = Pool("inquiries_to_decline", _received, share=0.5)


def _read(case: Case, pools: Pools) -> None:
    item = pools.turn(_LASTING)
    act_as(case, item["authorization"])
    name_in_path(case, inquiry_id=item["id"])
    nothing_known(case, pools)


def _declined(case: Case, pools: Pools) -> None:
    if (item := pools.take(_TO_DECLINE, phase(case))) is not None:
        act_as(case, item["authorization"])
        name_in_path(case, inquiry_id=item["id"])


FUZZING = Fuzzing(
    pools=[_LASTING, _TO_DECLINE],
    fills={"getReceivedInquiry": [_read], "declineInquiry": [_declined]},
)
