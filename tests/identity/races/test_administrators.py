"""Administrators against each other, and against a role: somebody who may stays, and nothing stale is granted."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.harness.accounts import Accounts
from tests.harness.service import run_service
from tests.identity.race_barrier import at_once
from tests.identity.roles.role_requests import ANY, define, give, id_of, permissions_of, refused

if TYPE_CHECKING:
    from tests.harness.accounts import Account
    from tests.harness.databases import Databases, Engine
    from tests.harness.service import Service


type Deed = Callable[[Account, str], Coroutine[Any, Any, httpx.Response]]


async def _demotes(by: Account, user_id: str) -> httpx.Response:
    return await by.client.put(f"/users/{user_id}/roles", json={"roles": ["STAFF_SUPPORT"]}, headers=ANY)


async def _suspends(by: Account, user_id: str) -> httpx.Response:
    return await by.client.post(f"/users/{user_id}/suspend", json={"reason": "A test."})


async def _deletes(by: Account, user_id: str) -> httpx.Response:
    return await by.client.delete(f"/users/{user_id}", headers=ANY)


@pytest.mark.parametrize("deed", [_demotes, _suspends, _deletes])
async def test_two_administrators_against_each_other(
    databases: Databases, engine: Engine, worker_id: str, deed: Deed
) -> None:
    """Where nobody else is one, so that whoever comes second would be the last to go."""
    async with run_service(databases, engine, f"admins_{worker_id}") as alone:
        staff = Accounts(alone)
        pair = [await staff.hire("STAFF_ADMIN") for _ in range(2)]
        ids = [await id_of(account) for account in pair]
        answers = await at_once(alone, "identity.users", deed(pair[0], ids[1]), deed(pair[1], ids[0]))
        assert sorted(answer.is_success for answer in answers) == [False, True]
        loser = next(answer for answer in answers if not answer.is_success)
        # Let in as an administrator, who is none any more when it comes to it; on SQLite perhaps stopped at the door.
        door = {(401, "invalid-token"), (403, "forbidden")} if engine == "sqlite" else set()
        assert refused(loser) in {(403, "exceeds-own-permissions"), *door}
        stayed = pair[0] if answers[0].is_success else pair[1]
        assert "role:write" in await permissions_of(stayed)
        await staff.close()


async def test_a_role_deleted_while_it_is_granted(live: Service, accounts: Accounts, admin: Account) -> None:
    person = await accounts.hire("HOMEOWNER")
    for _ in range(4):
        role = await define(admin, "account:read")
        deleted, given = await at_once(
            live,
            "identity.role_catalogue",
            admin.client.delete(f"/roles/{role['id']}", headers=ANY),
            give(admin, person, "HOMEOWNER", role["name"]),
        )
        held = (await person.client.get("/users/me")).json()["roles"]
        if deleted.status_code == 204:
            assert (refused(given), held) == ((422, "unknown-role"), ["HOMEOWNER"])
        else:
            assert (refused(deleted), given.status_code) == ((409, "role-in-use"), 200)
            assert set(held) == {"HOMEOWNER", role["name"]}
        assert (await give(admin, person, "HOMEOWNER")).status_code == 200
