"""Linking and unlinking: with the session that asked, once, and never the last way in."""

from __future__ import annotations

from tests.harness.accounts import Accounts
from tests.harness.openid import Person
from tests.harness.service import Service
from tests.harness.signing_in import signing_in


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
