"""Real values for the fuzzer: registration."""

from __future__ import annotations

from tests.contract.scenario import PASSWORD
from tests.fuzz.entries import Fuzzing, single_body
from tests.fuzz.pools import Item, Pool, Seeds


async def _verification(seeds: Seeds) -> Item:
    person = await seeds.stage.person(verified=False)
    return {"token": await seeds.stage.mailed_token(person.email, after=0), "password": PASSWORD}


_LINKS = Pool("links_to_verify", _verification)

FUZZING = Fuzzing(
    pools=[_LINKS],
    fills={"verifyEmail": [single_body(_LINKS, "token", "password")]},
    rules={"register": {"weak-password"}, "verifyEmail": {"invalid-one-time-token", "already-used"}},
)
