"""Reset of a forgotten password: uniform answers, one redemption, and no session by it."""

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

NEW = "Birch-Window-77"


@pytest.fixture
async def owner(accounts: Accounts) -> Account:
    return await accounts.make()


async def ask(client: httpx.AsyncClient, inbox: Inbox, email: str) -> str:
    after = len([mail for mail in inbox.all(email) if "reset" in mail.subject.casefold()])
    assert (await client.post("/auth/reset-password", json={"email": email})).status_code == 202
    return (await inbox.wait_for(email, "reset", after=after)).token


async def confirm(client: httpx.AsyncClient, token: str, password: str = NEW) -> httpx.Response:
    return await client.post("/auth/reset-password/confirm", json={"token": token, "new_password": password})


async def test_known_and_unknown_addresses_are_answered_alike(client: httpx.AsyncClient, owner: Account) -> None:
    answers = [
        await client.post("/auth/reset-password", json={"email": email})
        for email in (owner.email, owner.email.upper(), f"{unique()}@example.test")
    ]

    assert {(answer.status_code, answer.content) for answer in answers} == {(202, answers[0].content)}


async def test_a_reset_ends_every_session_and_signs_in_nobody(
    client: httpx.AsyncClient, owner: Account, inbox: Inbox
) -> None:
    login = {"login": owner.email, "password": owner.password}
    other = (await client.post("/auth/login", json=login)).json()
    answer = await confirm(client, await ask(client, inbox, owner.email))

    assert (answer.status_code, answer.content) == (204, b"")
    for access_token in (owner.access_token, other["access_token"]):
        me = await client.get("/users/me", headers={"Authorization": f"Bearer {access_token}"})
        assert_problem(me, 401, "invalid-token")
    assert_problem(await client.post("/auth/login", json=login), 401, "invalid-credentials")
    assert (await client.post("/auth/login", json={**login, "password": NEW})).status_code == 200
    told = await inbox.wait_for(owner.email, "was changed")
    assert "#" not in "".join(told.links)


@pytest.mark.both_engines
async def test_twenty_redemptions_at_once_have_one_winner(
    client: httpx.AsyncClient, owner: Account, inbox: Inbox, service: Service
) -> None:
    token = await ask(client, inbox, owner.email)
    passwords = [f"Birch-Window-{number}" for number in range(10, 30)]
    async with service.client() as many:
        answers = await asyncio.gather(*(confirm(many, token, password) for password in passwords))

    assert sorted(answer.status_code for answer in answers) == [204] + [422] * 19
    winner = passwords[[answer.status_code for answer in answers].index(204)]
    user = await account_row(service, owner.email)
    events = await rows(
        service,
        "SELECT id FROM operations.audit_events WHERE event = 'password.reset' AND actor_id = :id",
        id=user["id"],
    )
    assert len(events) == 1
    login = await client.post("/auth/login", json={"login": owner.email, "password": winner})
    assert login.status_code == 200


@pytest.mark.both_engines
async def test_a_login_that_overlaps_a_reset_does_not_outlive_it(
    client: httpx.AsyncClient, owner: Account, inbox: Inbox, service: Service
) -> None:
    token = await ask(client, inbox, owner.email)
    login = {"login": owner.email, "password": owner.password}
    async with service.client() as many:
        logins = [asyncio.ensure_future(many.post("/auth/login", json=login)) for _ in range(4)]
        assert (await confirm(many, token)).status_code == 204
        answers = await asyncio.gather(*logins)

    for answer in answers:
        if answer.status_code == 200:
            me = await client.get("/users/me", headers={"Authorization": f"Bearer {answer.json()['access_token']}"})
            assert_problem(me, 401, "invalid-token")


async def test_only_the_newest_token_works_and_only_once(
    client: httpx.AsyncClient, owner: Account, inbox: Inbox, service: Service
) -> None:
    older = await ask(client, inbox, owner.email)
    service.clock.advance(timedelta(minutes=1))
    newest = await ask(client, inbox, owner.email)

    assert_problem(await confirm(client, older), 422, "invalid-one-time-token")
    assert (await confirm(client, newest)).status_code == 204
    assert_problem(await confirm(client, newest), 422, "already-used")


async def test_a_token_lives_for_an_hour(
    client: httpx.AsyncClient, owner: Account, inbox: Inbox, service: Service
) -> None:
    token = await ask(client, inbox, owner.email)
    service.clock.advance(timedelta(minutes=60))
    assert_problem(await confirm(client, token), 422, "invalid-one-time-token")


async def test_a_weak_password_leaves_the_token_to_its_owner(
    client: httpx.AsyncClient, owner: Account, inbox: Inbox
) -> None:
    token = await ask(client, inbox, owner.email)
    problem = assert_problem(await confirm(client, token, "Qwerty123"), 422, "weak-password")

    assert [(error["pointer"], error["code"]) for error in problem["errors"]] == [("/new_password", "password_common")]
    own_name = f"{owner.username}-7"
    assert_problem(await confirm(client, token, own_name), 422, "weak-password")
    assert (await confirm(client, token)).status_code == 204


async def test_a_pending_account_becomes_active(client: httpx.AsyncClient, accounts: Accounts, inbox: Inbox) -> None:
    newcomer = await accounts.register()
    verification = (await inbox.wait_for(newcomer.email)).token
    assert (await confirm(client, await ask(client, inbox, newcomer.email))).status_code == 204

    newcomer.password = NEW
    await accounts.login(newcomer)
    assert (await newcomer.client.get("/users/me")).json()["state"] == "ACTIVE"
    late = await client.post("/auth/verify-email", json={"token": verification, "password": NEW})
    assert_problem(late, 422, "invalid-one-time-token")


async def test_a_suspended_account_stays_suspended(
    client: httpx.AsyncClient, owner: Account, inbox: Inbox, service: Service
) -> None:
    token = await ask(client, inbox, owner.email)
    user = await account_row(service, owner.email)
    await rows(service, "UPDATE identity.users SET state = 'SUSPENDED' WHERE id = :id", id=user["id"])
    assert (await confirm(client, token)).status_code == 204

    login = await client.post("/auth/login", json={"login": owner.email, "password": NEW})
    assert_problem(login, 403, "account-suspended")


async def test_the_token_is_not_in_the_database(
    client: httpx.AsyncClient, owner: Account, inbox: Inbox, service: Service
) -> None:
    token = await ask(client, inbox, owner.email)
    assert token.partition(".")[2] not in await everything(service)
