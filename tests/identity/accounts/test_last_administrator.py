"""Staff with all permissions of an administrator cannot remove the last one, by any operation."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.harness.client import assert_problem
from tests.identity.database_inspection import account_row, rows
from tests.identity.roles.role_requests import ANY, define, give

if TYPE_CHECKING:
    from tests.harness.accounts import Account, Accounts
    from tests.harness.service import Service

_STATES = (
    "UPDATE identity.users SET state = '{}' WHERE state = '{}' AND id <> :id AND id IN "
    "(SELECT user_id FROM identity.user_roles WHERE role_name = 'STAFF_ADMIN')"
)


@pytest.fixture
async def admin(service: Service, accounts: Accounts) -> Account:
    return await accounts.hire("STAFF_ADMIN")


@pytest.fixture
async def deputy(accounts: Accounts, admin: Account) -> Account:
    """Return somebody with all the permissions of an administrator, who is none."""
    deputy = await accounts.make()
    role = await define(admin, inherits=["STAFF_ADMIN"])
    answer = await give(admin, deputy, role["name"])
    assert answer.status_code == 200, answer.text
    return deputy


@pytest.fixture
async def last_admin(service: Service, admin: Account) -> AsyncIterator[str]:
    """Return the id of the only live administrator: the others are suspended for a moment."""
    user_id = (await account_row(service, admin.email))["id"]
    await rows(service, _STATES.format("SUSPENDED", "ACTIVE"), id=user_id)
    yield str(user_id)
    await rows(service, _STATES.format("ACTIVE", "SUSPENDED"), id=user_id)


type Remove = Callable[[httpx.AsyncClient, str], Awaitable[httpx.Response]]


async def _suspend(client: httpx.AsyncClient, user_id: str) -> httpx.Response:
    return await client.post(f"/users/{user_id}/suspend", json={"reason": "Left the company."})


async def _close(client: httpx.AsyncClient, user_id: str) -> httpx.Response:
    return await client.delete(f"/users/{user_id}", headers=ANY)


async def _demote(client: httpx.AsyncClient, user_id: str) -> httpx.Response:
    return await client.put(f"/users/{user_id}/roles", json={"roles": ["STAFF_SUPPORT"]}, headers=ANY)


async def _move(client: httpx.AsyncClient, user_id: str) -> httpx.Response:
    body = {"email": f"{user_id}@example.test", "full_name": "Some Staff", "username": None, "phone": None}
    return await client.put(f"/users/{user_id}", json=body | {"locale": "en"}, headers=ANY)


@pytest.mark.parametrize("remove", [_suspend, _close, _demote, _move])
async def test_the_last_administrator_stays_whatever_is_done_to_them(
    deputy: Account, last_admin: str, admin: Account, remove: Remove
) -> None:
    assert_problem(await remove(deputy.client, last_admin), 409, "last-admin")
    assert (await admin.client.get("/users")).status_code == 200


@pytest.mark.parametrize("remove", [_suspend, _close, _demote, _move])
async def test_an_administrator_who_is_not_the_last_can_be_removed(
    service: Service, accounts: Accounts, admin: Account, deputy: Account, remove: Remove
) -> None:
    await accounts.staff("STAFF_ADMIN")
    user_id = str((await account_row(service, admin.email))["id"])
    assert (await remove(deputy.client, user_id)).status_code in {200, 204}
