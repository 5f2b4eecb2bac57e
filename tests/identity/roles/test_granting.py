"""Staff grant roles within their own permissions, with effect on the next request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from impl.kernel.caller import AnonymousClient
from tests.harness.accounts import Accounts
from tests.harness.databases import Databases, Engine
from tests.harness.service import Service, run_service
from tests.identity.database_inspection import rows, statements
from tests.identity.roles.role_requests import (
    ANY,
    body,
    define,
    give,
    id_of,
    permissions_of,
    refused,
    replace,
    staff_with,
)

_ANONYMOUS = AnonymousClient(address="203.0.113.9", user_agent="a browser", request_id="request")


@pytest.mark.both_engines
async def test_a_given_role_counts_with_the_next_request(service: Service, accounts: Accounts) -> None:
    admin, person = await accounts.staff(), await accounts.make()
    before = await person.client.get("/users/me")
    path = f"/users/{before.json()['id']}/roles"
    shown = await admin.client.get(path)
    assert [(role["name"], role["granted_by"]) for role in shown.json()["roles"]] == [("HOMEOWNER", None)]
    assert shown.headers["ETag"] == before.headers["ETag"]

    roles = {"roles": ["STAFF_SUPPORT", "HOMEOWNER", "STAFF_SUPPORT"]}
    answer = await admin.client.put(path, json=roles, headers={"If-Match": before.headers["ETag"]})
    given_by = [(role["name"], role["granted_by"]) for role in answer.json()["roles"]]
    assert given_by == [("HOMEOWNER", None), ("STAFF_SUPPORT", await id_of(admin))]
    assert {"account:read", "property:read"} <= await permissions_of(person)
    after = await person.client.get("/users/me")
    assert after.json()["roles"] == ["HOMEOWNER", "STAFF_SUPPORT"]
    assert after.headers["ETag"] == answer.headers["ETag"] != before.headers["ETag"]
    events = await rows(
        service,
        "SELECT data FROM operations.audit_events WHERE request_id = :id",
        id=answer.headers["Request-Id"],
    )
    assert "STAFF_SUPPORT" in str(events[0]["data"])

    assert (await give(admin, person, "HOMEOWNER")).status_code == 200
    assert "account:read" not in await permissions_of(person)


async def test_nobody_gives_more_than_they_have(accounts: Accounts) -> None:
    admin, person = await accounts.staff(), await accounts.make()
    lead = await staff_with(accounts, "role:read", "role:write", "account:read")
    more, less = await define(admin, "audit:read"), await define(admin, "account:read")
    above = await define(admin, inherits=["STAFF_ADMIN"])
    for name in ("STAFF_ADMIN", "STAFF_MODERATOR", more["name"], above["name"]):
        answer = await give(lead, person, "HOMEOWNER", name)
        assert refused(answer) == (403, "exceeds-own-permissions"), name
        assert refused(await give(lead, lead, lead.role, name)) == (403, "exceeds-own-permissions"), "to oneself"
    assert await permissions_of(lead) == {"role:read", "role:write", "account:read"}
    assert (await give(lead, person, "HOMEOWNER", "SERVICE_PROVIDER", less["name"])).status_code == 200


async def test_nobody_defines_more_than_they_have(accounts: Accounts) -> None:
    admin = await accounts.staff()
    held = await define(admin, "role:read", "role:write", "account:read")
    lead = await accounts.hire(held["name"])
    more, less = await define(admin, "audit:read"), await define(admin, "account:read")
    for answer in (
        await lead.client.post("/roles", json=body("audit:read")),
        await lead.client.post("/roles", json=body(inherits=["STAFF_MODERATOR"])),
        await lead.client.post("/roles", json=body(inherits=[more["name"]])),
        await replace(lead, held, "role:read", "role:write", "account:read", "audit:read"),
        await replace(lead, held, "role:read", "role:write", inherits=["STAFF_ADMIN"]),
        await replace(lead, less, inherits=[more["name"]]),
        await replace(lead, more, "account:read"),  # to take from others is above oneself, too
        await lead.client.delete(f"/roles/{more['id']}", headers=ANY),
    ):
        assert refused(answer) == (403, "exceeds-own-permissions"), answer.request.content
    assert (await lead.client.post("/roles", json=body("role:read", inherits=[less["name"]]))).status_code == 201


async def test_nobody_changes_the_roles_of_somebody_above(accounts: Accounts) -> None:
    lead = await staff_with(accounts, "role:read", "role:write", "account:read")
    boss = await accounts.hire("STAFF_ADMIN")
    assert refused(await give(lead, boss)) == (403, "exceeds-own-permissions")
    assert "role:write" in await permissions_of(boss)


async def test_an_unknown_role_is_422_and_named(accounts: Accounts) -> None:
    admin, person = await accounts.staff(), await accounts.make()
    answer = await give(admin, person, "HOMEOWNER", "STAFF_NOBODY")
    assert refused(answer) == (422, "unknown-role")
    assert answer.json()["errors"] == [
        {"pointer": "/roles/1", "code": "role_unknown", "detail": "There is no role of this name."}
    ]


async def test_refusals_have_the_order_of_the_contract(accounts: Accounts) -> None:
    """What is wrong with the request itself, then that there is no such account, that it is above, its version."""
    person = await accounts.hire("HOMEOWNER")
    lead = await staff_with(accounts, "role:read", "role:write")
    path, nowhere, stale = f"/users/{await id_of(person)}/roles", f"/users/{uuid4()}/roles", {"If-Match": '"99"'}
    unknown, above, fine = ({"roles": [name]} for name in ("STAFF_NOBODY", "STAFF_ADMIN", "HOMEOWNER"))
    told = [
        refused(await lead.client.put(nowhere, json=unknown, headers=stale)),
        refused(await lead.client.put(nowhere, json=above, headers=stale)),
        refused(await lead.client.put(path, json=above, headers=stale)),
        refused(await lead.client.put(path, json=fine)),
        refused(await lead.client.put(path, json=fine, headers=stale)),
    ]
    assert told == [
        (422, "unknown-role"),
        (404, "not-found"),
        (403, "exceeds-own-permissions"),
        (428, "precondition-required"),
        (412, "precondition-failed"),
    ]


async def test_another_instance_learns_of_a_changed_role(service: Service, accounts: Accounts) -> None:
    admin = await accounts.staff()
    role = await define(admin, "account:read")
    holder = await accounts.hire(role["name"])
    elsewhere = (
        service.services.identity.sessions
    )  # an assembly of its own over the same database, as another process has
    caller = await elsewhere.authenticate(holder.access_token, _ANONYMOUS)
    assert caller.permissions == await permissions_of(holder) == {"account:read"}

    assert (await replace(admin, role, "audit:read")).status_code == 200
    said = await statements(lambda: elsewhere.authenticate(holder.access_token, _ANONYMOUS))
    # The reader of PostgreSQL is not heard here; on SQLite: the check, and the roles anew because their version rose.
    assert len(said) == (2 if service.engine == "sqlite" else 0)
    caller = await elsewhere.authenticate(holder.access_token, _ANONYMOUS)
    assert caller.permissions == await permissions_of(holder) == {"audit:read"}
    said = await statements(lambda: elsewhere.authenticate(holder.access_token, _ANONYMOUS))
    assert len(said) == (1 if service.engine == "sqlite" else 0), "one read a request, permissions included"


@pytest.fixture
async def fresh_service(databases: Databases, engine: Engine, worker_id: str) -> AsyncIterator[Service]:
    """Serve where nobody is an administrator yet."""
    async with run_service(databases, engine, f"roles_{worker_id}") as live:
        yield live


@pytest.mark.both_engines
async def test_two_administrators_who_demote_each_other_leave_one(fresh_service: Service) -> None:
    accounts = Accounts(fresh_service)
    one, other = await accounts.hire("STAFF_ADMIN"), await accounts.hire("STAFF_ADMIN")
    for _ in range(4):
        answers = await asyncio.gather(give(one, other, "STAFF_SUPPORT"), give(other, one, "STAFF_SUPPORT"))
        assert sorted(answer.status_code == 200 for answer in answers) == [False, True]
        # The slower one is refused at the door, behind the lock, or as the last of them, as it comes.
        loser = next(answer for answer in answers if answer.status_code != 200)
        assert refused(loser) in {(403, "forbidden"), (403, "exceeds-own-permissions"), (409, "last-admin")}
        stayed, gone = (one, other) if answers[0].status_code == 200 else (other, one)
        assert refused(await give(stayed, stayed)) == (409, "last-admin")
        assert (await give(stayed, gone, "STAFF_ADMIN")).status_code == 200
    await accounts.close()
