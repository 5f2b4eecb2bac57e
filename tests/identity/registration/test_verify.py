"""Verifying takes the mailed token and the proof of who registered; neither is enough by itself."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.harness.accounts import unique
from tests.harness.client import assert_problem
from tests.identity.database_inspection import account_row, everything, rows

if TYPE_CHECKING:
    import httpx

    from tests.harness.accounts import Account, Accounts
    from tests.harness.inbox import Inbox
    from tests.harness.service import Service


@pytest.fixture
async def newcomer(accounts: Accounts) -> Account:
    return await accounts.register()


@pytest.fixture
async def token(newcomer: Account, inbox: Inbox) -> str:
    return (await inbox.wait_for(newcomer.email)).token


async def verify(client: httpx.AsyncClient, token: str, **proof: str) -> httpx.Response:
    return await client.post("/auth/verify-email", json={"token": token, "proof": proof})


async def test_the_password_proves_it(
    client: httpx.AsyncClient, newcomer: Account, token: str, service: Service
) -> None:
    assert (await verify(client, token, method="PASSWORD", password=newcomer.password)).status_code == 204

    row = await account_row(service, newcomer.email)
    assert row["state"] == "ACTIVE"
    assert row["email_verified_at"] is not None


async def test_a_live_session_proves_it_and_goes_on_verified(
    client: httpx.AsyncClient, accounts: Accounts, newcomer: Account, token: str
) -> None:
    await accounts.login(newcomer)
    assert_problem(await newcomer.client.get("/homeowners/properties"), 403, "email-unverified")
    assert (await verify(client, token, method="SESSION", access_token=newcomer.access_token)).status_code == 204

    assert (await newcomer.client.get("/homeowners/properties")).status_code == 200


async def test_an_ended_session_and_a_strangers_prove_nothing(
    client: httpx.AsyncClient, accounts: Accounts, newcomer: Account, token: str
) -> None:
    stranger = await accounts.homeowner()
    await accounts.login(newcomer)
    await newcomer.client.post("/auth/logout")

    for access_token in (stranger.access_token, newcomer.access_token, "made.up.token"):
        answer = await verify(client, token, method="SESSION", access_token=access_token)
        assert_problem(answer, 401, "invalid-credentials")
    assert (await verify(client, token, method="PASSWORD", password=newcomer.password)).status_code == 204


async def test_a_wrong_password_counts_as_a_failed_login(
    client: httpx.AsyncClient, newcomer: Account, token: str
) -> None:
    for _ in range(5):
        wrong = await verify(client, token, method="PASSWORD", password="Wrong-Kettle-58")
        assert_problem(wrong, 401, "invalid-credentials")

    throttled = await verify(client, token, method="PASSWORD", password=newcomer.password)
    assert_problem(throttled, 429, "login-throttled")
    login = await client.post("/auth/login", json={"login": newcomer.email, "password": newcomer.password})
    assert_problem(login, 429, "login-throttled")


async def test_a_token_works_once_and_of_many_at_once_for_one(
    newcomer: Account, token: str, service: Service, accounts: Accounts
) -> None:
    await accounts.login(newcomer)
    async with service.client() as client:
        requests = [verify(client, token, method="SESSION", access_token=newcomer.access_token) for _ in range(20)]
        answers = await asyncio.gather(*requests)
    assert sorted(answer.status_code for answer in answers) == [204] + [422] * 19


async def test_verifying_and_signing_in_at_once_do_not_wait_for_each_other(
    newcomer: Account, token: str, service: Service
) -> None:
    login = {"login": newcomer.email, "password": newcomer.password}
    async with service.client() as client:
        seen = set()
        for _ in range(6):
            pair = (verify(client, token, method="PASSWORD", password=newcomer.password) for _ in range(2))
            answers = await asyncio.gather(*pair, *(client.post("/auth/login", json=login) for _ in range(2)))
            seen |= {answer.status_code for answer in answers}

    assert seen == {200, 204, 422}


async def test_only_the_newest_token_works(
    client: httpx.AsyncClient, newcomer: Account, token: str, inbox: Inbox
) -> None:
    assert (await client.post("/auth/verify-email/resend", json={"email": newcomer.email.upper()})).status_code == 202
    newest = (await inbox.wait_for(newcomer.email, after=1)).token

    older = await verify(client, token, method="PASSWORD", password=newcomer.password)
    assert_problem(older, 422, "invalid-one-time-token")
    assert (await verify(client, newest, method="PASSWORD", password=newcomer.password)).status_code == 204


async def test_a_token_lives_for_an_hour(
    client: httpx.AsyncClient, newcomer: Account, token: str, service: Service
) -> None:
    service.clock.advance(timedelta(minutes=60))
    late = await verify(client, token, method="PASSWORD", password=newcomer.password)
    assert_problem(late, 422, "invalid-one-time-token")


async def test_a_token_is_void_once_the_account_has_another_address(
    client: httpx.AsyncClient, newcomer: Account, token: str, service: Service
) -> None:
    user = await account_row(service, newcomer.email)
    moved = f"{unique()}@example.test"
    sql = "UPDATE identity.users SET email = :email, email_key = :email WHERE id = :id"
    await rows(service, sql, id=user["id"], email=moved)

    answer = await verify(client, token, method="PASSWORD", password=newcomer.password)
    assert_problem(answer, 422, "invalid-one-time-token")


async def test_tokens_of_one_purpose_do_not_serve_another(
    client: httpx.AsyncClient, newcomer: Account, token: str, inbox: Inbox
) -> None:
    await client.post("/auth/reset-password", json={"email": newcomer.email})
    reset = (await inbox.wait_for(newcomer.email, "reset")).token

    wrong = await verify(client, reset, method="PASSWORD", password=newcomer.password)
    assert_problem(wrong, 422, "invalid-one-time-token")
    body = {"token": token, "new_password": "Birch-Window-77"}
    assert_problem(await client.post("/auth/reset-password/confirm", json=body), 422, "invalid-one-time-token")


@pytest.mark.parametrize("forged", ["x", "0" * 32 + "." + "A" * 32, "0" * 65, "~" * 512])
async def test_made_up_tokens(client: httpx.AsyncClient, forged: str) -> None:
    answer = await verify(client, forged, method="PASSWORD", password="Wrong-Kettle-58")
    assert_problem(answer, 422, "invalid-one-time-token")


async def test_a_guessed_secret_of_a_known_id(client: httpx.AsyncClient, newcomer: Account, token: str) -> None:
    guessed = f"{token.partition('.')[0]}.{'A' * 32}"
    answer = await verify(client, guessed, method="PASSWORD", password=newcomer.password)
    assert_problem(answer, 422, "invalid-one-time-token")


async def test_resend_answers_alike_and_helps_whom_it_can(
    client: httpx.AsyncClient, accounts: Accounts, newcomer: Account, inbox: Inbox
) -> None:
    verified = await accounts.make()
    answers = [
        await client.post("/auth/verify-email/resend", json={"email": email})
        for email in (newcomer.email, verified.email, f"{unique()}@example.test")
    ]

    assert {(answer.status_code, answer.content) for answer in answers} == {(202, answers[0].content)}
    assert (await inbox.wait_for(verified.email, "already have")).text


async def test_nothing_of_a_mailed_token_stands_in_the_database(token: str, service: Service) -> None:
    secret = token.partition(".")[2]
    stored = await everything(service)
    assert token not in stored
    assert secret not in stored
