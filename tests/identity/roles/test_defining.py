"""Staff define roles of possible permissions, change them, and delete them."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from impl.identity.roles.service import DEPTH_MAX
from tests.contract.contract_operations import permissions_of as contract_permissions_of
from tests.contract.contract_operations import section
from tests.harness.accounts import Accounts
from tests.identity.roles.role_requests import (
    ANY,
    body,
    change,
    define,
    give,
    id_of,
    permissions_of,
    refused,
    replace,
    staff_with,
)

_MODERATOR = "/roles/01980000-0000-7000-8000-000000000004"


async def test_every_permission_of_the_contract_is_somebodys_to_have(accounts: Accounts) -> None:
    admin = await accounts.staff()
    items = (await admin.client.get("/permissions")).json()["items"]
    assert {item["name"]: item["description"] for item in items} == dict(section("x-permission-catalogue"))
    for_staff = {item["name"] for item in items if item["for_staff"]}
    others = contract_permissions_of("HOMEOWNER") | contract_permissions_of("SERVICE_PROVIDER")
    assert for_staff == contract_permissions_of("STAFF_ADMIN")
    assert for_staff | others == set(section("x-permission-catalogue")), "a permission that no role can ever have"
    assert await permissions_of(admin) == for_staff


async def test_a_role_permits_what_it_inherits_too(accounts: Accounts) -> None:
    admin = await accounts.staff()
    answer = await admin.client.post("/roles", json=body("audit:read", inherits=["STAFF_MODERATOR"]))
    role = answer.json()
    assert answer.headers["Location"].endswith(f"/roles/{role['id']}")
    assert role["permissions"] == ["audit:read"]
    assert set(role["effective_permissions"]) == {"audit:read", *contract_permissions_of("STAFF_MODERATOR")}
    read = await admin.client.get(f"/roles/{role['id']}")
    assert (read.json(), read.headers["ETag"]) == (role, answer.headers["ETag"])


async def test_a_changed_role_counts_with_the_next_request_of_its_holders(accounts: Accounts) -> None:
    admin = await accounts.staff()
    parent = await define(admin, "account:read")
    child = await define(admin, "audit:read", inherits=[parent["name"]])
    holder = await accounts.hire(child["name"])
    before = (await admin.client.get(f"/roles/{child['id']}")).headers["ETag"]
    assert await permissions_of(holder) == {"account:read", "audit:read"}
    assert (await holder.client.get("/roles")).status_code == 403

    assert (await replace(admin, parent, "role:read")).status_code == 200
    assert await permissions_of(holder) == {"role:read", "audit:read"}
    assert (await holder.client.get("/roles")).status_code == 200
    after = await admin.client.get(f"/roles/{child['id']}", headers={"If-None-Match": before})
    assert (after.status_code, set(after.json()["effective_permissions"])) == (200, {"role:read", "audit:read"})


async def test_replacing_with_the_same_changes_nothing(accounts: Accounts) -> None:
    admin = await accounts.staff()
    role = await define(admin, "account:read")
    again = await replace(admin, role, "account:read")
    assert (again.json(), again.headers["ETag"]) == (role, '"1"')


@pytest.mark.parametrize(
    ("wrong", "pointer", "code"),
    [
        ({"permissions": ["account:read", "house:burn"]}, "/permissions/1", "permission_unknown"),
        ({"permissions": ["property:read"]}, "/permissions/0", "permission_not_for_staff"),
        ({"permissions": ["service:write"]}, "/permissions/0", "permission_not_for_staff"),
        ({"inherits": ["STAFF_NOBODY"]}, "/inherits/0", "role_unknown"),
        ({"inherits": ["STAFF_SUPPORT", "HOMEOWNER"]}, "/inherits/1", "role_not_for_staff"),
        ({"inherits": ["SERVICE_PROVIDER"]}, "/inherits/0", "role_not_for_staff"),
    ],
)
async def test_what_no_role_of_staff_may_have(
    accounts: Accounts, wrong: dict[str, Any], pointer: str, code: str
) -> None:
    both = await accounts.hire("STAFF_ADMIN", "HOMEOWNER", "SERVICE_PROVIDER")  # who has all of these themselves
    role = await define(both)
    for answer in (
        await both.client.post("/roles", json={**body(), **wrong}),
        await both.client.put(f"/roles/{role['id']}", json={**change(role), **wrong}, headers=ANY),
    ):
        assert refused(answer) == (422, "role-refused")
        assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(pointer, code)]


async def test_no_role_inherits_from_itself(accounts: Accounts) -> None:
    admin = await accounts.staff()
    first = await define(admin)
    second = await define(admin, inherits=[first["name"]])
    third = await define(admin, inherits=[second["name"]])
    for other in (first, second, third):
        answer = await replace(admin, first, inherits=[other["name"]])
        assert refused(answer) == (422, "role-refused")
        assert answer.json()["errors"][0]["code"] == "role_cycle"


@pytest.mark.both_engines
async def test_two_changes_at_once_make_no_circle(accounts: Accounts) -> None:
    admin = await accounts.staff()
    for _ in range(4):
        one, other = await define(admin), await define(admin)
        answers = await asyncio.gather(
            replace(admin, one, inherits=[other["name"]]), replace(admin, other, inherits=[one["name"]])
        )
        assert sorted(answer.status_code for answer in answers) == [200, 422]


async def test_chains_have_an_end(accounts: Accounts) -> None:
    admin = await accounts.staff()
    chain = [await define(admin)]
    while len(chain) < DEPTH_MAX:
        chain.append(await define(admin, inherits=[chain[-1]["name"]]))
    longer = await admin.client.post("/roles", json=body(inherits=[chain[-1]["name"]]))
    assert longer.json()["errors"][0]["code"] == "role_too_deep"
    below = await replace(admin, chain[0], inherits=["STAFF_SUPPORT"])
    assert below.json()["errors"][0]["code"] == "role_too_deep", "the roles below are lifted with it"


async def test_built_in_roles_stay_as_they_are(accounts: Accounts) -> None:
    admin = await accounts.staff()
    role = (await admin.client.get(_MODERATOR)).json()
    assert role["built_in"]
    changed = await admin.client.put(_MODERATOR, json=change(role, "account:read"), headers=ANY)
    assert refused(changed) == (409, "built-in-role")
    assert refused(await admin.client.delete(_MODERATOR, headers=ANY)) == (409, "built-in-role")
    assert (await admin.client.get(_MODERATOR)).json() == role


@pytest.mark.parametrize("name", ["STAFF_ADMIN", "HOMEOWNER"])
async def test_a_taken_name_is_409(accounts: Accounts, name: str) -> None:
    admin = await accounts.staff()
    assert refused(await admin.client.post("/roles", json=body(name=name))) == (409, "role-name-taken")
    own = body()
    assert (await admin.client.post("/roles", json=own)).status_code == 201
    assert refused(await admin.client.post("/roles", json=own)) == (409, "role-name-taken")


async def test_a_role_in_use_stays(accounts: Accounts) -> None:
    admin, person = await accounts.staff(), await accounts.make()
    parent = await define(admin, "account:read")
    child = await define(admin, inherits=[parent["name"]])
    assert (await give(admin, person, child["name"])).status_code == 200
    for role in (parent, child):
        answer = await admin.client.delete(f"/roles/{role['id']}", headers=ANY)
        assert refused(answer) == (409, "role-in-use")
    await give(admin, person)
    for role in (child, parent):
        assert (await admin.client.delete(f"/roles/{role['id']}", headers=ANY)).status_code == 204
        assert (await admin.client.get(f"/roles/{role['id']}")).status_code == 404
    assert (await admin.client.post("/roles", json=body(name=child["name"]))).status_code == 201


async def test_changes_say_which_version_they_mean(accounts: Accounts) -> None:
    admin, person = await accounts.staff(), await accounts.make()
    role = await define(admin)
    path, roles = f"/roles/{role['id']}", f"/users/{await id_of(person)}/roles"
    for answer in (
        await admin.client.put(path, json=change(role)),
        await admin.client.delete(path),
        await admin.client.put(roles, json={"roles": []}),
    ):
        assert refused(answer) == (428, "precondition-required")
    seen = {"If-Match": '"1"'}
    assert (await admin.client.put(path, json=change(role, "audit:read"), headers=seen)).status_code == 200
    assert refused(await admin.client.put(path, json=change(role), headers=seen)) == (412, "precondition-failed")


async def test_refusals_have_the_order_of_the_contract(accounts: Accounts) -> None:
    """What is wrong with the request itself; that there is no such role, that it is above, its version, its state."""
    admin = await accounts.staff()
    lead = await staff_with(accounts, "role:read", "role:write")
    role, nowhere = await define(admin, "audit:read"), f"/roles/{uuid4()}"
    path, wrong, above = f"/roles/{role['id']}", change(role, "house:burn"), change(role, "audit:read")
    stale = {"If-Match": '"9"'}
    told = [
        refused(await lead.client.put(nowhere, json=wrong, headers=stale)),
        refused(await lead.client.put(nowhere, json=above, headers=stale)),
        refused(await lead.client.put(path, json=above, headers=stale)),
        refused(await lead.client.delete(path, headers=stale)),
        refused(await admin.client.put(path, json=above)),
        refused(await admin.client.put(_MODERATOR, json=above, headers=stale)),
        refused(await admin.client.put(_MODERATOR, json=above, headers=ANY)),
        refused(await lead.client.post("/roles", json=body("house:burn", name="STAFF_ADMIN"))),
        refused(await lead.client.post("/roles", json=body("audit:read", name="STAFF_ADMIN"))),
    ]
    assert told == [
        (422, "role-refused"),
        (404, "not-found"),
        (403, "exceeds-own-permissions"),
        (403, "exceeds-own-permissions"),
        (428, "precondition-required"),
        (412, "precondition-failed"),
        (409, "built-in-role"),
        (422, "role-refused"),
        (403, "exceeds-own-permissions"),
    ]


@pytest.mark.both_engines
async def test_pages_hold_every_role_once(accounts: Accounts) -> None:
    admin = await accounts.staff()
    made = [await define(admin, "account:read") for _ in range(3)]
    seen: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": 2, "include_total": "true"}
    total = None
    while True:
        page = (await admin.client.get("/roles", params=query)).json()
        seen += page["items"]
        total = total or page["total"]
        if page["next_cursor"] is None:
            break
        query = {"limit": 2, "cursor": page["next_cursor"]}
    names = [role["name"] for role in seen]
    assert names == sorted(set(names))
    assert {"STAFF_ADMIN", "HOMEOWNER", *(role["name"] for role in made)} <= set(names)
    assert len(names) == total
