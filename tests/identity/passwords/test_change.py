"""A change of password needs the current one and ends every other session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.harness.client import assert_problem
from tests.identity.database_inspection import account_row, rows

if TYPE_CHECKING:
    import httpx

    from tests.harness.accounts import Account, Accounts
    from tests.harness.inbox import Inbox
    from tests.harness.service import Service

NEW = "Birch-Window-77"


@pytest.fixture
async def owner(accounts: Accounts) -> Account:
    return await accounts.make()


async def change(owner: Account, current: str, new: str = NEW) -> httpx.Response:
    return await owner.client.put("/users/me/password", json={"current_password": current, "new_password": new})


async def test_other_sessions_end_and_this_one_goes_on(
    client: httpx.AsyncClient, owner: Account, inbox: Inbox, service: Service
) -> None:
    login = {"login": owner.email, "password": owner.password}
    other = (await client.post("/auth/login", json=login)).json()
    assert (await change(owner, owner.password)).status_code == 204

    headers = {"Authorization": f"Bearer {other['access_token']}"}
    assert_problem(await client.get("/users/me", headers=headers), 401, "invalid-token")
    renewed = await client.post("/auth/refresh", json={"refresh_token": other["refresh_token"]})
    assert_problem(renewed, 401, "invalid-refresh-token")
    assert (await owner.client.get("/users/me")).status_code == 200
    assert_problem(await client.post("/auth/login", json=login), 401, "invalid-credentials")
    assert (await client.post("/auth/login", json={**login, "password": NEW})).status_code == 200
    await inbox.wait_for(owner.email, "was changed")
    user = await account_row(service, owner.email)
    sql = "SELECT end_reason FROM identity.sessions WHERE user_id = :id AND ended_at IS NOT NULL"
    assert [row["end_reason"] for row in await rows(service, sql, id=user["id"])] == ["PASSWORD_CHANGED"]


async def test_a_wrong_current_password_is_refused_and_counted(client: httpx.AsyncClient, owner: Account) -> None:
    for _ in range(5):
        problem = assert_problem(await change(owner, "Wrong-Kettle-58"), 422, "wrong-current-password")
        assert problem["errors"][0]["pointer"] == "/current_password"

    throttled = await change(owner, owner.password)
    assert_problem(throttled, 429, "login-throttled")
    assert int(throttled.headers["Retry-After"]) > 0
    elsewhere = await client.post("/auth/login", json={"login": owner.email, "password": owner.password})
    assert elsewhere.status_code == 200, "it is counted where it was tried"


@pytest.mark.both_engines
async def test_a_change_ends_the_count_of_wrong_ones(owner: Account) -> None:
    for current, new in ((owner.password, NEW), (NEW, owner.password)):
        for _ in range(4):
            assert_problem(await change(owner, "Wrong-Kettle-58"), 422, "wrong-current-password")
        assert (await change(owner, current, new)).status_code == 204


async def test_a_weak_password_is_refused_and_is_no_failed_attempt(owner: Account) -> None:
    for _ in range(6):
        assert_problem(await change(owner, owner.password, "Qwerty123"), 422, "weak-password")

    assert (await change(owner, owner.password)).status_code == 204


async def test_a_reset_that_was_asked_for_before_opens_nothing(
    client: httpx.AsyncClient, owner: Account, inbox: Inbox
) -> None:
    await client.post("/auth/reset-password", json={"email": owner.email})
    token = (await inbox.wait_for(owner.email, "reset")).token
    assert (await change(owner, owner.password)).status_code == 204

    body = {"token": token, "new_password": "Gravel-Path-2031"}
    assert_problem(await client.post("/auth/reset-password/confirm", json=body), 422, "invalid-one-time-token")


async def test_both_are_on_record(owner: Account, service: Service) -> None:
    sql = "SELECT event FROM operations.audit_events WHERE request_id = :request"
    wrong = await change(owner, "Wrong-Kettle-58")
    right = await change(owner, owner.password)
    events = [await rows(service, sql, request=answer.headers["Request-Id"]) for answer in (wrong, right)]

    assert [[row["event"] for row in found] for found in events] == [["password.change_refused"], ["password.changed"]]
