"""Two-factor sign-in uses a token that is valid for nothing else, and codes that are valid once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from tests.harness.client import assert_problem
from tests.identity.database_inspection import account_row, rows
from tests.identity.mfa.mfa_flows import enrol, first_step, recovery, second_step, totp

if TYPE_CHECKING:
    import httpx

    from tests.harness.accounts import Account, Accounts
    from tests.harness.clock import MovableClock
    from tests.harness.inbox import Inbox
    from tests.harness.service import Service
    from tests.identity.mfa.mfa_flows import Enrolled


async def test_the_right_password_is_half_of_a_sign_in(client: httpx.AsyncClient, enrolled: Enrolled) -> None:
    owner = enrolled.account
    forms: list[dict[str, Any]] = [
        {"json": {"login": owner.email, "password": owner.password}},
        {"data": {"grant_type": "password", "username": owner.username, "password": owner.password}},
    ]
    for form in forms:
        problem = assert_problem(await client.post("/auth/login", **form), 403, "mfa-required")
        assert (problem["expires_in"], problem["methods"]) == (300, ["TOTP", "RECOVERY_CODE"])
        assert (await second_step(client, str(problem["mfa_token"]), enrolled.totp())).status_code == 200


async def test_a_wrong_password_says_nothing_of_a_second_factor(client: httpx.AsyncClient, enrolled: Enrolled) -> None:
    answer = await client.post("/auth/login", json={"login": enrolled.account.email, "password": "Wrong-Kettle-58"})
    assert_problem(answer, 401, "invalid-credentials")


async def test_both_steps_open_a_session_like_any_other(
    client: httpx.AsyncClient, enrolled: Enrolled, service: Service
) -> None:
    answer = await second_step(client, await first_step(client, enrolled.account), enrolled.totp())
    pair = answer.json()

    assert pair["device_token"]
    me = await client.get("/auth/me", headers={"Authorization": f"Bearer {pair['access_token']}"})
    assert me.json()["session"]["provider"] == "local"
    renewed = await client.post("/auth/refresh", json={"refresh_token": pair["refresh_token"]})
    assert renewed.status_code == 200
    request = "SELECT event FROM operations.audit_events WHERE request_id = :request"
    found = await rows(service, request, request=answer.headers["Request-Id"])
    assert [row["event"] for row in found] == ["session.started"]


async def test_the_token_is_good_for_nothing_else(client: httpx.AsyncClient, enrolled: Enrolled) -> None:
    token = await first_step(client, enrolled.account)
    headers = {"Authorization": f"Bearer {token}"}

    for path in ("/users/me", "/auth/me", "/users/me/mfa"):
        assert_problem(await client.get(path, headers=headers), 401, "invalid-token")
    assert_problem(await client.post("/users/me/mfa/totp", headers=headers), 401, "invalid-token")
    answer = await client.post("/auth/refresh", json={"refresh_token": token})
    assert_problem(answer, 401, "invalid-refresh-token")
    body = {"token": token, "new_password": "Birch-Window-77"}
    answer = await client.post("/auth/reset-password/confirm", json=body)
    assert_problem(answer, 422, "invalid-one-time-token")
    body = {"login": enrolled.account.email, "password": enrolled.account.password, "device_token": token}
    assert_problem(await client.post("/auth/login", json=body), 403, "mfa-required")


async def test_nothing_else_is_such_a_token(client: httpx.AsyncClient, enrolled: Enrolled) -> None:
    owner = enrolled.account
    token = await first_step(client, owner)
    forged = token[:-1] + ("A" if token[-1] != "A" else "B")
    for wrong in (forged, owner.refresh_token, "mt_x", f"mt_{'0' * 32}.{'A' * 43}"):
        assert_problem(await second_step(client, wrong, enrolled.totp()), 401, "invalid-mfa-token")


async def test_the_token_signs_in_once(client: httpx.AsyncClient, enrolled: Enrolled) -> None:
    token = await first_step(client, enrolled.account)
    assert_problem(await second_step(client, token, enrolled.wrong()), 422, "wrong-mfa-code")
    assert (await second_step(client, token, enrolled.totp())).status_code == 200
    assert_problem(await second_step(client, token, enrolled.totp()), 401, "invalid-mfa-token")


@pytest.mark.both_engines
async def test_the_token_expires(
    client: httpx.AsyncClient, enrolled: Enrolled, clock: MovableClock, service: Service
) -> None:
    token = await first_step(client, enrolled.account)
    clock.advance(timedelta(minutes=5))

    assert_problem(await second_step(client, token, enrolled.totp()), 401, "invalid-mfa-token")
    assert (await service.services.cleanup_jobs["mfa_challenges"]())["mfa_challenges"] >= 1
    user = await account_row(service, enrolled.account.email)
    assert not await rows(service, "SELECT 1 AS one FROM identity.mfa_challenges WHERE user_id = :id", id=user["id"])


async def test_a_changed_password_voids_the_token(client: httpx.AsyncClient, enrolled: Enrolled) -> None:
    owner = enrolled.account
    token = await first_step(client, owner)
    change = {"current_password": owner.password, "new_password": "Birch-Window-77"}
    assert (await owner.client.put("/users/me/password", json=change)).status_code == 204

    assert_problem(await second_step(client, token, enrolled.totp()), 401, "invalid-mfa-token")


async def test_a_reset_password_leaves_the_second_factor_on(
    client: httpx.AsyncClient, enrolled: Enrolled, inbox: Inbox
) -> None:
    owner = enrolled.account
    token = await first_step(client, owner)
    await client.post("/auth/reset-password", json={"email": owner.email})
    mail = await inbox.wait_for(owner.email, "reset")
    body = {"token": mail.token, "new_password": "Birch-Window-77"}
    assert (await client.post("/auth/reset-password/confirm", json=body)).status_code == 204

    assert_problem(await second_step(client, token, enrolled.totp()), 401, "invalid-mfa-token")
    owner.password = "Birch-Window-77"
    assert (await second_step(client, await first_step(client, owner), enrolled.totp())).status_code == 200


async def test_a_suspended_account_gets_no_further(
    client: httpx.AsyncClient, enrolled: Enrolled, service: Service
) -> None:
    token = await first_step(client, enrolled.account)
    user = await account_row(service, enrolled.account.email)
    await rows(service, "UPDATE identity.users SET state = 'SUSPENDED' WHERE id = :id", id=user["id"])

    assert_problem(await second_step(client, token, enrolled.totp()), 403, "account-suspended")


async def test_clocks_may_differ_by_one_step(
    client: httpx.AsyncClient, enrolled: Enrolled, clock: MovableClock
) -> None:
    clock.advance(timedelta(minutes=2))
    enrolled.app.settle()
    for steps, status in ((-2, 422), (2, 422), (-1, 200), (1, 200)):
        token = await first_step(client, enrolled.account)
        answer = await second_step(client, token, totp(enrolled.app.at(steps)))
        assert answer.status_code == status, f"{steps}: {answer.text}"


async def test_a_code_is_accepted_once_and_none_before_it(
    client: httpx.AsyncClient, enrolled: Enrolled, clock: MovableClock
) -> None:
    clock.advance(timedelta(minutes=2))
    newest, older = enrolled.app.at(1), enrolled.app.at(0)
    assert (await second_step(client, await first_step(client, enrolled.account), totp(newest))).status_code == 200

    token = await first_step(client, enrolled.account)
    for used in (newest, older):
        problem = assert_problem(await second_step(client, token, totp(used)), 422, "wrong-mfa-code")
        assert [error["pointer"] for error in problem["errors"]] == ["/proof/code"]
    clock.advance(timedelta(minutes=1))
    assert (await second_step(client, token, totp(enrolled.app.at(1)))).status_code == 200


async def test_the_code_that_switched_it_on_signs_in_nobody(
    client: httpx.AsyncClient, owner: Account, clock: MovableClock
) -> None:
    enrolled = await enrol(owner, clock)
    token = await first_step(client, owner)
    for steps in (-1, 0):
        assert_problem(await second_step(client, token, totp(enrolled.app.at(steps))), 422, "wrong-mfa-code")


async def test_a_recovery_code_works_once_however_it_is_written(
    client: httpx.AsyncClient, enrolled: Enrolled, inbox: Inbox
) -> None:
    code = next((code for code in enrolled.codes if "0" in code or "1" in code), enrolled.codes[0])
    written = [code.lower().replace("-", ""), code.replace("0", "o").replace("1", "L"), code]
    token = await first_step(client, enrolled.account)
    assert (await second_step(client, token, recovery(written[0]))).status_code == 200

    assert "Your account" not in (await inbox.wait_for(enrolled.account.email, "recovery code was used")).text
    token = await first_step(client, enrolled.account)
    for again in written:
        problem = assert_problem(await second_step(client, token, recovery(again)), 422, "wrong-mfa-code")
        assert [error["pointer"] for error in problem["errors"]] == ["/proof/recovery_code"]
    left = (await enrolled.account.client.get("/users/me/mfa")).json()["recovery_codes_left"]
    assert left == 9


@pytest.mark.parametrize("kind", ["totp", "recovery"])
async def test_a_code_is_taken_as_people_type_it(client: httpx.AsyncClient, enrolled: Enrolled, kind: str) -> None:
    proof = enrolled.totp() if kind == "totp" else enrolled.recovery()
    name = "code" if kind == "totp" else "recovery_code"
    whole = proof[name].replace("-", "")
    grouped = f"  {whole[:3]} {whole[3:]} "
    wide = "".join(chr(ord(letter) + 0xFEE0) if letter != " " else letter for letter in grouped)
    token = await first_step(client, enrolled.account)
    assert (await second_step(client, token, {**proof, name: wide})).status_code == 200


async def test_a_code_is_its_accounts_own(
    client: httpx.AsyncClient, enrolled: Enrolled, accounts: Accounts, clock: MovableClock
) -> None:
    other = await enrol(await accounts.make(), clock)
    token = await first_step(client, enrolled.account)
    for proof in (other.totp(), other.recovery()):
        assert_problem(await second_step(client, token, proof), 422, "wrong-mfa-code")


async def test_who_verifies_another_address_passes_the_second_factor_too(
    client: httpx.AsyncClient, enrolled: Enrolled, accounts: Accounts, inbox: Inbox
) -> None:
    """Staff gave the account another address; the link and the password verify it, and sign in by half."""
    owner = enrolled.account
    await accounts.move(owner)
    body = {"token": (await inbox.wait_for(owner.email, "verify")).token, "password": owner.password}
    problem = assert_problem(await client.post("/auth/verify-email", json=body), 403, "mfa-required")
    pair = (await second_step(client, str(problem["mfa_token"]), enrolled.totp())).json()

    me = await client.get("/auth/me", headers={"Authorization": f"Bearer {pair['access_token']}"})
    assert me.json()["account"]["state"] == "ACTIVE"


async def test_a_known_device_keeps_its_name_over_both_steps(
    client: httpx.AsyncClient, enrolled: Enrolled, service: Service
) -> None:
    first = (await second_step(client, await first_step(client, enrolled.account), enrolled.totp())).json()
    token = await first_step(client, enrolled.account, device_token=first["device_token"])
    second = (await second_step(client, token, enrolled.totp())).json()

    assert second["device_token"] == first["device_token"]
    sql = "SELECT device_id FROM identity.sessions WHERE id = :id"
    devices = [(await rows(service, sql, id=UUID(pair["session_id"])))[0]["device_id"] for pair in (first, second)]
    assert devices[0] == devices[1]
