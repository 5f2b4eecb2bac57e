"""Closing an account ends everything at once, a mailed link restores it, and nobody else learns of either."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.harness.client import assert_problem
from tests.harness.clock import INSTANT
from tests.identity.database_inspection import account_row, rows

if TYPE_CHECKING:
    import httpx

    from tests.harness.accounts import Account, Accounts
    from tests.harness.clock import MovableClock
    from tests.harness.inbox import Inbox
    from tests.harness.service import Service


@pytest.fixture
async def owner(accounts: Accounts) -> Account:
    return await accounts.make()


async def close(owner: Account, **body: str) -> httpx.Response:
    return await owner.client.request("DELETE", "/users/me", json=body or {"current_password": owner.password})


async def restore(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.post("/auth/restore", json={"token": token})


async def closed(owner: Account, inbox: Inbox) -> str:
    """Close the account and return the token that was mailed."""
    assert (await close(owner)).status_code == 204
    return (await inbox.wait_for(owner.email, "closed")).token


async def sign_in(client: httpx.AsyncClient, owner: Account, login: str = "") -> httpx.Response:
    return await client.post("/auth/login", json={"login": login or owner.email, "password": owner.password})


@pytest.mark.both_engines
async def test_closing_ends_every_way_in(
    client: httpx.AsyncClient, owner: Account, service: Service, inbox: Inbox
) -> None:
    other = (await sign_in(client, owner)).json()
    await client.post("/auth/reset-password", json={"email": owner.email})
    reset = (await inbox.wait_for(owner.email, "reset")).token
    await closed(owner, inbox)

    assert_problem(await owner.client.get("/users/me"), 401, "invalid-token")
    assert_problem(
        await client.get("/auth/me", headers={"Authorization": f"Bearer {other['access_token']}"}), 401, "invalid-token"
    )
    for token in (owner.refresh_token, other["refresh_token"]):
        answer = await client.post("/auth/refresh", json={"refresh_token": token})
        assert_problem(answer, 401, "invalid-refresh-token")
    body = {"token": reset, "new_password": "Birch-Window-77"}
    assert_problem(await client.post("/auth/reset-password/confirm", json=body), 422, "invalid-one-time-token")
    user = await account_row(service, owner.email)
    sql = "SELECT end_reason FROM identity.sessions WHERE user_id = :id"
    assert {row["end_reason"] for row in await rows(service, sql, id=user["id"])} == {"ACCOUNT_CLOSED"}


async def test_a_closed_account_answers_as_one_that_is_not_there(
    client: httpx.AsyncClient, owner: Account, inbox: Inbox
) -> None:
    await closed(owner, inbox)
    nobody = "nobody.at.all@example.test"

    for login, absent in ((owner.email, nobody), (owner.username, "nobody.at.all")):
        known = await sign_in(client, owner, login)
        unknown = await sign_in(client, owner, absent)
        assert_problem(known, 401, "invalid-credentials")
        assert (known.status_code, known.json()["detail"]) == (unknown.status_code, unknown.json()["detail"])
    asked = [await client.post("/auth/reset-password", json={"email": email}) for email in (owner.email, nobody)]
    assert asked[0].content == asked[1].content
    person = {"email": owner.email, "full_name": "Some Body", "password": "Gravel-Path-2031"}
    assert (await client.post("/auth/register", json=person)).status_code == 202


@pytest.mark.parametrize("ask", ["register", "reset-password", "verify-email/resend"])
async def test_a_closed_account_gets_a_new_link_that_restores_it(
    client: httpx.AsyncClient, owner: Account, inbox: Inbox, ask: str
) -> None:
    first = await closed(owner, inbox)
    body = {"email": owner.email}
    body |= {"full_name": "Some Body", "password": "Gravel-Path-2031"} if ask == "register" else {}
    assert (await client.post(f"/auth/{ask}", json=body)).status_code == 202
    newest = (await inbox.wait_for(owner.email, "how to get it back")).token

    assert_problem(await restore(client, first), 422, "invalid-one-time-token")
    assert (await restore(client, newest)).status_code == 204
    assert (await sign_in(client, owner)).status_code == 200


@pytest.mark.both_engines
async def test_the_link_restores_once_and_signs_in_nobody(
    client: httpx.AsyncClient, owner: Account, service: Service, inbox: Inbox
) -> None:
    token = await closed(owner, inbox)
    answers = await asyncio.gather(*(restore(client, token) for _ in range(4)))

    assert sorted(answer.status_code for answer in answers) == [204, 422, 422, 422]
    assert_problem(await owner.client.get("/users/me"), 401, "invalid-token")
    assert (await sign_in(client, owner)).status_code == 200
    await inbox.wait_for(owner.email, "open again")
    user = await account_row(service, owner.email)
    sql = "SELECT event FROM operations.audit_events WHERE subject_id = :id AND event LIKE 'account.%' ORDER BY id"
    events = [row["event"] for row in await rows(service, sql, id=user["id"])]
    assert events[-2:] == ["account.closed", "account.restored"]
    again = await closed_again(owner, client, inbox)
    assert (await restore(client, again)).status_code == 204


async def closed_again(owner: Account, client: httpx.AsyncClient, inbox: Inbox) -> str:
    owner.take(await sign_in(client, owner))
    assert (await close(owner)).status_code == 204
    return (await inbox.wait_for(owner.email, "closed", after=1)).token


async def test_the_link_works_for_fourteen_days(
    client: httpx.AsyncClient, accounts: Accounts, inbox: Inbox, clock: MovableClock
) -> None:
    early, late = await accounts.make(), await accounts.make()
    tokens = [await closed(early, inbox), await closed(late, inbox)]
    clock.advance(timedelta(days=13, hours=23))
    assert (await restore(client, tokens[0])).status_code == 204
    await client.post("/auth/reset-password", json={"email": late.email})
    newest = (await inbox.wait_for(late.email, "how to get it back")).token
    clock.advance(timedelta(hours=2))
    assert_problem(await restore(client, newest), 422, "invalid-one-time-token")


async def test_who_comes_back_finds_nothing_of_what_was_under_way(
    client: httpx.AsyncClient, owner: Account, inbox: Inbox
) -> None:
    for _ in range(5):
        await client.post("/auth/login", json={"login": owner.email, "password": "Wrong-Kettle-58"})
    assert_problem(await sign_in(client, owner), 429, "login-throttled")
    body = {"new_email": f"new.{owner.email}", "current_password": owner.password}
    assert (await owner.client.post("/users/me/email", json=body)).status_code == 202
    asked = (await owner.client.get("/users/me/export")).json()["email_changes"]
    assert [one["email"] for one in asked] == [body["new_email"]]

    assert (await restore(client, await closed(owner, inbox))).status_code == 204
    owner.take(await sign_in(client, owner))
    assert (await owner.client.get("/users/me/export")).json()["email_changes"] == []


async def test_it_takes_the_password(owner: Account, client: httpx.AsyncClient) -> None:
    for body in ({}, {"current_password": "Wrong-Kettle-58"}):
        answer = await owner.client.request("DELETE", "/users/me", json=body)
        assert_problem(answer, 422, "wrong-current-password")
    assert (await owner.client.get("/users/me")).status_code == 200
    for _ in range(4):
        await close(owner, current_password="Wrong-Kettle-58")
    assert_problem(await close(owner), 429, "login-throttled")
    assert (await sign_in(client, owner)).status_code == 200, "logins have a count of their own"


@pytest.mark.both_engines
async def test_without_a_password_it_takes_a_sign_in_of_a_moment_ago(
    owner: Account, service: Service, clock: MovableClock, inbox: Inbox
) -> None:
    user = await account_row(service, owner.email)
    await rows(service, "UPDATE identity.users SET password_hash = NULL WHERE id = :id", id=user["id"])

    async def sign_in_now() -> None:
        sql = "UPDATE identity.sessions SET created_at = :now WHERE user_id = :id"
        now = clock.now().isoformat(sep=" ")[:-6] if service.engine == "sqlite" else clock.now()
        await rows(service, sql, id=user["id"], now=now)

    with clock.stopped():
        await sign_in_now()
        clock.advance(timedelta(minutes=10) + INSTANT)
        assert_problem(await owner.client.request("DELETE", "/users/me", json={}), 403, "reauthentication-required")
        await sign_in_now()
        clock.advance(timedelta(minutes=10))
        assert (await owner.client.request("DELETE", "/users/me", json={})).status_code == 204
    await inbox.wait_for(owner.email, "closed")


async def test_listings_leave_the_catalogue_and_come_back(
    client: httpx.AsyncClient, accounts: Accounts, inbox: Inbox
) -> None:
    provider = await accounts.make("SERVICE_PROVIDER")
    path = await publish(provider)
    assert (await client.get(path)).status_code == 200
    token = await closed(provider, inbox)
    assert_problem(await client.get(path), 404, "not-found")
    homeowner = await accounts.homeowner()
    found = (await client.get("/services", params={"limit": 100})).json()["items"]
    assert path.rpartition("/")[2] not in {item["id"] for item in found}
    assert_problem(await homeowner.client.get(path), 404, "not-found")

    assert (await restore(client, token)).status_code == 204
    assert (await client.get(path)).status_code == 200


async def publish(provider: Account) -> str:
    """Publish a service and return its path in the catalogue."""
    profile = {
        "business_name": f"Business of {provider.username}",
        "about": "We mend what is broken.",
        "phone": "+15035550199",
        "base_point": {"latitude": 45.5, "longitude": -122.6},
        "service_radius_km": 20,
    }
    category = (await provider.client.get("/categories")).json()["items"][0]["children"][0]["id"]
    service = {
        "title": "Mending of taps",
        "description": "A tap that drips is mended the same day.",
        "category_id": category,
        "pricing": {"kind": "FIXED", "price": {"amount_minor": 9000, "currency": "USD"}},
    }
    assert (await provider.client.put("/service-providers/profile", json=profile)).status_code == 201
    assert (await provider.client.post("/service-providers/profile/submit")).status_code == 200
    made = await provider.client.post("/service-providers/services", json=service)
    assert made.status_code == 201, made.text
    service_id = made.json()["id"]
    assert (await provider.client.post(f"/service-providers/services/{service_id}/submit")).status_code == 200
    return f"/services/{service_id}"


@pytest.mark.both_engines
async def test_the_last_administrator_stays(service: Service, accounts: Accounts) -> None:
    """The others are suspended for a moment: the service of these tests has many."""
    admin = await accounts.staff("STAFF_ADMIN")
    user = await account_row(service, admin.email)
    others = (
        "UPDATE identity.users SET state = '{}' WHERE state = '{}' AND id <> :id AND id IN "
        "(SELECT user_id FROM identity.user_roles WHERE role_name = 'STAFF_ADMIN')"
    )
    await rows(service, others.format("SUSPENDED", "ACTIVE"), id=user["id"])
    try:
        # More often than wrong passwords would be let through: a right one is given back each time.
        for _ in range(6):
            assert_problem(await close(admin), 409, "last-admin")
    finally:
        await rows(service, others.format("ACTIVE", "SUSPENDED"), id=user["id"])
    assert (await admin.client.get("/users/me")).status_code == 200
