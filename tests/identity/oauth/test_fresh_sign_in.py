"""An owner without a password proves ownership by signing in with the identity provider once more."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from tests.harness.accounts import Account, Accounts, unique
from tests.harness.client import assert_problem
from tests.harness.clock import MovableClock
from tests.harness.oauth_sign_in import signing_in
from tests.harness.openid import Person
from tests.harness.service import Service
from tests.harness.settings import CLIENT, REDIRECT_URI
from tests.identity.mfa.mfa_flows import enrol, second_step

_LONG_AGO = timedelta(minutes=10, seconds=1)
_LINK = {"provider": "work", "client": CLIENT, "redirect_uri": REDIRECT_URI, "state": "of-this-very-page"}


@pytest.fixture
async def newcomer(service: Service, client: httpx.AsyncClient) -> Account:
    """Return somebody whom only the provider knows; the client carries their session."""
    person = Person()
    assert person.email is not None
    account = Account("", person.email, "", "HOMEOWNER", client)
    await _sign_in(service, account, person)
    account.username = person.sub
    return account


async def _sign_in(service: Service, account: Account, person: Person) -> None:
    async with signing_in(service) as sign_in:
        answer = await sign_in.token((await sign_in.back(person))["code"])
    assert answer.status_code == 200, answer.text
    account.take(answer)


def _same(account: Account) -> Person:
    return Person(sub=account.username, email=account.email)


async def test_without_a_password_the_providers_word_is_enough_for_a_while(
    service: Service, newcomer: Account, clock: MovableClock
) -> None:
    clock.advance(_LONG_AGO)
    assert_problem(await newcomer.client.post("/users/me/mfa/totp"), 403, "fresh-sign-in-required")
    assert_problem(await newcomer.client.post("/users/me/identities", json=_LINK), 403, "fresh-sign-in-required")
    body = {"new_email": f"{unique()}@example.test"}
    assert_problem(await newcomer.client.post("/users/me/email", json=body), 403, "reauthentication-required")
    await _sign_in(service, newcomer, _same(newcomer))
    assert (await newcomer.client.post("/users/me/email", json=body)).status_code == 202
    assert (await newcomer.client.post("/users/me/identities", json=_LINK)).status_code == 200
    enrolled = await enrol(newcomer, clock)
    answer = await newcomer.client.post("/users/me/mfa/recovery-codes", json={"proof": enrolled.totp()})
    assert answer.status_code == 200, answer.text
    clock.advance(_LONG_AGO)
    closing = await newcomer.client.request("DELETE", "/users/me", json={})
    assert_problem(closing, 403, "reauthentication-required")


@pytest.mark.both_engines
async def test_the_second_factor_makes_the_providers_session_a_fresh_one(
    service: Service, newcomer: Account, clock: MovableClock
) -> None:
    enrolled = await enrol(newcomer, clock)
    clock.advance(_LONG_AGO)
    path = "/users/me/mfa/recovery-codes"
    stale = await newcomer.client.post(path, json={"proof": enrolled.recovery()})
    assert_problem(stale, 403, "fresh-sign-in-required")
    async with signing_in(service) as sign_in:
        told = (await sign_in.token((await sign_in.back(_same(newcomer)))["code"])).json()
        newcomer.take(await second_step(sign_in.client, told["mfa_token"], enrolled.totp()))
    answer = await newcomer.client.post(path, json={"proof": enrolled.recovery()})
    assert answer.status_code == 200, answer.text


@pytest.mark.both_engines
async def test_where_there_is_a_password_the_providers_word_is_not_enough(service: Service, accounts: Accounts) -> None:
    """Whoever has got hold of the provider's account must not lock the owner out of this one."""
    owner = await accounts.make()
    await _sign_in(service, owner, Person(email=owner.email))
    assert_problem(await owner.client.post("/users/me/mfa/totp"), 403, "fresh-sign-in-required")
    assert_problem(await owner.client.post("/users/me/identities", json=_LINK), 403, "fresh-sign-in-required")
    body = {"new_email": f"{unique()}@example.test"}
    assert_problem(await owner.client.post("/users/me/email", json=body), 422, "wrong-current-password")
    closing = await owner.client.request("DELETE", "/users/me", json={})
    assert_problem(closing, 422, "wrong-current-password")


async def test_a_stolen_access_token_links_no_way_back_in(
    service: Service, accounts: Accounts, clock: MovableClock
) -> None:
    """It lives for half an hour, and a linked provider for ever, past a new password as well."""
    owner = await accounts.make()
    clock.advance(_LONG_AGO)
    owner.take(await owner.client.post("/auth/refresh", json={"refresh_token": owner.refresh_token}))
    assert_problem(await owner.client.post("/users/me/identities", json=_LINK), 403, "fresh-sign-in-required")
    await accounts.login(owner)
    async with signing_in(service, "work") as sign_in:
        linked = await sign_in.linked(Person(), {"Authorization": f"Bearer {owner.access_token}"})
    assert linked["provider"] == "work"
