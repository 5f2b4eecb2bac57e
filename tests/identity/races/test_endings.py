"""A session or an account ends while something is under way: nothing of it goes on."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import httpx

from tests.identity.database_inspection import rows
from tests.identity.race_barrier import at_once, meeting
from tests.identity.races.race_requests import PASSWORD, address, ask_for, bearer, close, login, refresh
from tests.identity.roles.role_requests import id_of, refused
from tests.marketplace.payloads import PROPERTIES, house

if TYPE_CHECKING:
    from tests.harness.accounts import Account
    from tests.harness.service import Service


async def test_a_session_that_ends_while_it_is_refreshed(
    live: Service, client: httpx.AsyncClient, owner: Account
) -> None:
    answers = await at_once(
        live, "identity.sessions", owner.client.post("/auth/logout"), refresh(client, owner.refresh_token)
    )
    assert answers[0].status_code == 204
    assert answers[1].status_code in {200, 401}
    assert (await owner.client.get("/users/me")).status_code == 401
    if answers[1].status_code == 200:
        pair = answers[1].json()
        assert (await client.get("/users/me", headers=bearer(pair["access_token"]))).status_code == 401
        assert (await refresh(client, pair["refresh_token"])).status_code == 401


async def test_an_account_that_is_closed_while_its_owner_goes_on(
    live: Service, client: httpx.AsyncClient, owner: Account
) -> None:
    second = (await login(client, owner)).json()
    user_id = UUID(await id_of(owner))
    assert (await owner.client.post(PROPERTIES, json=house())).status_code == 201
    change = {"current_password": owner.password, "new_password": PASSWORD}
    closed, signed_in, *others = await at_once(
        live,
        "identity.users",
        close(owner),
        login(client, owner),
        owner.client.post(PROPERTIES, json=house()),
        owner.client.patch("/users/me", json={"full_name": "Who Is That"}),
        owner.client.put("/users/me/password", json=change),
        ask_for(owner, address()),
        owner.client.post("/users/me/mfa/totp"),
    )
    # Whoever comes after the password has changed knows a wrong one.
    gone = {(401, "invalid-token"), (401, "invalid-credentials"), (422, "wrong-current-password")}
    assert {refused(answer) for answer in (closed, signed_in, *others) if not answer.is_success} <= gone
    if not closed.is_success:
        owner.password = PASSWORD
        assert (await close(owner)).status_code == 204
    sessions = "SELECT id FROM identity.sessions WHERE user_id = :id AND ended_at IS NULL"
    assert await rows(live, sessions, id=user_id) == []
    tokens = [owner.access_token, second["access_token"]]
    pairs = [second["refresh_token"], owner.refresh_token]
    if signed_in.status_code == 200:
        tokens.append(signed_in.json()["access_token"])
        pairs.append(signed_in.json()["refresh_token"])
    for token in tokens:
        assert (await client.get(PROPERTIES, headers=bearer(token))).status_code == 401
    for token in pairs:
        assert refused(await refresh(client, token)) == (401, "invalid-refresh-token")
    for password in (owner.password, PASSWORD):
        body = {"login": owner.email, "password": password}
        assert refused(await client.post("/auth/login", json=body)) == (401, "invalid-credentials")
    # What came into being at the last moment goes with the rest.
    live.clock.advance(timedelta(days=14, seconds=1))
    await live.services.identity.closure.erase_due()
    assert await rows(live, "SELECT id FROM marketplace.properties WHERE owner_id = :id", id=user_id) == []


async def test_an_account_that_is_closed_while_it_is_refreshed(
    live: Service, client: httpx.AsyncClient, owner: Account
) -> None:
    closed, refreshed = await at_once(live, "identity.sessions", close(owner), refresh(client, owner.refresh_token))
    assert closed.status_code == 204
    assert refreshed.status_code in {200, 401}
    if refreshed.status_code == 200:
        pair = refreshed.json()
        assert (await client.get("/users/me", headers=bearer(pair["access_token"]))).status_code == 401
        assert (await refresh(client, pair["refresh_token"])).status_code == 401


async def test_an_account_that_is_erased_while_it_is_restored(
    live: Service, client: httpx.AsyncClient, owner: Account
) -> None:
    """The link was good when it was looked at; the account's time ends while both wait for it."""
    user_id = UUID(await id_of(owner))
    assert (await close(owner)).status_code == 204
    token = (await live.inbox.wait_for(owner.email, "closed")).token
    live.clock.advance(timedelta(days=13, hours=23))
    async with meeting(live, "identity.users") as met:
        await met.begin(client.post("/auth/restore", json={"token": token}))
        live.clock.advance(timedelta(hours=2))
        await met.begin(live.services.identity.closure.erase_due())
    restored = await met.tasks[0]
    await met.tasks[1]
    (state,) = [row["state"] for row in await rows(live, "SELECT state FROM identity.users WHERE id = :id", id=user_id)]
    if restored.status_code == 204:
        assert state == "ACTIVE"
        assert (await login(client, owner)).status_code == 200
    else:
        assert refused(restored) == (422, "invalid-one-time-token")
        assert state == "ERASED"
