"""Roles can require a second factor; without it their holders can do no more than enrol it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.contract.contract_operations import OPERATIONS, PROBLEMS, needs, resolve, responses
from tests.harness.accounts import Accounts
from tests.harness.client import assert_problem
from tests.harness.service import run_service
from tests.identity.database_inspection import account_row, rows
from tests.identity.mfa.mfa_flows import enrol, first_step, second_step

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from tests.harness.databases import Databases, Engine
    from tests.harness.inbox import Inbox
    from tests.harness.service import Service
    from tests.identity.mfa.mfa_flows import Enrolled


@pytest.fixture(scope="module")
async def strict(databases: Databases, engine: Engine, worker_id: str) -> AsyncIterator[Service]:
    """Start a service that requires a second factor of all staff."""
    async with run_service(databases, engine, f"strict_{worker_id}", mfa_required_roles="STAFF_SUPPORT") as running:
        yield running


@pytest.fixture
async def strict_accounts(strict: Service) -> AsyncIterator[Accounts]:
    made = Accounts(strict)
    yield made
    await made.close()


async def test_permissions_are_withheld_until_it_is_switched_on(strict: Service, strict_accounts: Accounts) -> None:
    admin = await strict_accounts.staff("STAFF_ADMIN")
    assert_problem(await admin.client.get("/roles"), 403, "mfa-enrolment-required")
    me = (await admin.client.get("/auth/me")).json()
    assert (me["roles"], me["permissions"]) == (["STAFF_ADMIN"], [])
    assert (await admin.client.get("/users/me")).status_code == 200
    assert (await admin.client.get("/users/me/mfa")).json()["required"] is True

    enrolled = await enrol(admin, strict.clock)
    assert (await admin.client.get("/roles")).status_code == 200, "with the next request, in the same session"
    assert "role:read" in (await admin.client.get("/auth/me")).json()["permissions"]

    body = {"proof": enrolled.totp()}
    assert (await admin.client.post("/users/me/mfa/totp/disable", json=body)).status_code == 204
    assert_problem(await admin.client.get("/roles"), 403, "mfa-enrolment-required")


async def test_nobody_else_is_asked_for_it(strict_accounts: Accounts) -> None:
    owner = await strict_accounts.make()

    assert (await owner.client.get("/users/me/mfa")).json()["required"] is False
    assert (await owner.client.get("/homeowners/properties")).status_code == 200


def test_every_operation_with_a_permission_says_so() -> None:
    for operation in (found for found in OPERATIONS if needs(found)):
        assert f"{PROBLEMS}mfa-enrolment-required" in json.dumps(resolve(responses(operation)[403])), operation.id


# ---- staff


@pytest.mark.both_engines
async def test_staff_reset_a_second_factor(
    client: httpx.AsyncClient, enrolled: Enrolled, accounts: Accounts, inbox: Inbox, service: Service
) -> None:
    owner, admin = enrolled.account, await accounts.staff("STAFF_ADMIN")
    user = await account_row(service, owner.email)
    pending = await first_step(client, owner)
    assert (await admin.client.post(f"/users/{user['id']}/mfa/reset")).status_code == 204

    assert_problem(await owner.client.get("/users/me"), 401, "invalid-token")
    assert_problem(await second_step(client, pending, enrolled.totp()), 401, "invalid-mfa-token")
    await accounts.login(owner)
    await inbox.wait_for(owner.email, "second factor was reset")
    assert_problem(await admin.client.post(f"/users/{user['id']}/mfa/reset"), 409, "mfa-not-enrolled")
    sql = "SELECT event FROM operations.audit_events WHERE subject_id = :id AND event = 'mfa.reset'"
    assert len(await rows(service, sql, id=user["id"])) == 1
    assert (await enrol(owner, service.clock)).codes, "it can be switched on again"


async def test_nobody_resets_that_of_somebody_above(accounts: Accounts, service: Service) -> None:
    admin = await accounts.staff("STAFF_ADMIN")
    role = {
        "name": "ACCOUNT_DESK",
        "description": "Helps people in.",
        "inherits": ["STAFF_SUPPORT"],
        "permissions": ["account:write"],
    }
    made = await admin.client.post("/roles", json=role)
    assert made.status_code in {201, 409}, made.text
    desk = await accounts.make()
    user = await account_row(service, desk.email)
    body = {"roles": ["ACCOUNT_DESK"]}
    given = await admin.client.put(f"/users/{user['id']}/roles", json=body, headers={"If-Match": "*"})
    assert given.status_code == 200, given.text
    above = await account_row(service, admin.email)

    refused = await desk.client.post(f"/users/{above['id']}/mfa/reset")
    assert_problem(refused, 403, "exceeds-own-permissions")
    nobody = await desk.client.post("/users/01980000-0000-7000-8000-00000000dead/mfa/reset")
    assert_problem(nobody, 404, "not-found")
