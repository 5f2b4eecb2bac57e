"""Real values for the fuzzer: inquiries of people with few, to businesses that are there."""

from __future__ import annotations

from tests.fuzz.cases import Case, act_as, merge, name_in_path, phase
from tests.fuzz.entries import Fill, Fuzzing, nothing_known
from tests.fuzz.pools import Item, Pool, Pools, Seeds
from tests.marketplace.categories.successes import category_of
from tests.marketplace.inquiries.successes import another_business, inquiry_of, profile_id_of
from tests.marketplace.properties.successes import property_of
from tests.marketplace.provider_profile.successes import business


async def _asker(seeds: Seeds) -> Item:
    stage, person = seeds.stage, await seeds.stage.person()
    return {
        "authorization": person.headers["Authorization"],
        "property": await property_of(stage, person),
        # Of its own: other operations give the categories of examples questions.
        "category": await category_of(stage),
        "profile": await profile_id_of(stage, await business(stage)),
    }


async def _inquiry(seeds: Seeds) -> Item:
    stage, person = seeds.stage, await seeds.stage.person()
    return {
        "id": await inquiry_of(stage, person),
        "authorization": person.headers["Authorization"],
        "profile": await profile_id_of(stage, await another_business(stage)),
    }


# Nobody may have many that are open: each of these sends one.
_ASKERS = Pool("people_who_ask", _asker, share=0.5)
_LASTING = Pool("inquiries", _inquiry, lasting=4)
_TO_WITHDRAW = Pool("inquiries_to_withdraw", _inquiry, share=0.5)


def _asked(case: Case, pools: Pools) -> None:
    """Let somebody ask who has a property, without answers, since the category asks nothing."""
    if (item := pools.take(_ASKERS, phase(case))) is None:
        return
    act_as(case, item["authorization"])
    merge(
        case,
        property_id=item["property"],
        category_id=item["category"],
        questions_version=0,
        answers=[],
        timing={"kind": "FLEXIBLE"},
        recipients=[{"kind": "PROVIDER", "id": item["profile"]}],
    )


def _own(pool: Pool) -> Fill:
    def fill(case: Case, pools: Pools) -> None:
        item = pools.turn(pool) if pool.lasting else pools.take(pool, phase(case))
        if item is not None:
            act_as(case, item["authorization"])
            name_in_path(case, inquiry_id=item["id"])
            nothing_known(case, pools)

    return fill


def _timely(case: Case, _: Pools) -> None:
    if isinstance(case.body, dict) and "timing" in case.body:
        merge(case, timing={"kind": "FLEXIBLE"})


def _one_more(case: Case, pools: Pools) -> None:
    item = pools.turn(_LASTING)
    act_as(case, item["authorization"])
    name_in_path(case, inquiry_id=item["id"])
    merge(case, kind="PROVIDER", id=item["profile"])


FUZZING = Fuzzing(
    pools=[_ASKERS, _LASTING, _TO_WITHDRAW],
    fills={
        "createInquiry": [_asked],
        "getInquiry": [_own(_LASTING)],
        "updateInquiry": [_own(_LASTING), _timely],
        "addInquiryRecipient": [_one_more],
        "withdrawInquiry": [_own(_TO_WITHDRAW)],
    },
    # Days that have passed, and other rules between the members of a body.
    rules={"createInquiry": {"validation-failed"}, "updateInquiry": {"validation-failed"}},
)
