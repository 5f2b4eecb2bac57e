"""The activity of one's own account shows all of its events, none of others, and no names of staff."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx

from impl.kernel import audit
from impl.kernel.caller import AnonymousClient
from tests.harness.accounts import Account, Accounts
from tests.harness.audit_intake import take_due
from tests.harness.client import assert_problem
from tests.harness.inbox import Inbox
from tests.harness.service import Service

PATH = "/users/me/activity"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:141.0) Gecko/20100101 Firefox/141.0"


async def _activity(account: Account, **query: str) -> list[dict[str, Any]]:
    answer = await account.client.get(PATH, params={"limit": "100", **query})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_sign_ins_refusals_and_changes_are_shown_newest_first(service: Service, accounts: Accounts) -> None:
    person = await accounts.sign_up()
    person.client.headers["User-Agent"] = FIREFOX
    await person.client.post("/auth/login", json={"login": person.email, "password": "Wrong-Lantern-12"})
    assert (await person.client.get("/roles")).status_code == 403
    assert (await person.client.patch("/users/me", json={"full_name": "Another Body"})).status_code == 200
    await take_due(service.services)
    shown = await _activity(person)
    assert [(one["event"], one["by"]) for one in shown] == [
        ("account.changed", "SELF"),
        ("access.denied", "SELF"),
        ("session.refused", "NOBODY"),
        ("session.started", "SELF"),
        ("account.verified", "SELF"),
    ]
    assert {(one["device"], one["address"]) for one in shown[:3]} == {("Firefox on Windows", "127.0.0.1")}


async def test_staff_is_not_named_and_not_located(service: Service, accounts: Accounts) -> None:
    person = await accounts.make()
    staff = await accounts.staff()
    user_id, staff_id = [UUID((await who.client.get("/users/me")).json()["id"]) for who in (person, staff)]
    office = AnonymousClient(address="192.0.2.77", user_agent=FIREFOX, request_id="by-staff")
    async with service.services.database.begin() as tx:
        await audit.record(tx, "account.reviewed", office, actor_id=staff_id, subject=("user", user_id))
    newest = (await _activity(person))[0]
    assert newest["event"] == "account.reviewed"
    assert (newest["by"], newest["device"], newest["address"]) == ("SOMEBODY_ELSE", None, None)
    assert str(staff_id) not in str(await _activity(person))


async def test_nobody_sees_what_is_not_about_them(accounts: Accounts) -> None:
    one, other = await accounts.make(), await accounts.make()
    ids = [{event["id"] for event in await _activity(who)} for who in (one, other)]
    assert ids[0].isdisjoint(ids[1])


async def test_it_comes_in_pages_and_is_counted(accounts: Accounts) -> None:
    person = await accounts.make()
    await accounts.login(person)
    whole = [one["id"] for one in await _activity(person)]
    found: list[str] = []
    query = {"limit": "2", "include_total": "true"}
    while True:
        page = (await person.client.get(PATH, params=query)).json()
        assert page["total"] == len(whole)
        found += [one["id"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert found == whole
    stranger = await accounts.make()
    assert_problem(await stranger.client.get(PATH, params=query), 422, "invalid-cursor")


async def test_what_happened_before_the_verification_stays_out_for_good(
    client: httpx.AsyncClient, accounts: Accounts, inbox: Inbox
) -> None:
    """Whoever registers somebody else's address would read from where its owner came."""
    squatter = await accounts.register()
    body = {"login": squatter.email, "password": "Wrong-Lantern-12"}
    await client.post("/auth/login", json=body, headers={"User-Agent": FIREFOX})
    await client.post("/auth/reset-password", json={"email": squatter.email}, headers={"User-Agent": FIREFOX})
    reset = {"token": (await inbox.wait_for(squatter.email, "reset")).token, "new_password": "Birch-Window-77"}
    assert (await client.post("/auth/reset-password/confirm", json=reset)).status_code == 204
    squatter.password = "Birch-Window-77"
    await accounts.login(squatter)

    shown = await _activity(squatter)
    assert {one["event"] for one in shown} == {"password.reset", "account.verified", "session.started"}
    page = (await squatter.client.get(PATH, params={"include_total": "true"})).json()
    assert page["total"] == len(shown)
    export = (await squatter.client.get("/users/me/export")).json()
    assert {one["event"] for one in export["activity"]} == {one["event"] for one in shown} | {"account.exported"}
    assert FIREFOX not in str(export["activity_origins"])
