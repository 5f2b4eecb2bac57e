"""What of a sign-in works once, tried by many at the same moment."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import jwt
import pytest

from tests.harness.client import assert_problem
from tests.harness.openid import Person
from tests.harness.service import Service
from tests.harness.signing_in import SignIn, query, signing_in
from tests.identity.looking import account_row, rows


async def test_of_parallel_redemptions_one_wins_and_the_others_end_it(service: Service) -> None:
    """Nobody can tell which of them stole the code, so that none of them may stay (RFC 6749, section 4.1.2)."""
    async with signing_in(service) as sign_in:
        code = (await sign_in.back(Person()))["code"]
        answers = await asyncio.gather(*(sign_in.token(code) for _ in range(20)))
        assert sorted(answer.status_code for answer in answers) == [200] + [400] * 19
        assert {answer.json()["error"] for answer in answers if answer.status_code == 400} == {"invalid_grant"}
        tokens = next(answer.json() for answer in answers if answer.status_code == 200)
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        assert_problem(await sign_in.client.get("/users/me", headers=headers), 401, "invalid-token")


async def test_of_parallel_returns_one_wins(service: Service) -> None:
    async with signing_in(service) as sign_in:
        back = await sign_in.at_provider(await sign_in.start(await sign_in.begin()), Person())
        asked = service.openid.asked.count("token")
        answers = await asyncio.gather(*(sign_in.callback(back) for _ in range(20)))
        assert sorted(answer.status_code for answer in answers) == [303] + [404] * 19
        assert service.openid.asked.count("token") == asked + 1, "the provider is asked once"
        landed = next(answer for answer in answers if answer.status_code == 303)
        assert (await sign_in.token(query(landed.headers["location"])["code"])).status_code == 200


@pytest.mark.parametrize("verified", [True, False], ids=["verified", "unverified"])
async def test_a_newcomer_in_ten_windows_gets_one_account(service: Service, verified: bool) -> None:
    person = Person(email_verified=verified)
    assert person.email is not None
    async with AsyncExitStack() as windows:
        sign_ins = [await windows.enter_async_context(signing_in(service)) for _ in range(10)]
        backs = [await one.at_provider(await one.start(await one.begin()), person) for one in sign_ins]
        landed = await asyncio.gather(*(one.callback(back) for one, back in zip(sign_ins, backs, strict=True)))
        codes = [query(answer.headers["location"])["code"] for answer in landed]
        pairs = [await _pair(one, code) for one, code in zip(sign_ins, codes, strict=True)]
    subjects = {jwt.decode(pair, options={"verify_signature": False})["sub"] for pair in pairs}
    user = await account_row(service, person.email)
    assert subjects == {str(user["id"])}
    kept = await rows(service, "SELECT subject FROM identity.identities WHERE user_id = :id", id=user["id"])
    assert [row["subject"] for row in kept] == [person.sub]


async def _pair(sign_in: SignIn, code: str) -> str:
    answer = await sign_in.token(code)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])
