"""Guesses at a second factor count with those at the password, and a right password resets none of them."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.harness.client import assert_problem
from tests.identity.database_inspection import account_row, rows
from tests.identity.mfa.mfa_flows import Enrolled, enrol, first_step, known_devices, second_step, totp

if TYPE_CHECKING:
    import httpx

    from tests.harness.accounts import Account, Accounts
    from tests.harness.clock import MovableClock
    from tests.harness.inbox import Inbox
    from tests.harness.service import Service

WRONG = "Wrong-Kettle-58"


def seconds(answer: httpx.Response) -> int:
    assert_problem(answer, 429, "login-throttled")
    return int(answer.headers["Retry-After"])


async def guess(client: httpx.AsyncClient, enrolled: Enrolled, times: int, **more: str) -> None:
    """Guess codes, each in a sign-in of its own with the right password."""
    for _ in range(times):
        answer = await second_step(client, await first_step(client, enrolled.account, **more), enrolled.wrong())
        assert_problem(answer, 422, "wrong-mfa-code")


async def test_the_right_password_clears_nothing(client: httpx.AsyncClient, enrolled: Enrolled) -> None:
    token = await first_step(client, enrolled.account)
    await guess(client, enrolled, 5)

    assert seconds(await second_step(client, token, enrolled.totp())) <= 30
    owner = enrolled.account
    body = {"login": owner.email, "password": owner.password}
    assert seconds(await client.post("/auth/login", json=body)) <= 30


async def test_wrong_passwords_and_wrong_codes_are_one_count(client: httpx.AsyncClient, enrolled: Enrolled) -> None:
    token = await first_step(client, enrolled.account)
    for _ in range(3):
        await client.post("/auth/login", json={"login": enrolled.account.email, "password": WRONG})
    for _ in range(2):
        assert_problem(await second_step(client, token, enrolled.wrong()), 422, "wrong-mfa-code")

    assert seconds(await second_step(client, token, enrolled.totp()))


@pytest.mark.both_engines
async def test_of_a_burst_exactly_five_are_looked_at(client: httpx.AsyncClient, enrolled: Enrolled) -> None:
    token = await first_step(client, enrolled.account)
    answers = await asyncio.gather(*(second_step(client, token, enrolled.wrong()) for _ in range(20)))

    assert Counter(answer.status_code for answer in answers) == {422: 5, 429: 15}


async def test_after_the_wait_a_sign_in_succeeds_and_resets_the_count(
    client: httpx.AsyncClient, enrolled: Enrolled, clock: MovableClock
) -> None:
    await guess(client, enrolled, 5)
    token = ""
    for wait in (30, 60, 120, 240, 480):
        clock.advance(timedelta(seconds=wait))
        # Half a sign-in makes nobody wait, else the other half would come when the token has expired.
        token = await first_step(client, enrolled.account)
        if wait != 480:
            assert_problem(await second_step(client, token, enrolled.wrong()), 422, "wrong-mfa-code")
    assert (await second_step(client, token, enrolled.totp())).status_code == 200
    await guess(client, enrolled, 4)
    assert (await second_step(client, await first_step(client, enrolled.account), enrolled.totp())).status_code == 200


async def test_a_changed_password_clears_no_codes(client: httpx.AsyncClient, enrolled: Enrolled) -> None:
    owner = enrolled.account
    await guess(client, enrolled, 4)
    change = {"current_password": owner.password, "new_password": "Birch-Window-77"}
    assert (await owner.client.put("/users/me/password", json=change)).status_code == 204
    owner.password = "Birch-Window-77"
    await guess(client, enrolled, 1)

    assert seconds(await client.post("/auth/login", json={"login": owner.email, "password": owner.password}))


async def reset(client: httpx.AsyncClient, owner: Account, inbox: Inbox) -> None:
    """Reset the password by a mailed link."""
    await client.post("/auth/reset-password", json={"email": owner.email})
    mail = await inbox.wait_for(owner.email, "reset")
    body = {"token": mail.token, "new_password": "Birch-Window-77"}
    assert (await client.post("/auth/reset-password/confirm", json=body)).status_code == 204
    owner.password = "Birch-Window-77"


async def test_a_reset_password_clears_no_codes(client: httpx.AsyncClient, enrolled: Enrolled, inbox: Inbox) -> None:
    owner = enrolled.account
    await guess(client, enrolled, 5)
    await reset(client, owner, inbox)

    assert seconds(await second_step(client, await first_step(client, owner), enrolled.totp()))


async def test_a_factor_that_is_switched_off_takes_its_count_along(
    client: httpx.AsyncClient, enrolled: Enrolled, clock: MovableClock, inbox: Inbox
) -> None:
    owner = enrolled.account
    await guess(client, enrolled, 4)
    answer = await owner.client.post("/users/me/mfa/totp/disable", json={"proof": enrolled.recovery()})
    assert answer.status_code == 204
    again = await enrol(owner, clock)
    # Clears what is counted of the account, and no codes.
    await reset(client, owner, inbox)

    await guess(client, again, 1)
    code = again.totp()
    assert (await second_step(client, await first_step(client, owner), code)).status_code == 200


async def test_staff_end_the_wait(
    client: httpx.AsyncClient, enrolled: Enrolled, accounts: Accounts, service: Service
) -> None:
    admin = await accounts.staff("STAFF_ADMIN")
    token = await first_step(client, enrolled.account)
    await guess(client, enrolled, 5)
    # The same code again: for another one the clock moves on, and the wait would be over by itself.
    code = enrolled.totp()
    assert seconds(await second_step(client, token, code))
    user = await account_row(service, enrolled.account.email)
    assert (await admin.client.post(f"/users/{user['id']}/unlock")).status_code == 204

    assert (await second_step(client, token, code)).status_code == 200


@pytest.mark.both_engines
async def test_changes_are_counted_where_somebody_is_signed_in(
    client: httpx.AsyncClient, enrolled: Enrolled, service: Service
) -> None:
    """What goes on outside, even with the right password, keeps nobody from changing theirs."""
    owner = enrolled.account
    await guess(client, enrolled, 5)
    for path in ("totp/disable", "recovery-codes", "totp/disable", "recovery-codes", "totp/disable"):
        answer = await owner.client.post(f"/users/me/mfa/{path}", json={"proof": enrolled.wrong()})
        assert_problem(answer, 422, "wrong-mfa-code")

    assert seconds(await owner.client.post("/users/me/mfa/recovery-codes", json={"proof": enrolled.totp()}))
    sql = "SELECT event FROM operations.audit_events WHERE subject_id = :id AND event = 'mfa.change_refused'"
    assert len(await rows(service, sql, id=(await account_row(service, owner.email))["id"])) == 5


async def test_a_known_device_gets_past_the_back_off_but_not_past_the_second_factor(
    client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    first = await second_step(client, await first_step(client, enrolled.account), enrolled.totp())
    device = first.json()["device_token"]
    await guess(client, enrolled, 5)

    token = await first_step(client, enrolled.account, device_token=device)
    assert (await second_step(client, token, enrolled.totp())).status_code == 200
    await guess(client, enrolled, 5, device_token=device)
    body = {"login": enrolled.account.email, "password": enrolled.account.password, "device_token": device}
    assert seconds(await client.post("/auth/login", json=body))


async def test_devices_that_the_password_alone_made_known_buy_no_guesses(
    client: httpx.AsyncClient, owner: Account, clock: MovableClock
) -> None:
    """Whoever has the password could have made any number of them before."""
    body = {"login": owner.email, "password": owner.password}
    devices = [(await client.post("/auth/login", json=body)).json()["device_token"] for _ in range(3)]
    enrolled = await enrol(owner, clock)
    for device in devices[:2]:
        await guess(client, enrolled, 2, device_token=device)
    await guess(client, enrolled, 1, device_token=devices[2])

    assert seconds(await client.post("/auth/login", json={**body, "device_token": devices[2]}))


@pytest.mark.both_engines
async def test_of_parallel_uses_of_a_code_one_wins(service: Service, enrolled: Enrolled, clock: MovableClock) -> None:
    async with service.client() as client:
        devices = await known_devices(client, enrolled, clock, 20)
        for proof in (enrolled.totp(), enrolled.recovery()):
            tokens = [await first_step(client, enrolled.account, device_token=device) for device in devices]
            answers = await asyncio.gather(*(second_step(client, token, proof) for token in tokens))
            assert Counter(answer.status_code for answer in answers) == {200: 1, 422: 19}


@pytest.mark.both_engines
async def test_of_parallel_uses_of_a_token_one_wins(service: Service, enrolled: Enrolled, clock: MovableClock) -> None:
    clock.advance(timedelta(minutes=2))
    async with service.client() as client:
        token = await first_step(client, enrolled.account)
        proofs = [enrolled.recovery(), enrolled.recovery(), totp(enrolled.app.at(1))]
        answers = await asyncio.gather(*(second_step(client, token, proof) for proof in proofs))
    statuses = sorted(answer.status_code for answer in answers)

    assert statuses == [200, 401, 401]
    spent = 10 - (await enrolled.account.client.get("/users/me/mfa")).json()["recovery_codes_left"]
    assert spent <= 1, "a sign-in that is refused uses no code up"
