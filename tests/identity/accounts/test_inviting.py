"""Staff create accounts whose owners choose their passwords by a link, which verifies the address as well."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx

from tests.harness.accounts import Account, Accounts, unique
from tests.harness.clock import MovableClock
from tests.harness.inbox import Inbox
from tests.identity.roles.role_requests import define, refused, staff_with

_PASSWORD = "Copper-Kettle-58"


async def _invite(staff: Account, **details: object) -> httpx.Response:
    given = {"email": f"{unique('guest')}@example.test", "full_name": "Gerda Guest", **details}
    return await staff.client.post("/users", json=given)


async def _confirm(client: httpx.AsyncClient, token: str) -> int:
    answer = await client.post("/auth/reset-password/confirm", json={"token": token, "new_password": _PASSWORD})
    return answer.status_code


async def test_the_owner_sets_the_password_and_is_verified(
    client: httpx.AsyncClient, accounts: Accounts, inbox: Inbox
) -> None:
    staff = await accounts.staff()
    answer = await _invite(staff, roles=["STAFF_SUPPORT"])
    made = answer.json()
    assert (made["state"], made["email_verified"], made["has_password"]) == ("PENDING", False, False)
    assert answer.headers["Location"].endswith(f"/users/{made['id']}")

    mail = await inbox.wait_for(made["email"])
    assert "made an account for you" in mail.text
    login = {"login": made["email"], "password": _PASSWORD}
    assert (await client.post("/auth/login", json=login)).status_code == 401
    assert await _confirm(client, mail.token) == 204
    assert await _confirm(client, mail.token) == 422, "the link works once"

    pair = (await client.post("/auth/login", json=login)).json()
    me = (await client.get("/auth/me", headers={"Authorization": f"Bearer {pair['access_token']}"})).json()
    assert (me["roles"], me["account"]["state"]) == (["STAFF_SUPPORT"], "ACTIVE")
    seen: dict[str, Any] = (await staff.client.get(f"/users/{made['id']}")).json()
    assert (seen["state"], seen["email_verified"], seen["has_password"]) == ("ACTIVE", True, True)
    assert seen["last_login_at"] is not None


async def test_an_invitation_is_sent_again_when_its_link_has_expired(
    client: httpx.AsyncClient, accounts: Accounts, inbox: Inbox, clock: MovableClock
) -> None:
    staff = await accounts.staff()
    made = (await _invite(staff)).json()
    assert made["roles"] == ["HOMEOWNER"]
    first = await inbox.wait_for(made["email"])
    clock.advance(timedelta(minutes=61))
    await accounts.login(staff)
    assert await _confirm(client, first.token) == 422
    assert (await staff.client.post(f"/users/{made['id']}/password-reset")).status_code == 202
    second = await inbox.wait_for(made["email"], after=1)
    assert "made an account for you" in second.text
    # Whoever asks for a verification has no password to prove with: the link lets them choose one. A second click
    # within a minute mails no other link.
    clock.advance(timedelta(minutes=2))
    assert (await client.post("/auth/verify-email/resend", json={"email": made["email"]})).status_code == 202
    third = await inbox.wait_for(made["email"], after=2)
    assert await _confirm(client, second.token) == 422, "the newest only"
    assert await _confirm(client, third.token) == 204


async def test_a_taken_address_or_username_is_409_with_its_field(accounts: Accounts) -> None:
    staff, person = await accounts.staff(), await accounts.make()
    answer = await _invite(staff, email=person.email.upper())
    assert refused(answer) == (409, "email-taken")
    assert answer.json()["errors"][0]["pointer"] == "/email"
    answer = await _invite(staff, username=person.username.title())
    assert refused(answer) == (409, "username-taken")


async def test_roles_are_given_within_what_one_may_oneself(accounts: Accounts) -> None:
    admin = await accounts.staff()
    plain = await staff_with(accounts, "account:write")
    lead = await staff_with(accounts, "account:write", "account:read", "role:write")
    less = (await define(admin, "account:read"))["name"]
    for roles in (["HOMEOWNER"], ["SERVICE_PROVIDER"], ["HOMEOWNER", "SERVICE_PROVIDER"]):
        assert (await _invite(plain, roles=roles)).json()["roles"] == roles
        assert refused(await _invite(plain, roles=[*roles, less])) == (403, "exceeds-own-permissions")
    assert (await _invite(lead, roles=[less])).status_code == 201
    assert refused(await _invite(lead, roles=["STAFF_MODERATOR"])) == (403, "exceeds-own-permissions")
    assert refused(await _invite(lead, roles=["STAFF_NOBODY"])) == (422, "unknown-role")
    email = f"{unique('guest')}@example.test"
    await _invite(lead, roles=["STAFF_ADMIN"], email=email)
    assert (await _invite(lead, email=email)).status_code == 201, "of what was refused, nothing stayed"
    # A taken address is told to those only who may give what they ask for.
    assert refused(await _invite(lead, email=email, roles=["STAFF_NOBODY"])) == (422, "unknown-role")
    assert refused(await _invite(lead, email=email, roles=["STAFF_ADMIN"])) == (403, "exceeds-own-permissions")
    assert refused(await _invite(lead, email=email)) == (409, "email-taken")
