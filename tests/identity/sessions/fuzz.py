"""Real values for the fuzzer: sessions."""

from __future__ import annotations

from tests.fuzz.cases import Case, merge
from tests.fuzz.entries import Fuzzing, Spent, single_body
from tests.fuzz.pools import Item, Pool, Pools, Seeds


async def _login(seeds: Seeds) -> Item:
    person = await seeds.stage.person(username="fuzz.login")
    body = {"login": person.email, "password": person.password}
    pair = (await seeds.stage.expect(200, "POST", "/auth/login", json=body)).json()
    return {**body, "device_token": pair["device_token"]}


async def session(seeds: Seeds) -> Item:
    """Sign somebody new in."""
    person = await seeds.stage.person()
    return {
        "authorization": person.headers["Authorization"],
        "refresh_token": person.refresh_token,
        "password": person.password,
    }


LOGINS = Pool("logins", _login, lasting=4)
_REFRESH_TOKENS = Pool("refresh_tokens", session)
_TO_END = Pool("sessions_to_end", session, share=1.5)


def _log_in(case: Case, pools: Pools) -> None:
    item = pools.turn(LOGINS)
    if case.media_type == "application/x-www-form-urlencoded":
        merge(case, username=item["login"], password=item["password"])
    else:
        merge(case, **item)


FUZZING = Fuzzing(
    pools=[LOGINS, _REFRESH_TOKENS, _TO_END],
    fills={"login": [_log_in], "refreshSession": [single_body(_REFRESH_TOKENS, "refresh_token")]},
    spent={"logout": Spent(_TO_END)},
)
