"""Single-use steps of a sign-in work once when many try them at the same moment."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import httpx
import jwt
import pytest

from tests.harness.accounts import Account, Accounts
from tests.harness.client import assert_problem
from tests.harness.inbox import Inbox
from tests.harness.oauth_sign_in import SignIn, query, signing_in
from tests.harness.openid import Person
from tests.harness.service import Service
from tests.identity.database_inspection import account_row, rows
from tests.identity.race_barrier import in_turn


@pytest.mark.both_engines
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


@pytest.mark.both_engines
async def test_of_parallel_returns_one_wins(service: Service) -> None:
    async with signing_in(service) as sign_in:
        back = await sign_in.at_provider(await sign_in.start(await sign_in.begin()), Person())
        asked = service.openid.asked.count("token")
        answers = await asyncio.gather(*(sign_in.callback(back) for _ in range(20)))
        told = [query(answer.headers["location"]) for answer in answers]
        assert sorted(one.get("error_code", "") for one in told) == [""] + ["unknown-flow"] * 19
        assert service.openid.asked.count("token") == asked + 1, "the provider is asked once"
        assert (await sign_in.token(next(one["code"] for one in told if "code" in one))).status_code == 200


@pytest.mark.both_engines
async def test_a_newcomer_in_ten_windows_gets_one_account(service: Service) -> None:
    person = Person()
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


async def _mailed_link(owner: Account, inbox: Inbox) -> str:
    """Return the link that the owner of the address is mailed."""
    assert (await owner.client.post("/auth/reset-password", json={"email": owner.email})).status_code == 202
    return (await inbox.wait_for(owner.email, "password")).token


async def _reset(client: httpx.AsyncClient, token: str) -> httpx.Response:
    body = {"token": token, "new_password": "Lantern-Harbour-93"}
    return await client.post("/auth/reset-password/confirm", json=body)


@pytest.mark.both_engines
async def test_an_account_that_is_taken_back_while_an_identity_is_linked(
    service: Service, accounts: Accounts, inbox: Inbox
) -> None:
    """Let in before the reset and done after it, the link would be the way back for who has got hold of a session."""
    squatter = await accounts.make()
    user = await account_row(service, squatter.email)
    async with signing_in(service) as linking:
        code = await linking.link_code(Person(), {"Authorization": f"Bearer {squatter.access_token}"})
    token = await _mailed_link(squatter, inbox)
    async with in_turn(service, user["id"]) as met:
        await met.begin(_reset(squatter.client, token))
        await met.begin(squatter.client.post("/users/me/identity-links", json={"code": code}))
    taken_back, linked = await asyncio.gather(*met.tasks)
    assert taken_back.status_code == 204
    identities = await rows(service, "SELECT id FROM identity.identities WHERE user_id = :id", id=user["id"])
    if linked.status_code != 200:
        assert_problem(linked, 401, "invalid-token")
    assert len(identities) == (linked.status_code == 200), "what was linked before is the owner's to unlink"


@pytest.mark.both_engines
async def test_an_account_that_is_taken_back_while_an_identity_signs_in(
    service: Service, accounts: Accounts, inbox: Inbox
) -> None:
    """Known when it was looked for, and unlinked when the account is had: it opens nothing any more."""
    squatter, person = await accounts.make(), Person()
    user = await account_row(service, squatter.email)
    async with signing_in(service) as sign_in:
        await sign_in.linked(person, {"Authorization": f"Bearer {squatter.access_token}"})
        back = await sign_in.at_provider(await sign_in.start(await sign_in.begin()), person)
        await accounts.move(squatter)
        token = await _mailed_link(squatter, inbox)
        async with in_turn(service, user["id"]) as met:
            await met.begin(_reset(squatter.client, token))
            await met.begin(sign_in.callback(back))
        taken_back, landed = await asyncio.gather(*met.tasks)
        assert taken_back.status_code == 204
        if landed.status_code == 303:
            # It may have come first, when nobody had verified the new address yet.
            told = query(landed.headers["location"])
            assert "code" in told or told["error_code"] == "email-unverified"
            await sign_in.token(told.get("code", "ac_none"))
        else:
            assert_problem(landed, 503, "unavailable")
    live = "SELECT id FROM identity.sessions WHERE user_id = :id AND ended_at IS NULL"
    assert await rows(service, live, id=user["id"]) == []


async def _pair(sign_in: SignIn, code: str) -> str:
    answer = await sign_in.token(code)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])
