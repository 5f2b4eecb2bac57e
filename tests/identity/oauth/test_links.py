"""Identities are linked by the session that asked, once, and the last way of signing in cannot be unlinked."""

from __future__ import annotations

import httpx

from tests.harness.accounts import Accounts
from tests.harness.client import assert_problem
from tests.harness.clock import MovableClock
from tests.harness.inbox import Inbox
from tests.harness.oauth_sign_in import signing_in
from tests.harness.openid import Person
from tests.harness.service import Service
from tests.identity.database_inspection import account_row, rows
from tests.identity.mfa.mfa_flows import enrol, second_step


async def test_a_code_links_for_the_session_that_asked_only(service: Service, accounts: Accounts) -> None:
    mine, other = await accounts.make(), await accounts.make()
    async with signing_in(service) as sign_in:
        code = await sign_in.link_code(Person(), {"Authorization": f"Bearer {mine.access_token}"})
        assert (await sign_in.token(code)).json()["error"] == "invalid_grant"
    assert (await other.client.post("/users/me/identity-links", json={"code": code})).status_code == 422
    assert (await mine.client.post("/users/me/identity-links", json={"code": code})).status_code == 200
    assert (await mine.client.post("/users/me/identity-links", json={"code": code})).status_code == 422


async def test_an_identity_of_another_account_is_not_taken(service: Service, accounts: Accounts) -> None:
    person, mine = Person(), await accounts.make()
    async with signing_in(service) as sign_in:
        await sign_in.signed_in(person)
    async with signing_in(service) as linking:
        code = await linking.link_code(person, {"Authorization": f"Bearer {mine.access_token}"})
    answer = await mine.client.post("/users/me/identity-links", json={"code": code})
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (409, "identity-taken")


async def test_the_last_way_in_stays(service: Service) -> None:
    async with signing_in(service) as sign_in:
        tokens = await sign_in.signed_in(Person())
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        first = (await sign_in.client.get("/users/me/identities", headers=headers)).json()["items"][0]["id"]
        refused = await sign_in.client.delete(f"/users/me/identities/{first}", headers=headers)
        assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (409, "last-way-in")
    async with signing_in(service, "work") as second:
        await second.linked(Person(), headers)
        assert (await second.client.delete(f"/users/me/identities/{first}", headers=headers)).status_code == 204


async def test_the_owner_is_told_of_each_way_in_that_comes_and_goes(
    service: Service, accounts: Accounts, inbox: Inbox
) -> None:
    mine, person = await accounts.make(), Person()
    own = {"Authorization": f"Bearer {mine.access_token}"}
    async with signing_in(service) as sign_in:
        back = httpx.URL(await sign_in.at_provider(await sign_in.start(await sign_in.link_url(own)), person))
        denied = f"{str(back).partition('?')[0]}?state={back.params['state']}&error=access_denied"
        assert (await sign_in.callback(denied)).status_code in {302, 303}
        identity = await sign_in.linked(person, own)
    events = "SELECT id FROM operations.audit_events WHERE event = 'sign_in.refused' AND actor_id = :id"
    assert len(await rows(service, events, id=(await account_row(service, mine.email))["id"])) == 1
    mail = await inbox.wait_for(mine.email, "another way")
    assert "/forgot-password" in mail.text
    assert (await mine.client.delete(f"/users/me/identities/{identity['id']}")).status_code == 204
    await inbox.wait_for(mine.email, "was removed")
    async with signing_in(service, "work") as by_address:
        await by_address.signed_in(Person(email=mine.email))
    await inbox.wait_for(mine.email, "another way", after=1)


async def test_a_sign_in_on_its_way_ends_when_its_provider_is_unlinked(
    service: Service, accounts: Accounts, clock: MovableClock
) -> None:
    mine, person = await accounts.make(), Person()
    headers = {"Authorization": f"Bearer {mine.access_token}"}
    async with signing_in(service) as sign_in:
        identity = await sign_in.linked(person, headers)
        code = (await sign_in.back(person))["code"]
        assert (await mine.client.delete(f"/users/me/identities/{identity['id']}")).status_code == 204
        assert (await sign_in.token(code)).json()["error"] == "invalid_grant"
        identity = await sign_in.linked(person, headers)
        enrolled = await enrol(mine, clock)
        half = (await sign_in.token((await sign_in.back(person))["code"])).json()["mfa_token"]
        assert (await mine.client.delete(f"/users/me/identities/{identity['id']}")).status_code == 204
        assert_problem(await second_step(sign_in.client, half, enrolled.totp()), 401, "invalid-mfa-token")
