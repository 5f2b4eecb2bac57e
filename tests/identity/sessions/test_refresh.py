"""A refresh token works once, has one successor, and its reuse ends the session."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from tests.harness.client import assert_problem
from tests.harness.clock import INSTANT
from tests.identity.database_inspection import rows

if TYPE_CHECKING:
    import httpx

    from tests.harness.accounts import Account, Accounts
    from tests.harness.service import Service


@pytest.fixture
async def owner(accounts: Accounts) -> Account:
    return await accounts.make()


async def refresh(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.post("/auth/refresh", json={"refresh_token": token})


async def session_of(account: Account, service: Service) -> dict[str, object]:
    """Return a session by its id: the account itself may be locked out."""
    found = await rows(
        service,
        "SELECT s.end_reason, s.id FROM identity.sessions s JOIN identity.users u ON u.id = s.user_id "
        "WHERE u.email_key = :key ORDER BY s.id DESC",
        key=account.email,
    )
    return dict(found[0])


async def test_a_pair_is_traded_for_the_next(owner: Account, client: httpx.AsyncClient) -> None:
    pair = (await refresh(client, owner.refresh_token)).json()

    assert pair["refresh_token"] != owner.refresh_token
    assert pair["device_token"] is None
    me = await client.get("/users/me", headers={"Authorization": f"Bearer {pair['access_token']}"})
    assert me.status_code == 200
    assert (await owner.client.get("/users/me")).status_code == 200, "it is the same session"


@pytest.mark.both_engines
async def test_twenty_at_once_get_one_successor(owner: Account, service: Service) -> None:
    async with service.client() as client:
        answers = await asyncio.gather(*(refresh(client, owner.refresh_token) for _ in range(20)))

    assert {answer.status_code for answer in answers} == {200}
    successors = {answer.json()["refresh_token"] for answer in answers}
    assert len(successors) == 1
    session = UUID(answers[0].json()["session_id"])
    tokens = await rows(service, "SELECT id FROM identity.refresh_tokens WHERE session_id = :id", id=session)
    assert len(tokens) == 2


@pytest.mark.both_engines
async def test_twenty_at_once_after_the_grace_end_the_session(
    owner: Account, service: Service, client: httpx.AsyncClient
) -> None:
    with service.clock.stopped():
        newest = (await refresh(client, owner.refresh_token)).json()
        service.clock.advance(timedelta(seconds=10) + INSTANT)
        async with service.client() as thieves:
            answers = await asyncio.gather(*(refresh(thieves, owner.refresh_token) for _ in range(20)))

    for answer in answers:
        assert_problem(answer, 401, "invalid-refresh-token")
    assert_problem(await refresh(client, newest["refresh_token"]), 401, "invalid-refresh-token")
    assert_problem(await owner.client.get("/users/me"), 401, "invalid-token")
    assert (await session_of(owner, service))["end_reason"] == "REFRESH_REUSED"
    events = await rows(
        service,
        "SELECT id FROM operations.audit_events WHERE event = 'session.refresh_reused' AND subject_id = :id",
        id=UUID(newest["session_id"]),
    )
    assert len(events) == 1


@pytest.mark.parametrize("after", [1, 10])
async def test_a_lost_answer_is_given_again_within_ten_seconds(
    owner: Account, client: httpx.AsyncClient, service: Service, after: int
) -> None:
    with service.clock.stopped():
        first = (await refresh(client, owner.refresh_token)).json()
        service.clock.advance(timedelta(seconds=after))
        again = (await refresh(client, owner.refresh_token)).json()

    assert again["refresh_token"] == first["refresh_token"]
    assert (await refresh(client, first["refresh_token"])).status_code == 200


async def test_a_token_whose_successor_was_used_is_a_stolen_one(
    owner: Account, client: httpx.AsyncClient, service: Service
) -> None:
    second = (await refresh(client, owner.refresh_token)).json()
    third = (await refresh(client, second["refresh_token"])).json()

    # Within the ten seconds, but its successor has been seen: the answer was not lost.
    assert_problem(await refresh(client, owner.refresh_token), 401, "invalid-refresh-token")
    assert_problem(await refresh(client, third["refresh_token"]), 401, "invalid-refresh-token")
    assert (await session_of(owner, service))["end_reason"] == "REFRESH_REUSED"


async def test_seven_days_are_absolute(accounts: Accounts, client: httpx.AsyncClient, service: Service) -> None:
    owner = await accounts.make()
    pair = (await refresh(client, owner.refresh_token)).json()
    end = datetime.fromisoformat(pair["refresh_expires_at"])
    service.clock.advance(timedelta(days=6, hours=23))
    pair = (await refresh(client, pair["refresh_token"])).json()
    assert datetime.fromisoformat(pair["refresh_expires_at"]) == end
    service.clock.advance(end - service.clock.now() - timedelta(minutes=5))
    pair = (await refresh(client, pair["refresh_token"])).json()
    assert 0 < pair["expires_in"] <= 300, "no access token outlives its session"

    with service.clock.stopped():
        service.clock.advance(end - service.clock.now())
        for _ in range(2):
            assert_problem(await refresh(client, pair["refresh_token"]), 401, "invalid-refresh-token")
            headers = {"Authorization": f"Bearer {pair['access_token']}"}
            assert_problem(await client.get("/users/me", headers=headers), 401, "invalid-token")
            service.clock.advance(timedelta(seconds=1))


@pytest.mark.parametrize("change", ["secret", "id", "form", "prefix"])
async def test_tokens_that_are_not_ours(owner: Account, client: httpx.AsyncClient, change: str) -> None:
    head, _, secret = owner.refresh_token.partition(".")
    forged = {
        "secret": f"{head}.{'A' * len(secret)}",
        "id": f"rt_{'0' * 32}.{secret}",
        "form": "x",
        "prefix": owner.refresh_token.replace("rt_", "dt_"),
    }[change]

    assert_problem(await refresh(client, forged), 401, "invalid-refresh-token")
    assert (await refresh(client, owner.refresh_token)).status_code == 200, "guessing ends nobody's session"


async def test_no_token_passes_for_one_of_another_kind(owner: Account, client: httpx.AsyncClient) -> None:
    assert_problem(await refresh(client, owner.access_token[:512]), 401, "invalid-refresh-token")
    pair = (await client.post("/auth/login", json={"login": owner.email, "password": owner.password})).json()
    device = pair["device_token"].replace("dt_", "rt_")
    assert_problem(await refresh(client, device), 401, "invalid-refresh-token")
    headers = {"Authorization": f"Bearer {owner.refresh_token}"}
    assert_problem(await client.get("/users/me", headers=headers), 401, "invalid-token")
