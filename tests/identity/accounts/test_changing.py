"""Changes of accounts by staff take effect at once, are audited, and spare the staff and accounts with more rights."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.harness.accounts import Account, Accounts, unique
from tests.harness.databases import Databases, Engine
from tests.harness.inbox import Inbox
from tests.harness.service import Service, run_service
from tests.identity.database_inspection import rows
from tests.identity.roles.role_requests import ANY, id_of, refused, staff_with

_REASON = {"reason": "Three jobs were charged back within a week."}


async def _login(account: Account) -> httpx.Response:
    return await account.client.post("/auth/login", json={"login": account.email, "password": account.password})


async def _suspend(by: Account, account: Account) -> httpx.Response:
    return await by.client.post(f"/users/{await id_of(account)}/suspend", json=_REASON)


def _whole(account: Account, **changes: object) -> dict[str, object]:
    return {"email": account.email, "full_name": "Some Body", "username": account.username, "locale": "en", **changes}


@pytest.mark.both_engines
async def test_suspension_counts_with_the_next_request(service: Service, accounts: Accounts) -> None:
    staff, person = await accounts.staff(), await accounts.make()
    path = f"/users/{await id_of(person)}"
    answer = await _suspend(staff, person)
    assert answer.json()["state"] == "SUSPENDED"
    assert answer.json()["suspension"]["reason"] == _REASON["reason"]
    assert refused(await person.client.get("/users/me")) == (401, "invalid-token")
    assert refused(await _login(person)) == (403, "account-suspended")
    refresh = await person.client.post("/auth/refresh", json={"refresh_token": person.refresh_token})
    assert refresh.status_code in {401, 403}
    again = await staff.client.post(f"{path}/suspend", json=_REASON)
    assert (refused(again), again.json()["state"]) == ((409, "invalid-transition"), "SUSPENDED")
    told = await rows(
        service,
        "SELECT e.event, e.data AS data, p.data AS personal FROM operations.audit_events e "
        "JOIN operations.audit_personal p ON p.event_id = e.id WHERE e.request_id = :id",
        id=answer.headers["Request-Id"],
    )
    assert [row["event"] for row in told] == ["account.suspended"]
    assert _REASON["reason"] in str(told[0]["personal"])
    assert _REASON["reason"] not in str(told[0]["data"]), "what anybody writes about somebody can be erased"

    back = await staff.client.post(f"{path}/reactivate")
    assert (back.json()["state"], back.json()["suspension"]) == ("ACTIVE", None)
    assert refused(await staff.client.post(f"{path}/reactivate")) == (409, "invalid-transition")
    assert (await person.client.get("/users/me")).status_code == 401, "earlier sessions stay ended"
    assert (await _login(person)).status_code == 200


async def test_an_unverified_account_is_not_suspended(accounts: Accounts) -> None:
    staff = await accounts.staff()
    person = await accounts.make()
    user_id = await id_of(person)
    await accounts.move(person)
    answer = await staff.client.post(f"/users/{user_id}/suspend", json={"reason": "Spam."})
    assert (refused(answer), answer.json()["state"]) == ((409, "invalid-transition"), "PENDING")


async def test_another_address_starts_unverified_and_the_old_one_is_told(accounts: Accounts, inbox: Inbox) -> None:
    staff, person = await accounts.staff(), await accounts.make()
    path, new = f"/users/{await id_of(person)}", f"{unique('moved')}@example.test"
    old, mails = person.email, len(inbox.all(person.email))
    answer = await staff.client.put(path, json=_whole(person, email=new), headers=ANY)
    changed = answer.json()
    assert (changed["email"], changed["state"], changed["email_verified"]) == (new, "PENDING", False)
    assert refused(await person.client.get("/users/me")) == (401, "invalid-token")
    assert "another e-mail address" in (await inbox.wait_for(old, after=mails)).text
    link = await inbox.wait_for(new)
    person.email = new
    body = {"token": link.token, "password": person.password}
    verified = await person.client.post("/auth/verify-email", json=body)
    assert verified.status_code == 200
    assert (await staff.client.get(path)).json()["state"] == "ACTIVE"


async def test_a_moved_and_suspended_account_comes_back_unverified(accounts: Accounts, inbox: Inbox) -> None:
    staff, person = await accounts.staff(), await accounts.make()
    path, new = f"/users/{await id_of(person)}", f"{unique('moved')}@example.test"
    await _suspend(staff, person)
    moved = _whole(person, email=new)
    answer = await staff.client.put(path, json=moved, headers=ANY)
    assert (answer.json()["state"], answer.json()["email_verified"]) == ("SUSPENDED", False)
    assert (await inbox.wait_for(new, "whom to ask")).links == [], "nothing to verify until then"
    assert (await staff.client.post(f"{path}/reactivate")).json()["state"] == "PENDING"
    link = await inbox.wait_for(new, "verify")
    body = {"token": link.token, "password": person.password}
    verified = await person.client.post("/auth/verify-email", json=body)
    assert verified.status_code == 200


async def test_details_are_replaced_for_the_version_that_was_read(accounts: Accounts) -> None:
    staff, person, other = await accounts.staff(), await accounts.make(), await accounts.make()
    path = f"/users/{await id_of(person)}"
    assert refused(await staff.client.put(path, json=_whole(person))) == (428, "precondition-required")
    seen = {"If-Match": (await staff.client.get(path)).headers["ETag"]}
    answer = await staff.client.put(path, json=_whole(person, full_name="New Name", username=None), headers=seen)
    assert (answer.json()["full_name"], answer.json()["username"]) == ("New Name", None)
    assert (await person.client.get("/users/me")).json()["full_name"] == "New Name"
    stale = await staff.client.put(path, json=_whole(person), headers=seen)
    assert refused(stale) == (412, "precondition-failed")
    taken = await staff.client.put(path, json=_whole(person, email=other.email), headers=ANY)
    assert refused(taken) == (409, "email-taken")
    taken = await staff.client.put(path, json=_whole(person, username=other.username), headers=ANY)
    assert refused(taken) == (409, "username-taken")
    assert (await staff.client.get(path)).headers["ETag"] == answer.headers["ETag"]


async def test_a_closed_account_is_gone_until_its_owner_restores_it(accounts: Accounts, inbox: Inbox) -> None:
    staff, person = await accounts.staff(), await accounts.make()
    path, mails = f"/users/{await id_of(person)}", len(inbox.all(person.email))
    assert refused(await staff.client.delete(path)) == (428, "precondition-required")
    assert (await staff.client.delete(path, headers=ANY)).status_code == 204
    assert (await person.client.get("/users/me")).status_code == 401
    for answer in (
        await staff.client.get(path),
        await staff.client.get(f"{path}/roles"),
        await staff.client.get(f"{path}/sessions"),
        await staff.client.post(f"{path}/suspend", json=_REASON),
        await staff.client.delete(path, headers=ANY),
    ):
        assert refused(answer) == (404, "not-found"), answer.request.url
    assert (await staff.client.get("/users", params={"q": person.email})).json()["items"] == []
    assert "restore" in (await inbox.wait_for(person.email, after=mails)).text.lower()


async def test_staff_unlock_who_has_guessed_too_often(accounts: Accounts) -> None:
    staff, person = await accounts.staff(), await accounts.make()
    wrong = {"login": person.email, "password": "not-this-one-1"}
    while (await person.client.post("/auth/login", json=wrong)).status_code == 401:
        pass
    assert refused(await _login(person)) == (429, "login-throttled")
    assert (await staff.client.post(f"/users/{await id_of(person)}/unlock")).status_code == 204
    assert (await _login(person)).status_code == 200


@pytest.mark.both_engines
async def test_staff_see_and_end_sessions(accounts: Accounts) -> None:
    staff, person = await accounts.staff(), await accounts.make()
    path = f"/users/{await id_of(person)}/sessions"
    first = person.access_token
    await accounts.login(person)
    page = (await staff.client.get(path, params={"include_total": "true", "limit": 1})).json()
    rest = (await staff.client.get(path, params={"limit": 1, "cursor": page["next_cursor"]})).json()
    assert (page["total"], len(rest["items"]), rest["next_cursor"]) == (2, 1, None)
    assert not page["items"][0]["current"]
    own = (await staff.client.get(f"/users/{await id_of(staff)}/sessions")).json()["items"]
    assert {item["current"] for item in own} >= {True}
    strange = f"{path}/{own[0]['id']}"
    assert (await staff.client.delete(strange)).status_code == 404, "not of this account"
    assert (await staff.client.delete(f"{path}/{rest['items'][0]['id']}")).status_code == 204
    assert (await staff.client.delete(f"{path}/{rest['items'][0]['id']}")).status_code == 404
    assert (await person.client.get("/users/me", headers={"Authorization": f"Bearer {first}"})).status_code == 401
    assert (await person.client.get("/users/me")).status_code == 200
    assert (await staff.client.delete(path)).status_code == 204
    assert (await person.client.get("/users/me")).status_code == 401


async def test_nobody_touches_an_account_above_their_own(accounts: Accounts) -> None:
    lead = await staff_with(accounts, "account:read", "account:write", "property_area:read")
    boss, peer = await accounts.hire("STAFF_ADMIN"), await accounts.hire("STAFF_SUPPORT")
    path = f"/users/{await id_of(boss)}"
    session = (await boss.client.get("/auth/me")).json()["session"]["id"]
    for answer in (
        await _suspend(lead, boss),
        await lead.client.put(path, json=_whole(boss, email=f"{unique('mine')}@example.test"), headers=ANY),
        await lead.client.delete(path, headers=ANY),
        await lead.client.post(f"{path}/reactivate"),
        await lead.client.post(f"{path}/unlock"),
        await lead.client.post(f"{path}/password-reset"),
        await lead.client.delete(f"{path}/sessions"),
        await lead.client.delete(f"{path}/sessions/{session}"),
    ):
        assert refused(answer) == (403, "exceeds-own-permissions"), answer.request.url
    assert (await boss.client.get("/users/me")).json()["email"] == boss.email
    assert (await lead.client.get(path)).status_code == 200
    assert (await _suspend(lead, peer)).status_code == 200


async def test_nobody_does_to_themselves_what_locks_them_out(accounts: Accounts) -> None:
    boss = await accounts.hire("STAFF_ADMIN")
    path = f"/users/{await id_of(boss)}"
    assert refused(await _suspend(boss, boss)) == (409, "own-account")
    moved = await boss.client.put(path, json=_whole(boss, email=f"{unique('new')}@example.test"), headers=ANY)
    assert refused(moved) == (409, "own-account")
    assert refused(await boss.client.delete(path, headers=ANY)) == (409, "own-account")
    renamed = await boss.client.put(path, json=_whole(boss, full_name="The Boss"), headers=ANY)
    assert renamed.json()["full_name"] == "The Boss"


@pytest.fixture
async def fresh_service(databases: Databases, engine: Engine, worker_id: str) -> AsyncIterator[Service]:
    """Serve where nobody is an administrator yet."""
    async with run_service(databases, engine, f"accounts_{worker_id}") as live:
        yield live


@pytest.mark.both_engines
async def test_two_administrators_who_suspend_each_other_leave_one(fresh_service: Service) -> None:
    accounts = Accounts(fresh_service)
    one, other = await accounts.hire("STAFF_ADMIN"), await accounts.hire("STAFF_ADMIN")
    ids = {account.email: await id_of(account) for account in (one, other)}
    for _ in range(4):
        answers = await asyncio.gather(
            one.client.post(f"/users/{ids[other.email]}/suspend", json=_REASON),
            other.client.post(f"/users/{ids[one.email]}/suspend", json=_REASON),
        )
        assert sorted(answer.status_code == 200 for answer in answers) == [False, True]
        loser = next(answer for answer in answers if answer.status_code != 200)
        # The slower one is refused at the door, or behind the lock as one who is no administrator any more.
        assert refused(loser) in {
            (401, "invalid-token"),
            (403, "account-suspended"),
            (403, "exceeds-own-permissions"),
        }
        stayed, gone = (one, other) if answers[0].status_code == 200 else (other, one)
        assert (await stayed.client.post(f"/users/{ids[gone.email]}/reactivate")).status_code == 200
        await accounts.login(gone)
    await accounts.close()
