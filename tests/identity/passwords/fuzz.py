"""Real values for the fuzzer: passwords."""

from __future__ import annotations

from tests.fuzz.entries import Fuzzing, Spent, current_password, single_body
from tests.fuzz.pools import Item, Pool, Seeds
from tests.identity.passwords.successes import reset_token
from tests.identity.sessions.fuzz import session


async def _reset(seeds: Seeds) -> Item:
    return {"token": await reset_token(seeds.stage)}


_LINKS = Pool("links_to_reset", _reset)
_TO_CHANGE = Pool("passwords_to_change", session)

FUZZING = Fuzzing(
    pools=[_LINKS, _TO_CHANGE],
    fills={"confirmPasswordReset": [single_body(_LINKS, "token")]},
    spent={"changePassword": Spent(_TO_CHANGE, current_password)},
    rules={
        "confirmPasswordReset": {"invalid-one-time-token", "weak-password"},
        "changePassword": {"wrong-current-password", "weak-password"},
    },
)
