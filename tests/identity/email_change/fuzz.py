"""Real values for the fuzzer: a change of address."""

from __future__ import annotations

from tests.contract.scenario import PASSWORD
from tests.fuzz.cases import Case, merge, phase
from tests.fuzz.entries import Fuzzing, Spent, current_password
from tests.fuzz.pools import Item, Pool, Pools, Seeds
from tests.identity.email_change.successes import token_to_move
from tests.identity.sessions.fuzz import session


async def _moving(seeds: Seeds) -> Item:
    return {"token": await token_to_move(seeds.stage, await seeds.stage.person()), "password": PASSWORD}


_LINKS = Pool("links_to_move", _moving)
_TO_CHANGE = Pool("addresses_to_change", session)


def _move(case: Case, pools: Pools) -> None:
    item = pools.take(_LINKS, phase(case))
    if item is not None:
        merge(case, token=item["token"], proof={"method": "PASSWORD", "password": item["password"]})


FUZZING = Fuzzing(
    pools=[_LINKS, _TO_CHANGE],
    fills={"confirmEmailChange": [_move]},
    spent={"requestEmailChange": Spent(_TO_CHANGE, current_password)},
    rules={
        "requestEmailChange": {"wrong-current-password"},
        "confirmEmailChange": {"invalid-one-time-token", "already-used"},
    },
)
