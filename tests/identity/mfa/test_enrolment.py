"""Enrolment and removal of a second factor need a recent sign-in and a code, and are announced by mail."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from tests.harness.authenticator import Authenticator
from tests.harness.client import assert_problem
from tests.harness.clock import INSTANT
from tests.identity.database_inspection import account_row, everything, rows
from tests.identity.mfa.mfa_flows import enrol, first_step, second_step, sign_in

if TYPE_CHECKING:
    import httpx

    from tests.harness.accounts import Account
    from tests.harness.clock import MovableClock
    from tests.harness.inbox import Inbox
    from tests.harness.service import Service
    from tests.identity.mfa.mfa_flows import Enrolled

_LONG_AGO = timedelta(minutes=10, seconds=1)


async def state(account: Account) -> dict[str, object]:
    found: dict[str, object] = (await account.client.get("/users/me/mfa")).json()
    return found


async def test_the_otpauth_uri_is_readable_by_apps(owner: Account, clock: MovableClock) -> None:
    started = (await owner.client.post("/users/me/mfa/totp")).json()
    uri = urlsplit(started["otpauth_uri"])

    assert (uri.scheme, uri.netloc, unquote(uri.path)) == ("otpauth", "totp", f"/Hestami:{owner.email}")
    assert parse_qs(uri.query) == {"secret": [started["secret"]], "issuer": ["Hestami"]}
    assert len(started["secret"]) == 32, "160 bits, as RFC 4226 recommends"
    left = datetime.fromisoformat(started["expires_at"]) - clock.now()
    assert timedelta(minutes=9) < left <= timedelta(minutes=10)


async def test_nothing_is_switched_on_before_it_is_confirmed(client: httpx.AsyncClient, owner: Account) -> None:
    await owner.client.post("/users/me/mfa/totp")

    assert await state(owner) == {"enrolled_at": None, "recovery_codes_left": 0, "required": False}
    body = {"login": owner.email, "password": owner.password}
    assert (await client.post("/auth/login", json=body)).status_code == 200


@pytest.mark.both_engines
async def test_confirming_switches_it_on_and_ends_other_sessions(
    client: httpx.AsyncClient, owner: Account, clock: MovableClock, service: Service
) -> None:
    body = {"login": owner.email, "password": owner.password}
    other = (await client.post("/auth/login", json=body)).json()
    enrolled = await enrol(owner, clock)

    assert len(set(enrolled.codes)) == 10
    found = await state(owner)
    assert found["enrolled_at"]
    assert found["recovery_codes_left"] == 10
    elsewhere = await client.get("/users/me", headers={"Authorization": f"Bearer {other['access_token']}"})
    assert_problem(elsewhere, 401, "invalid-token")
    user = await account_row(service, owner.email)
    sql = "SELECT end_reason FROM identity.sessions WHERE user_id = :id AND ended_at IS NOT NULL"
    assert [row["end_reason"] for row in await rows(service, sql, id=user["id"])] == ["MFA_ENABLED"]


async def test_a_wrong_code_confirms_nothing(owner: Account, clock: MovableClock) -> None:
    started = (await owner.client.post("/users/me/mfa/totp")).json()
    app = Authenticator(started["secret"], clock)
    app.settle()
    for steps in (-2, 2):
        answer = await owner.client.post("/users/me/mfa/totp/confirm", json={"code": app.at(steps)})
        problem = assert_problem(answer, 422, "wrong-mfa-code")
        assert [error["pointer"] for error in problem["errors"]] == ["/code"]

    assert (await state(owner))["enrolled_at"] is None


@pytest.mark.both_engines
async def test_a_started_enrolment_expires(owner: Account, clock: MovableClock, service: Service) -> None:
    with clock.stopped():
        started = (await owner.client.post("/users/me/mfa/totp")).json()
        app = Authenticator(started["secret"], clock)
        clock.advance(timedelta(minutes=10) - INSTANT)
        wrong = await owner.client.post("/users/me/mfa/totp/confirm", json={"code": app.at(5)})
        assert_problem(wrong, 422, "wrong-mfa-code")
        clock.advance(INSTANT)
        late = await owner.client.post("/users/me/mfa/totp/confirm", json={"code": app.code()})
        assert_problem(late, 409, "mfa-enrolment-not-started")
    user = await account_row(service, owner.email)
    assert (await service.services.cleanup_jobs["totp_factors"]())["totp_factors"] >= 1
    assert not await rows(service, "SELECT 1 AS one FROM identity.totp_factors WHERE user_id = :id", id=user["id"])


async def test_starting_again_replaces_the_secret(owner: Account, clock: MovableClock) -> None:
    first, second = [
        Authenticator((await owner.client.post("/users/me/mfa/totp")).json()["secret"], clock) for _ in range(2)
    ]

    answer = await owner.client.post("/users/me/mfa/totp/confirm", json={"code": first.code()})
    assert_problem(answer, 422, "wrong-mfa-code")
    answer = await owner.client.post("/users/me/mfa/totp/confirm", json={"code": second.code()})
    assert answer.status_code == 200


async def test_there_is_one_authenticator(enrolled: Enrolled) -> None:
    answer = await enrolled.account.client.post("/users/me/mfa/totp")
    assert_problem(answer, 409, "mfa-already-enrolled")
    answer = await enrolled.account.client.post("/users/me/mfa/totp/confirm", json={"code": enrolled.app.code()})
    assert_problem(answer, 409, "mfa-enrolment-not-started")


@pytest.mark.parametrize("path", ["totp/disable", "recovery-codes"])
async def test_without_a_second_factor_there_is_nothing_to_change(owner: Account, path: str) -> None:
    body = {"proof": {"method": "TOTP", "code": "000000"}}
    assert_problem(await owner.client.post(f"/users/me/mfa/{path}", json=body), 409, "mfa-not-enrolled")


async def test_changes_take_a_fresh_sign_in(client: httpx.AsyncClient, owner: Account, clock: MovableClock) -> None:
    clock.advance(_LONG_AGO)
    assert_problem(await owner.client.post("/users/me/mfa/totp"), 403, "fresh-sign-in-required")
    renewed = await client.post("/auth/refresh", json={"refresh_token": owner.refresh_token})
    owner.take(renewed)
    assert_problem(await owner.client.post("/users/me/mfa/totp"), 403, "fresh-sign-in-required")

    login = {"login": owner.email, "password": owner.password}
    with clock.stopped():
        owner.take(await client.post("/auth/login", json=login))
        clock.advance(timedelta(minutes=10))
        assert (await owner.client.post("/users/me/mfa/totp")).status_code == 200
        clock.advance(INSTANT)
        assert_problem(await owner.client.post("/users/me/mfa/totp"), 403, "fresh-sign-in-required")

    owner.take(await client.post("/auth/login", json=login))
    enrolled = await enrol(owner, clock)
    clock.advance(_LONG_AGO)
    for path in ("totp/disable", "recovery-codes"):
        answer = await owner.client.post(f"/users/me/mfa/{path}", json={"proof": enrolled.totp()})
        assert_problem(answer, 403, "fresh-sign-in-required")
    await sign_in(client, enrolled)
    answer = await owner.client.post("/users/me/mfa/recovery-codes", json={"proof": enrolled.totp()})
    assert answer.status_code == 200


@pytest.mark.parametrize("by_recovery_code", [False, True])
async def test_switching_it_off(client: httpx.AsyncClient, enrolled: Enrolled, *, by_recovery_code: bool) -> None:
    owner = enrolled.account
    pending = await first_step(client, owner)
    answer = await owner.client.post("/users/me/mfa/totp/disable", json={"proof": enrolled.wrong()})
    assert_problem(answer, 422, "wrong-mfa-code")
    proof = enrolled.recovery() if by_recovery_code else enrolled.totp()
    assert (await owner.client.post("/users/me/mfa/totp/disable", json={"proof": proof})).status_code == 204

    assert await state(owner) == {"enrolled_at": None, "recovery_codes_left": 0, "required": False}
    assert_problem(await second_step(client, pending, enrolled.recovery()), 401, "invalid-mfa-token")
    again = await client.post("/auth/login", json={"login": owner.email, "password": owner.password})
    assert again.status_code == 200


async def test_new_recovery_codes_end_the_old_ones(client: httpx.AsyncClient, enrolled: Enrolled) -> None:
    old = list(enrolled.codes)
    answer = await enrolled.account.client.post("/users/me/mfa/recovery-codes", json={"proof": enrolled.recovery()})
    enrolled.codes = answer.json()["recovery_codes"]

    assert not set(old) & set(enrolled.codes)
    assert (await state(enrolled.account))["recovery_codes_left"] == 10
    token = await first_step(client, enrolled.account)
    refused = await second_step(client, token, {"method": "RECOVERY_CODE", "recovery_code": old[0]})
    assert_problem(refused, 422, "wrong-mfa-code")
    assert (await second_step(client, token, enrolled.recovery())).status_code == 200


@pytest.mark.both_engines
async def test_the_person_is_told_and_it_is_on_record(
    client: httpx.AsyncClient, enrolled: Enrolled, inbox: Inbox, service: Service
) -> None:
    owner = enrolled.account
    await second_step(client, await first_step(client, owner), enrolled.recovery())
    await owner.client.post("/users/me/mfa/recovery-codes", json={"proof": enrolled.totp()})
    await owner.client.post("/users/me/mfa/totp/disable", json={"proof": enrolled.totp()})
    for words in ("switched on", "recovery code was used", "new recovery codes", "switched off"):
        mail = await inbox.wait_for(owner.email, words)
        assert "/forgot-password" in mail.text

    user = await account_row(service, owner.email)
    sql = "SELECT event FROM operations.audit_events WHERE subject_id = :id AND event LIKE 'mfa.%' ORDER BY id"
    assert [row["event"] for row in await rows(service, sql, id=user["id"])] == [
        "mfa.enrolment_started",
        "mfa.enabled",
        "mfa.recovery_code_used",
        "mfa.recovery_codes_renewed",
        "mfa.disabled",
    ]


async def test_no_secret_and_no_code_stands_in_the_database(
    client: httpx.AsyncClient, owner: Account, clock: MovableClock, service: Service
) -> None:
    secret = (await owner.client.post("/users/me/mfa/totp")).json()["secret"]
    code = Authenticator(secret, clock).code()
    codes = (await owner.client.post("/users/me/mfa/totp/confirm", json={"code": code})).json()["recovery_codes"]
    token = await first_step(client, owner)

    stored = await everything(service)
    for told in (secret, token, token.rpartition(".")[2], *codes, *(each.replace("-", "") for each in codes)):
        assert told not in stored
