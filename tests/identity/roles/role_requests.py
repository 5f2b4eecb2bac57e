"""Requests that tests of roles share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import httpx

from tests.harness.accounts import Account, Accounts, unique

ANY = {"If-Match": "*"}
PROBLEMS = "https://api.hestami.ai/problems/"


def role_name() -> str:
    """Return a name that no other test uses."""
    return unique("ROLE_").upper()


def body(*permissions: str, inherits: Iterable[str] = (), name: str | None = None) -> dict[str, Any]:
    """Return the definition of a role."""
    return {
        "name": name or role_name(),
        "description": "Made for a test.",
        "inherits": sorted(inherits),
        "permissions": sorted(permissions),
    }


def change(role: dict[str, Any], *permissions: str, inherits: Iterable[str] = ()) -> dict[str, Any]:
    """Return what would replace the role's definition."""
    return {"description": role["description"], "inherits": sorted(inherits), "permissions": sorted(permissions)}


async def define(by: Account, *permissions: str, inherits: Iterable[str] = ()) -> dict[str, Any]:
    """Define a role and return it."""
    answer = await by.client.post("/roles", json=body(*permissions, inherits=inherits))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def replace(by: Account, role: dict[str, Any], *permissions: str, inherits: Iterable[str] = ()) -> httpx.Response:
    """Give a role another meaning."""
    return await by.client.put(f"/roles/{role['id']}", json=change(role, *permissions, inherits=inherits), headers=ANY)


async def give(by: Account, to: Account, *names: str) -> httpx.Response:
    """Set the roles of somebody."""
    return await by.client.put(f"/users/{await id_of(to)}/roles", json={"roles": names}, headers=ANY)


async def id_of(account: Account) -> str:
    """Return the id of somebody's account."""
    return str((await account.client.get("/users/me")).json()["id"])


async def permissions_of(account: Account) -> set[str]:
    """Return what somebody may do, as the service tells them, with the token that they have."""
    return set((await account.client.get("/auth/me")).json()["permissions"])


async def staff_with(accounts: Accounts, *permissions: str) -> Account:
    """Hire somebody who may do exactly this."""
    role = await define(await accounts.staff(), *permissions)
    return await accounts.hire(role["name"])


def refused(answer: httpx.Response) -> tuple[int, str]:
    """Return status and type of a refusal."""
    return answer.status_code, str(answer.json()["type"]).removeprefix(PROBLEMS)
