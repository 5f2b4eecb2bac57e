"""One's own account is read, replaced and merged, within what an owner may change."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from tests.harness.accounts import unique
from tests.harness.client import assert_problem
from tests.identity.database_inspection import rows

if TYPE_CHECKING:
    import httpx

    from tests.harness.accounts import Account, Accounts
    from tests.harness.service import Service


@pytest.fixture
async def owner(accounts: Accounts) -> Account:
    return await accounts.make()


async def test_it_is_all_that_the_owner_gave(owner: Account) -> None:
    account = (await owner.client.get("/users/me")).json()

    assert (account["email"], account["username"], account["full_name"]) == (owner.email, owner.username, "Some Body")
    assert (account["phone"], account["locale"], account["roles"]) == (None, "en", ["HOMEOWNER"])
    assert (account["state"], account["email_verified"], account["has_password"]) == ("ACTIVE", True, True)


async def test_put_clears_what_is_left_out(owner: Account) -> None:
    full = {"full_name": "Hannah Homeowner", "username": owner.username, "phone": "+15035550100", "locale": "en-US"}
    first = await owner.client.put("/users/me", json=full)
    assert {name: first.json()[name] for name in full} == full

    least = await owner.client.put("/users/me", json={"full_name": "Hannah Homeowner", "locale": "de"})
    assert (least.json()["username"], least.json()["phone"], least.json()["locale"]) == (None, None, "de")
    assert least.headers["ETag"] != first.headers["ETag"]
    by_name = await owner.client.post("/auth/login", json={"login": owner.username, "password": owner.password})
    assert_problem(by_name, 401, "invalid-credentials")


@pytest.mark.parametrize("media_type", ["application/merge-patch+json", "application/json"])
async def test_patch_keeps_what_is_absent_and_clears_what_is_null(owner: Account, media_type: str) -> None:
    headers = {"Content-Type": media_type}
    await owner.client.patch("/users/me", content=b'{"phone": "+15035550100"}', headers=headers)
    kept = (await owner.client.patch("/users/me", content=b'{"full_name": "Other Name"}', headers=headers)).json()
    assert (kept["phone"], kept["full_name"], kept["username"]) == ("+15035550100", "Other Name", owner.username)

    cleared = (await owner.client.patch("/users/me", content=b'{"phone": null}', headers=headers)).json()
    assert (cleared["phone"], cleared["full_name"]) == (None, "Other Name")


@pytest.mark.parametrize("body", [{"full_name": None}, {"locale": None}])
async def test_required_members_cannot_be_cleared(owner: Account, body: dict[str, object]) -> None:
    assert_problem(await owner.client.patch("/users/me", json=body), 422, "validation-failed")


async def test_a_patch_that_changes_nothing_keeps_the_version(owner: Account) -> None:
    before = await owner.client.get("/users/me")
    after = await owner.client.patch("/users/me", json={"full_name": "Some Body"})

    assert after.headers["ETag"] == before.headers["ETag"]
    assert after.json() == before.json()


async def test_etags_guard_reads_and_writes(owner: Account) -> None:
    first = await owner.client.get("/users/me")
    tag = first.headers["ETag"]
    assert (await owner.client.get("/users/me", headers={"If-None-Match": tag})).status_code == 304

    changed = await owner.client.patch("/users/me", json={"full_name": "New Name"}, headers={"If-Match": tag})
    assert changed.status_code == 200
    stale = await owner.client.patch("/users/me", json={"full_name": "Lost Name"}, headers={"If-Match": tag})
    assert_problem(stale, 412, "precondition-failed")
    malformed = await owner.client.patch("/users/me", json={"full_name": "Lost Name"}, headers={"If-Match": "1"})
    assert_problem(malformed, 400, "malformed-request")
    everyone = await owner.client.put(
        "/users/me", json={"full_name": "Any Name", "locale": "en"}, headers={"If-Match": "*"}
    )
    assert everyone.status_code == 200
    assert (await owner.client.get("/users/me", headers={"If-None-Match": tag})).json()["full_name"] == "Any Name"


@pytest.mark.both_engines
async def test_of_writes_with_one_tag_at_once_one_wins(owner: Account) -> None:
    tag = (await owner.client.get("/users/me")).headers["ETag"]
    names = [f"Name {number}" for number in range(10)]
    requests = [owner.client.patch("/users/me", json={"full_name": n}, headers={"If-Match": tag}) for n in names]
    answers = await asyncio.gather(*requests)

    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 9
    winner = next(answer for answer in answers if answer.status_code == 200)
    assert (await owner.client.get("/users/me")).json() == winner.json()


@pytest.mark.parametrize("member", ["email", "roles", "state", "email_verified", "id", "version", "password"])
async def test_privileged_members_are_refused(owner: Account, member: str) -> None:
    before = (await owner.client.get("/users/me")).json()
    for method, least in (("PATCH", {}), ("PUT", {"full_name": "Some Body", "locale": "en"})):
        body = {**least, member: before.get(member, "x")}
        assert_problem(await owner.client.request(method, "/users/me", json=body), 422, "validation-failed")
    assert (await owner.client.get("/users/me")).json() == before


async def test_a_username_is_taken_in_any_case(owner: Account, accounts: Accounts) -> None:
    other = await accounts.homeowner()
    for method, more in (("PATCH", {}), ("PUT", {"full_name": "Some Body", "locale": "en"})):
        body = {**more, "username": other.username.upper()}
        problem = assert_problem(await owner.client.request(method, "/users/me", json=body), 409, "username-taken")
        assert problem["errors"][0]["pointer"] == "/username"

    respelt = await owner.client.patch("/users/me", json={"username": owner.username.upper()})
    assert respelt.json()["username"] == owner.username.upper(), "one's own may be spelt anew"


@pytest.mark.both_engines
async def test_of_many_who_want_a_username_at_once_one_gets_it(accounts: Accounts) -> None:
    people = [await accounts.make() for _ in range(6)]
    wanted = unique("wanted")
    answers = await asyncio.gather(*(p.client.patch("/users/me", json={"username": wanted}) for p in people))

    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5


@pytest.mark.both_engines
async def test_a_change_is_on_record_by_member_and_without_its_values(owner: Account, service: Service) -> None:
    answer = await owner.client.patch("/users/me", json={"full_name": "New Name", "phone": "+15035550100"})
    found = await rows(
        service,
        "SELECT event, actor_id, data FROM operations.audit_events WHERE request_id = :request",
        request=answer.headers["Request-Id"],
    )

    assert [row["event"] for row in found] == ["account.changed"]
    assert UUID(str(found[0]["actor_id"])) == UUID(answer.json()["id"])
    data = str(found[0]["data"])
    assert "full_name" in data
    assert "phone" in data
    assert "New Name" not in data


async def test_strangers_see_nothing(client: httpx.AsyncClient) -> None:
    assert_problem(await client.get("/users/me"), 401, "unauthenticated")
    assert_problem(await client.put("/users/me", content=b"{"), 401, "unauthenticated")
