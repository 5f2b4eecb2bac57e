"""The owner of an address takes over an account that a stranger made with it, and the stranger loses every access."""

from __future__ import annotations

import jwt

from tests.harness.accounts import Account, Accounts
from tests.harness.client import assert_problem
from tests.harness.clock import MovableClock
from tests.harness.inbox import Inbox
from tests.harness.oauth_sign_in import signing_in
from tests.harness.openid import Person
from tests.harness.service import Service
from tests.identity.mfa.mfa_flows import enrol, second_step

_PASSWORD = "Lantern-Harbour-93"


async def _taken_back(owner: Account, inbox: Inbox) -> None:
    """Take the account back as the owner of its address, by resetting the password."""
    await inbox.wait_for(owner.email)
    # To who has no password, the first mail leads to a new one as well.
    known = sum("password" in mail.subject.casefold() for mail in inbox.all(owner.email))
    assert (await owner.client.post("/auth/reset-password", json={"email": owner.email})).status_code == 202
    token = (await inbox.wait_for(owner.email, "password", after=known)).token
    body = {"token": token, "new_password": _PASSWORD}
    assert (await owner.client.post("/auth/reset-password/confirm", json=body)).status_code == 204
    login = {"login": owner.email, "password": _PASSWORD}
    answer = await owner.client.post("/auth/login", json=login)
    assert answer.status_code == 200, answer.text
    owner.take(answer)


async def test_the_reset_leaves_nothing_to_who_had_the_account_at_another_address(
    service: Service, accounts: Accounts, inbox: Inbox, clock: MovableClock
) -> None:
    """Staff gave the account another address: whoever reads its mail linked nothing of what is linked."""
    former, one, elsewhere = await accounts.make(), Person(), Person()
    async with signing_in(service) as sign_in, signing_in(service, "work") as other, service.client() as client:
        headers = {"Authorization": f"Bearer {former.access_token}"}
        await sign_in.linked(one, headers)
        await other.linked(elsewhere, headers)
        code = (await other.back(elsewhere))["code"]
        enrolled = await enrol(former, clock)
        half = (await sign_in.token((await sign_in.back(one))["code"])).json()["mfa_token"]
        await accounts.move(former)
        assert (await sign_in.back(one))["error_code"] == "email-unverified"

        owner = Account("", former.email, _PASSWORD, "HOMEOWNER", client)
        await _taken_back(owner, inbox)

        assert_problem(await former.client.get("/users/me"), 401, "invalid-token")
        assert (await other.token(code)).json()["error"] == "invalid_grant"
        assert_problem(await second_step(sign_in.client, half, enrolled.totp()), 401, "invalid-mfa-token")
        for sign_in_again, person in ((sign_in, one), (other, elsewhere)):
            pair = await sign_in_again.signed_in(person)
            theirs = jwt.decode(pair["access_token"], options={"verify_signature": False})
            assert (theirs["email"], theirs["new_user"]) == (person.email, True)

        me = (await owner.client.get("/auth/me")).json()
        assert (me["account"]["state"], me["account"]["email"]) == ("ACTIVE", former.email)
        assert (await owner.client.get("/users/me/identities")).json()["items"] == []
        assert (await owner.client.get("/users/me/mfa")).json()["enrolled_at"] is None
        sessions = (await owner.client.get("/users/me/sessions")).json()["items"]
        assert [session["provider"] for session in sessions] == ["local"]


async def test_a_sign_in_at_a_provider_leaves_nothing_to_who_had_the_account_either(
    service: Service, accounts: Accounts, clock: MovableClock
) -> None:
    former, other = await accounts.make(), Person()
    async with signing_in(service) as sign_in:
        await sign_in.linked(other, {"Authorization": f"Bearer {former.access_token}"})
        await enrol(former, clock)
        await accounts.move(former)
        tokens = await sign_in.signed_in(Person(email=former.email))
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        assert (await sign_in.client.get("/users/me/mfa", headers=headers)).json()["enrolled_at"] is None
        listed = (await sign_in.client.get("/users/me/identities", headers=headers)).json()["items"]
        assert [one["email"] for one in listed] == [former.email]


async def test_the_owner_of_a_verified_account_keeps_what_is_theirs(
    service: Service, accounts: Accounts, inbox: Inbox, clock: MovableClock
) -> None:
    """Who resets it forgot the password, or reads the mail of another: the second factor is against the latter."""
    owner = await accounts.make()
    async with signing_in(service) as sign_in:
        await sign_in.linked(Person(), {"Authorization": f"Bearer {owner.access_token}"})
    enrolled = await enrol(owner, clock)
    assert (await owner.client.post("/auth/reset-password", json={"email": owner.email})).status_code == 202
    body = {"token": (await inbox.wait_for(owner.email, "password")).token, "new_password": _PASSWORD}
    assert (await owner.client.post("/auth/reset-password/confirm", json=body)).status_code == 204
    login = {"login": owner.email, "password": _PASSWORD}
    problem = assert_problem(await owner.client.post("/auth/login", json=login), 403, "mfa-required")
    owner.take(await second_step(owner.client, str(problem["mfa_token"]), enrolled.totp()))
    assert len((await owner.client.get("/users/me/identities")).json()["items"]) == 1
