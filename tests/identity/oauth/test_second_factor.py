"""The second factor between code and session: whose session it is, and the end that a copied code brings."""

from __future__ import annotations

import asyncio

import httpx
import jwt
import pytest

from tests.harness.accounts import Account, Accounts
from tests.harness.client import assert_problem
from tests.harness.clock import MovableClock
from tests.harness.inbox import Inbox
from tests.harness.oauth_sign_in import SignIn, signing_in
from tests.harness.openid import Person
from tests.harness.service import Service
from tests.harness.settings import CLIENT
from tests.identity.database_inspection import rows
from tests.identity.mfa.mfa_flows import Enrolled, enrol, recovery, second_step


@pytest.fixture
async def enrolled(accounts: Accounts, clock: MovableClock) -> Enrolled:
    return await enrol(await accounts.make(), clock)


async def _halfway(sign_in: SignIn, somebody: Enrolled) -> tuple[str, str]:
    """Sign in as far as the second factor; the code that was traded, and the token to go on with."""
    code = (await sign_in.back(Person(email=somebody.account.email)))["code"]
    answer = await sign_in.token(code)
    told = answer.json()
    assert (answer.status_code, told["error"]) == (400, "mfa_required"), answer.text
    return code, str(told["mfa_token"])


async def _refreshed(sign_in: SignIn, refresh_token: str) -> httpx.Response:
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token, "client_id": CLIENT}
    return await sign_in.client.post("/auth/token", data=form)


async def _me(client: httpx.AsyncClient, access_token: str) -> httpx.Response:
    return await client.get("/users/me", headers={"Authorization": f"Bearer {access_token}"})


async def _events(service: Service, answer: httpx.Response) -> list[tuple[str, str]]:
    sql = "SELECT event, subject_type FROM operations.audit_events WHERE request_id = :request"
    found = await rows(service, sql, request=answer.headers["request-id"])
    return [(row["event"], row["subject_type"]) for row in found]


@pytest.mark.both_engines
async def test_the_code_is_half_of_a_sign_in(service: Service, enrolled: Enrolled) -> None:
    async with signing_in(service) as sign_in:
        code = (await sign_in.back(Person(email=enrolled.account.email)))["code"]
        answer = await sign_in.token(code)
        told = answer.json()
        assert (answer.status_code, answer.headers["cache-control"]) == (400, "no-store")
        assert set(told) == {"error", "error_description", "mfa_token", "expires_in", "methods"}
        assert (told["error"], told["expires_in"]) == ("mfa_required", 300)
        assert told["methods"] == ["TOTP", "RECOVERY_CODE"]
        assert await _events(service, answer) == [("session.mfa_required", "user")]
        wrong = await second_step(sign_in.client, told["mfa_token"], enrolled.wrong())
        assert_problem(wrong, 422, "wrong-mfa-code")
        completed = await second_step(sign_in.client, told["mfa_token"], enrolled.totp())
        pair = completed.json()
        assert (completed.status_code, pair["device_token"]) == (200, None), "no password was shown at this device"
        claims = jwt.decode(pair["access_token"], options={"verify_signature": False})
        assert (claims["provider"], claims["email"]) == ("google", enrolled.account.email)


async def test_the_session_is_the_clients(service: Service, enrolled: Enrolled) -> None:
    async with signing_in(service) as sign_in:
        _, token = await _halfway(sign_in, enrolled)
        first = (await second_step(sign_in.client, token, enrolled.recovery())).json()
        answer = await _refreshed(sign_in, first["refresh_token"])
        assert answer.status_code == 200, answer.text
        second = answer.json()
        form = {"token": second["refresh_token"], "client_id": CLIENT}
        assert (await sign_in.client.post("/auth/revoke", data=form)).status_code == 200
        assert_problem(await _me(sign_in.client, second["access_token"]), 401, "invalid-token")


async def test_a_session_of_the_second_factor_alone_is_no_clients(enrolled: Enrolled, service: Service) -> None:
    """The same account's, of a password: the token endpoint opens nothing with it."""
    async with signing_in(service) as sign_in:
        answer = await _refreshed(sign_in, enrolled.account.refresh_token)
        assert answer.json()["error"] == "invalid_grant"


async def test_a_replay_ends_what_the_second_factor_opened(service: Service, enrolled: Enrolled) -> None:
    async with signing_in(service) as sign_in:
        code, token = await _halfway(sign_in, enrolled)
        pair = (await second_step(sign_in.client, token, enrolled.totp())).json()
        assert (await _me(sign_in.client, pair["access_token"])).status_code == 200
        replay = await sign_in.token(code)
        assert (replay.status_code, replay.json()["error"]) == (400, "invalid_grant")
        assert await _events(service, replay) == [("session.code_replayed", "session")]
        assert_problem(await _me(sign_in.client, pair["access_token"]), 401, "invalid-token")


async def test_a_replay_ends_what_waits_for_the_second_factor(service: Service, enrolled: Enrolled) -> None:
    async with signing_in(service) as sign_in:
        code, token = await _halfway(sign_in, enrolled)
        replay = await sign_in.token(code)
        assert (replay.status_code, replay.json()["error"]) == (400, "invalid_grant")
        assert await _events(service, replay) == [("session.code_replayed", "user")]
        proof = enrolled.totp()
        assert_problem(await second_step(sign_in.client, token, proof), 401, "invalid-mfa-token")
        again = await sign_in.token(code)
        assert again.json()["error"] == "invalid_grant"
        assert await _events(service, again) == []
        _, other = await _halfway(sign_in, enrolled)
        assert (await second_step(sign_in.client, other, proof)).status_code == 200, "the code was not used up"


@pytest.mark.both_engines
async def test_replays_and_the_second_factor_at_once_leave_no_session(service: Service, enrolled: Enrolled) -> None:
    async with signing_in(service) as sign_in:
        code, token = await _halfway(sign_in, enrolled)
        proofs = [enrolled.totp(), *map(recovery, enrolled.codes[:4])]
        answers = await asyncio.gather(
            *(second_step(sign_in.client, token, proof) for proof in proofs), *(sign_in.token(code) for _ in range(10))
        )
        completed, replays = answers[: len(proofs)], answers[len(proofs) :]
        assert [answer.status_code for answer in replays] == [400] * 10
        opened = [answer.json()["access_token"] for answer in completed if answer.status_code == 200]
        assert len(opened) <= 1
        assert {answer.status_code for answer in completed} <= {200, 401}
        for access_token in opened:
            assert_problem(await _me(sign_in.client, access_token), 401, "invalid-token")


async def test_who_takes_the_account_back_voids_codes_on_their_way(
    service: Service, accounts: Accounts, inbox: Inbox
) -> None:
    owner = await accounts.make()
    async with signing_in(service) as sign_in:
        code = (await sign_in.back(Person(email=owner.email)))["code"]
        await _reset(owner, inbox)
        answer = await sign_in.token(code)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


async def _reset(owner: Account, inbox: Inbox) -> None:
    assert (await owner.client.post("/auth/reset-password", json={"email": owner.email})).status_code == 202
    mail = await inbox.wait_for(owner.email, "reset")
    body = {"token": mail.token, "new_password": "Lantern-Harbour-93"}
    assert (await owner.client.post("/auth/reset-password/confirm", json=body)).status_code == 204
