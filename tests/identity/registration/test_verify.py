"""Verification needs both the mailed token and the password of the registration."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.harness.accounts import unique
from tests.harness.client import assert_problem
from tests.harness.clock import INSTANT
from tests.identity.database_inspection import account_row, everything, rows

if TYPE_CHECKING:
    import httpx

    from tests.harness.accounts import Account, Accounts
    from tests.harness.clock import MovableClock
    from tests.harness.inbox import Inbox
    from tests.harness.service import Service


@pytest.fixture
async def newcomer(accounts: Accounts) -> Account:
    return await accounts.register()


@pytest.fixture
async def token(newcomer: Account, inbox: Inbox) -> str:
    return (await inbox.wait_for(newcomer.email)).token


async def verify(client: httpx.AsyncClient, token: str, password: str, **more: str) -> httpx.Response:
    return await client.post("/auth/verify-email", json={"token": token, "password": password, **more})


async def login(client: httpx.AsyncClient, account: Account) -> httpx.Response:
    return await client.post("/auth/login", json={"login": account.email, "password": account.password})


async def test_it_makes_the_account_active_and_signs_in(
    client: httpx.AsyncClient, newcomer: Account, token: str, service: Service
) -> None:
    answer = await verify(client, token, newcomer.password)
    assert answer.status_code == 200

    row = await account_row(service, newcomer.email)
    assert row["state"] == "ACTIVE"
    assert row["email_verified_at"] == row["once_verified_at"] is not None
    newcomer.take(answer)
    assert (await newcomer.client.get("/homeowners/properties")).status_code == 200
    with_device = {
        "login": newcomer.email,
        "password": newcomer.password,
        "device_token": answer.json()["device_token"],
    }
    assert (await client.post("/auth/login", json=with_device)).status_code == 200


async def test_nobody_signs_in_before(client: httpx.AsyncClient, newcomer: Account, token: str) -> None:
    right = await login(client, newcomer)
    wrong = await client.post("/auth/login", json={"login": newcomer.email, "password": "Wrong-Kettle-58"})
    assert_problem(right, 401, "invalid-credentials")
    assert (right.json()["detail"], right.json()["title"]) == (wrong.json()["detail"], wrong.json()["title"])

    assert (await verify(client, token, newcomer.password)).status_code == 200
    assert (await login(client, newcomer)).status_code == 200


async def test_a_login_with_the_right_password_mails_the_link_again(
    client: httpx.AsyncClient, newcomer: Account, token: str, inbox: Inbox, clock: MovableClock
) -> None:
    clock.advance(timedelta(minutes=30))
    assert_problem(await login(client, newcomer), 401, "invalid-credentials")
    again = await inbox.wait_for(newcomer.email, "verify", after=1)

    assert_problem(await verify(client, token, newcomer.password), 422, "invalid-one-time-token")
    assert (await verify(client, again.token, newcomer.password)).status_code == 200


async def test_a_double_click_on_register_sends_one_mail_whose_link_works(
    client: httpx.AsyncClient, accounts: Accounts, inbox: Inbox
) -> None:
    newcomer = await accounts.register()
    body = {"email": newcomer.email, "full_name": "Some Body", "password": newcomer.password}
    assert (await client.post("/auth/register", json=body)).status_code == 202
    # What is mailed goes out in the order in which it was asked for.
    await client.post("/auth/reset-password", json={"email": newcomer.email})
    await inbox.wait_for(newcomer.email, "reset")

    (mail,) = (mail for mail in inbox.all(newcomer.email) if "verify" in mail.subject.casefold())
    assert (await verify(client, mail.token, newcomer.password)).status_code == 200


async def test_a_login_with_a_wrong_password_mails_nothing(
    client: httpx.AsyncClient, newcomer: Account, token: str, inbox: Inbox, clock: MovableClock
) -> None:
    clock.advance(timedelta(minutes=30))
    wrong = await client.post("/auth/login", json={"login": newcomer.email, "password": "Wrong-Kettle-58"})
    assert_problem(wrong, 401, "invalid-credentials")
    # What is mailed goes out in the order in which it was asked for.
    await client.post("/auth/reset-password", json={"email": newcomer.email})
    await inbox.wait_for(newcomer.email, "reset")
    assert [mail.subject for mail in inbox.all(newcomer.email)] == ["Verify your e-mail address", "Reset your password"]


async def test_a_username_is_whose_who_verifies_first(
    client: httpx.AsyncClient, newcomer: Account, token: str, inbox: Inbox
) -> None:
    body = {"email": f"{unique()}@example.test", "full_name": "Some Body", "password": newcomer.password}
    assert (await client.post("/auth/register", json={**body, "username": newcomer.username})).status_code == 202
    other = (await inbox.wait_for(body["email"])).token
    assert (await verify(client, other, newcomer.password)).status_code == 200

    taken = await verify(client, token, newcomer.password)
    assert assert_problem(taken, 409, "username-taken")["errors"][0]["pointer"] == "/username"
    still = await verify(client, token, newcomer.password, username=newcomer.username.upper())
    assert_problem(still, 409, "username-taken")
    chosen = unique("chosen")
    answer = await verify(client, token, newcomer.password, username=chosen)
    assert answer.status_code == 200, "the link was not used up"
    newcomer.take(answer)
    assert (await newcomer.client.get("/users/me")).json()["username"] == chosen


async def test_an_unverified_accounts_username_signs_nobody_in(client: httpx.AsyncClient, newcomer: Account) -> None:
    body = {"login": newcomer.username, "password": newcomer.password}
    assert_problem(await client.post("/auth/login", json=body), 401, "invalid-credentials")


async def test_a_link_that_was_used_says_so(client: httpx.AsyncClient, newcomer: Account, token: str) -> None:
    assert (await verify(client, token, newcomer.password)).status_code == 200
    again = assert_problem(await verify(client, token, newcomer.password), 422, "already-used")
    assert again["detail"] == "This link has done its work. The address is verified; sign in."


@pytest.mark.both_engines
async def test_a_token_works_once_and_of_many_at_once_for_one(newcomer: Account, token: str, service: Service) -> None:
    async with service.client() as client:
        # Four, because each counts as an attempt until it is over.
        answers = await asyncio.gather(*(verify(client, token, newcomer.password) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200] + [422] * 3
    assert {answer.json()["type"].rpartition("/")[2] for answer in answers if answer.is_error} == {"already-used"}


@pytest.mark.both_engines
async def test_verifying_and_signing_in_at_once_do_not_wait_for_each_other(
    newcomer: Account, token: str, service: Service
) -> None:
    async with service.client() as client:
        seen = set()
        for _ in range(6):
            pair = (verify(client, token, newcomer.password) for _ in range(2))
            answers = await asyncio.gather(*pair, *(login(client, newcomer) for _ in range(2)))
            seen |= {answer.status_code for answer in answers}

    assert {200, 422} <= seen <= {200, 401, 422}


async def test_a_wrong_password_counts_as_a_failed_login(
    client: httpx.AsyncClient, newcomer: Account, token: str
) -> None:
    for _ in range(5):
        wrong = await verify(client, token, "Wrong-Kettle-58")
        assert assert_problem(wrong, 401, "invalid-credentials")["detail"] == "The password is wrong."

    throttled = await verify(client, token, newcomer.password)
    assert_problem(throttled, 429, "login-throttled")
    login = await client.post("/auth/login", json={"login": newcomer.email, "password": newcomer.password})
    assert_problem(login, 429, "login-throttled")


async def test_only_the_newest_token_works(
    client: httpx.AsyncClient, newcomer: Account, token: str, inbox: Inbox, clock: MovableClock
) -> None:
    clock.advance(timedelta(minutes=1))
    assert (await client.post("/auth/verify-email/resend", json={"email": newcomer.email.upper()})).status_code == 202
    newest = (await inbox.wait_for(newcomer.email, after=1)).token

    older = await verify(client, token, newcomer.password)
    assert_problem(older, 422, "invalid-one-time-token")
    assert (await verify(client, newest, newcomer.password)).status_code == 200


async def test_who_asks_again_within_a_minute_is_sent_nothing(
    client: httpx.AsyncClient, newcomer: Account, inbox: Inbox, clock: MovableClock
) -> None:
    await inbox.wait_for(newcomer.email)
    sent = len(inbox.all(newcomer.email))
    with clock.stopped():
        clock.advance(timedelta(minutes=1))
        for later, mails in ((INSTANT, 1), (timedelta(minutes=1) - INSTANT, 1), (INSTANT, 2)):
            clock.advance(later)
            asked = await client.post("/auth/verify-email/resend", json={"email": newcomer.email})
            assert asked.status_code == 202
            await inbox.wait_for(newcomer.email, after=sent + mails - 1)
    assert len(inbox.all(newcomer.email)) == sent + 2


async def test_a_token_lives_for_an_hour(
    client: httpx.AsyncClient, newcomer: Account, token: str, service: Service
) -> None:
    service.clock.advance(timedelta(minutes=60))
    late = await verify(client, token, newcomer.password)
    refused = assert_problem(late, 422, "invalid-one-time-token")
    assert refused["detail"] == "This link has expired, or a newer one has replaced it. Ask for another."


@pytest.mark.both_engines
async def test_a_token_is_void_once_the_account_has_another_address(
    client: httpx.AsyncClient, newcomer: Account, token: str, service: Service
) -> None:
    user = await account_row(service, newcomer.email)
    moved = f"{unique()}@example.test"
    sql = "UPDATE identity.users SET email = :email, email_key = :email WHERE id = :id"
    await rows(service, sql, id=user["id"], email=moved)

    answer = await verify(client, token, newcomer.password)
    assert_problem(answer, 422, "invalid-one-time-token")


async def test_tokens_of_one_purpose_do_not_serve_another(
    client: httpx.AsyncClient, newcomer: Account, token: str, inbox: Inbox
) -> None:
    await client.post("/auth/reset-password", json={"email": newcomer.email})
    reset = (await inbox.wait_for(newcomer.email, "reset")).token

    wrong = await verify(client, reset, newcomer.password)
    assert_problem(wrong, 422, "invalid-one-time-token")
    body = {"token": token, "new_password": "Birch-Window-77"}
    assert_problem(await client.post("/auth/reset-password/confirm", json=body), 422, "invalid-one-time-token")


@pytest.mark.parametrize("forged", ["x", "0" * 32 + "." + "A" * 32, "0" * 65, "~" * 512])
async def test_made_up_tokens(client: httpx.AsyncClient, forged: str) -> None:
    answer = await verify(client, forged, "Wrong-Kettle-58")
    assert_problem(answer, 422, "invalid-one-time-token")


async def test_a_guessed_secret_of_a_known_id(client: httpx.AsyncClient, newcomer: Account, token: str) -> None:
    guessed = f"{token.partition('.')[0]}.{'A' * 32}"
    answer = await verify(client, guessed, newcomer.password)
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
