"""Real values for the fuzzer: closing an account."""

from __future__ import annotations

from tests.fuzz.entries import Fuzzing, Spent, current_password, single_body
from tests.fuzz.pools import Item, Pool, Seeds
from tests.identity.closure.successes import restore_token
from tests.identity.sessions.fuzz import session


async def _restoration(seeds: Seeds) -> Item:
    return {"token": await restore_token(seeds.stage)}


_TO_CLOSE = Pool("accounts_to_close", session)
_LINKS = Pool("links_to_restore", _restoration)

FUZZING = Fuzzing(
    pools=[_TO_CLOSE, _LINKS],
    fills={"restoreAccount": [single_body(_LINKS, "token")]},
    spent={"closeAccount": Spent(_TO_CLOSE, current_password)},
    rules={"restoreAccount": {"invalid-one-time-token"}, "closeAccount": {"wrong-current-password"}},
)
