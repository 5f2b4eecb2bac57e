"""Accounts in every state."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import httpx

from tests.contract.walks import Edge, Walk, World
from tests.harness.accounts import unique
from tests.harness.oauth_sign_in import signing_in
from tests.harness.openid import Person
from tests.marketplace.payloads import Json, ok

_ANY = {"If-Match": "*"}


async def _make(world: World, state: str, edge: Edge | None) -> Json:
    """Return an account in this state, with its id."""
    person = await (world.accounts.register() if state == "PENDING" else world.accounts.make())
    staff = await world.accounts.staff()
    (found,) = ok(await staff.client.get("/users", params={"q": person.email}))["items"]
    account = {"by": person, "id": found["id"]}
    if state == "SUSPENDED":
        ok(await _post("suspend", world, account, state))
        if edge == Edge("reactivateUser", "PENDING"):
            await world.accounts.move(person)
    elif state == "ERASED":
        await _erase(world, account, state)
    return account


async def _post(action: str, world: World, account: Json, _: str) -> httpx.Response:
    staff = await world.accounts.staff()
    body = {"reason": "Complaints."} if action == "suspend" else None
    return await staff.client.post(f"/users/{account['id']}/{action}", json=body)


async def _replace(world: World, account: Json, target: str) -> httpx.Response:
    """Change the name, or the address to one that is to be proved."""
    person, staff = account["by"], await world.accounts.staff()
    email = f"{unique('moved')}@example.test" if target == "PENDING" else person.email
    body = {"email": email, "full_name": "Another Name", "username": person.username, "locale": "en"}
    return await staff.client.put(f"/users/{account['id']}", json=body, headers=_ANY)


async def _verify(world: World, account: Json, _: str) -> httpx.Response:
    person = account["by"]
    mail = await world.service.inbox.wait_for(person.email)
    body = {"token": mail.token, "password": person.password}
    response: httpx.Response = await person.client.post("/auth/verify-email", json=body)
    return response


async def _reset(world: World, account: Json, _: str) -> httpx.Response:
    person = account["by"]
    ok(await person.client.post("/auth/reset-password", json={"email": person.email}), 202)
    token = (await world.service.inbox.wait_for(person.email, "password")).token
    body = {"token": token, "new_password": "Lantern-Harbour-93"}
    response: httpx.Response = await person.client.post("/auth/reset-password/confirm", json=body)
    return response


async def _sign_in(world: World, account: Json, _: str) -> None:
    """Sign in with an identity provider that knows the address."""
    async with signing_in(world.service) as sign_in:
        await sign_in.signed_in(Person(email=account["by"].email))


async def _erase(world: World, account: Json, _: str) -> None:
    """Let the worker erase what was closed, or not verified, long ago."""
    staff = await world.accounts.staff()
    if await _read(world, account) == "PENDING":
        # A link that is mailed afterwards would be good for a while.
        await world.service.inbox.wait_for(account["by"].email)
        world.service.clock.advance(timedelta(days=30, minutes=1))
        await world.service.services.cleanup_jobs["unverified accounts"]()
    else:
        ok(await staff.client.delete(f"/users/{account['id']}", headers=_ANY), 204)
        world.service.clock.advance(timedelta(days=14, minutes=1))
        await world.service.services.cleanup_jobs["closed accounts"]()


async def _read(world: World, account: Json) -> str | None:
    staff = await world.accounts.staff()
    answer = await staff.client.get(f"/users/{account['id']}")
    return None if answer.status_code == 404 else str(ok(answer)["state"])


WALKS = {
    "AccountState": Walk(
        _make,
        {
            "suspendUser": partial(_post, "suspend"),
            "reactivateUser": partial(_post, "reactivate"),
            "replaceUser": _replace,
            "verifyEmail": _verify,
            "confirmPasswordReset": _reset,
            "finishSignIn": _sign_in,
            "worker.erase_accounts": _erase,
        },
        _read,
    )
}
