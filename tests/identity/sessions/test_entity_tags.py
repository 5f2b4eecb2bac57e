"""Signing in changes sessions and no account: what was read before is still current, whichever way one comes in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.harness.oauth_sign_in import signing_in
from tests.harness.openid import Person
from tests.harness.settings import CLIENT
from tests.identity.mfa.mfa_flows import enrol, first_step, second_step
from tests.identity.roles.role_requests import id_of

if TYPE_CHECKING:
    import httpx

    from tests.harness.accounts import Account, Accounts
    from tests.harness.clock import MovableClock
    from tests.harness.service import Service


async def _tag(account: Account) -> str:
    return (await account.client.get("/users/me")).headers["ETag"]


async def _is_current(client: httpx.AsyncClient, access_token: str, tag: str) -> bool:
    """Return whether the tag is that of the account, in both of its uses."""
    bearer = {"Authorization": f"Bearer {access_token}"}
    read = await client.get("/users/me", headers={**bearer, "If-None-Match": tag})
    changed = await client.patch("/users/me", json={}, headers={**bearer, "If-Match": tag})
    return (read.status_code, changed.status_code) == (304, 200)


async def test_a_login_and_a_refresh(client: httpx.AsyncClient, accounts: Accounts) -> None:
    owner, staff = await accounts.make(), await accounts.staff()
    tag, path = await _tag(owner), f"/users/{await id_of(owner)}"
    seen = await staff.client.get(path)
    await accounts.login(owner)
    assert await _is_current(client, owner.access_token, tag)
    owner.take(await client.post("/auth/refresh", json={"refresh_token": owner.refresh_token}))
    assert await _is_current(client, owner.access_token, tag)
    again = await staff.client.get(path)
    assert (again.headers["ETag"] == seen.headers["ETag"]) == (again.json() == seen.json())


async def test_a_second_factor(client: httpx.AsyncClient, accounts: Accounts, clock: MovableClock) -> None:
    enrolled = await enrol(await accounts.make(), clock)
    tag = await _tag(enrolled.account)
    challenge = await first_step(client, enrolled.account)
    answer = await second_step(client, challenge, enrolled.recovery())
    assert answer.status_code == 200, answer.text
    assert await _is_current(client, answer.json()["access_token"], tag)


async def test_a_provider_whose_code_is_traded(service: Service, accounts: Accounts) -> None:
    owner, person = await accounts.make(), Person()
    async with signing_in(service) as sign_in:
        await sign_in.linked(person, {"Authorization": f"Bearer {owner.access_token}"})
    tag = await _tag(owner)
    async with signing_in(service) as sign_in:
        answer = await sign_in.token((await sign_in.back(person))["code"])
        assert answer.status_code == 200, answer.text
        assert await _is_current(sign_in.client, answer.json()["access_token"], tag)
        form = {"grant_type": "refresh_token", "refresh_token": answer.json()["refresh_token"], "client_id": CLIENT}
        refreshed = await sign_in.client.post("/auth/token", data=form)
        assert refreshed.status_code == 200, refreshed.text
        assert await _is_current(sign_in.client, refreshed.json()["access_token"], tag)
