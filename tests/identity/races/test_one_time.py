"""Codes, links and tokens that work once: of twenty uses at the same moment one wins; guesses are counted exactly."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.harness.oauth_sign_in import signing_in
from tests.harness.openid import Person
from tests.identity.database_inspection import rows
from tests.identity.mfa.mfa_flows import enrol, first_step, known_devices, second_step
from tests.identity.race_barrier import at_once
from tests.identity.races.race_requests import PASSWORD, WRONG, address, bearer, refresh, reset, statuses
from tests.identity.roles.role_requests import refused

if TYPE_CHECKING:
    from tests.harness.accounts import Account
    from tests.harness.service import Service


async def test_twenty_with_one_refresh_token(live: Service, client: httpx.AsyncClient, owner: Account) -> None:
    token = owner.refresh_token
    answers = await at_once(live, "identity.sessions", *(refresh(client, token) for _ in range(20)))
    assert statuses(answers) == {200: 20}
    (successor,) = {answer.json()["refresh_token"] for answer in answers}
    live.clock.advance(timedelta(seconds=11))
    answers = await at_once(live, "identity.sessions", *(refresh(client, token) for _ in range(20)))
    assert statuses(answers) == {401: 20}
    assert refused(await refresh(client, successor)) == (401, "invalid-refresh-token")


async def test_twenty_with_one_code_of_a_provider(live: Service) -> None:
    async with signing_in(live) as sign_in:
        code = (await sign_in.back(Person()))["code"]
        answers = await at_once(live, "identity.oauth_codes", *(sign_in.token(code) for _ in range(20)))
    assert statuses(answers) == {200: 1, 400: 19}


async def test_twenty_with_one_link_to_reset(live: Service, client: httpx.AsyncClient, owner: Account) -> None:
    await client.post("/auth/reset-password", json={"email": owner.email})
    token = (await live.inbox.wait_for(owner.email, "reset")).token
    answers = await at_once(live, "identity.users", *(reset(client, token) for _ in range(20)))
    assert statuses(answers) == {204: 1, 422: 19}


async def test_twenty_with_one_invitation(live: Service, client: httpx.AsyncClient, admin: Account) -> None:
    email = address()
    made = await admin.client.post("/users", json={"email": email, "full_name": "Gerda Guest"})
    assert made.status_code == 201
    token = (await live.inbox.wait_for(email)).token
    answers = await at_once(live, "identity.users", *(reset(client, token) for _ in range(20)))
    assert statuses(answers) == {204: 1, 422: 19}
    body = {"login": email, "password": PASSWORD}
    assert (await client.post("/auth/login", json=body)).status_code == 200


@pytest.mark.parametrize("kind", ["totp", "recovery"])
async def test_twenty_with_one_code_of_a_second_factor(
    live: Service, client: httpx.AsyncClient, owner: Account, kind: str
) -> None:
    enrolled = await enrol(owner, live.clock)
    devices = await known_devices(client, enrolled, live.clock, 20)
    proof = enrolled.totp() if kind == "totp" else enrolled.recovery()
    tokens = [await first_step(client, owner, device_token=device) for device in devices]
    answers = await at_once(live, "identity.users", *(second_step(client, token, proof) for token in tokens))
    assert statuses(answers) == {200: 1, 422: 19}
    winner = next(answer for answer in answers if answer.status_code == 200)
    state = (await client.get("/users/me/mfa", headers=bearer(winner.json()["access_token"]))).json()
    assert state["recovery_codes_left"] == (10 if kind == "totp" else 9)


async def test_a_hundred_wrong_passwords(live: Service, owner: Account) -> None:
    await rows(live, "DELETE FROM identity.login_throttles")
    clients = [live.client() for _ in range(10)]
    wrong = {"login": owner.email, "password": WRONG}
    guesses = [clients[turn % 10].post("/auth/login", json=wrong) for turn in range(100)]
    answers = await at_once(live, "identity.login_throttles", *guesses)
    for one in clients:
        await one.aclose()
    assert statuses(answers) == {401: 5, 429: 95}
    counted = await rows(live, "SELECT failures FROM identity.login_throttles")
    assert [row["failures"] for row in counted] == [5, 5], "the account's and the address's"
    await rows(live, "DELETE FROM identity.login_throttles")
