"""From the client to the provider and back: who gets which account, and what is told to whom."""

from __future__ import annotations

import jwt

from tests.harness.openid import Person
from tests.harness.service import Service
from tests.harness.signing_in import signing_in


async def test_a_new_person_gets_an_account(service: Service) -> None:
    person = Person(name="  Paula\tP.  ")
    async with signing_in(service) as sign_in:
        tokens = await sign_in.signed_in(person)
        claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
        assert (claims["provider"], claims["new_user"], claims["email"]) == ("google", True, person.email)
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        me = (await sign_in.client.get("/auth/me", headers=headers)).json()
        assert (me["session"]["provider"], me["roles"]) == ("google", ["HOMEOWNER"])
        assert (me["account"]["full_name"], me["account"]["state"]) == ("Paula P.", "ACTIVE")
        listed = (await sign_in.client.get("/users/me/identities", headers=headers)).json()["items"]
        assert [(one["provider"], one["email"]) for one in listed] == [("google", person.email)]
    async with signing_in(service) as again:
        second = jwt.decode((await again.signed_in(person))["access_token"], options={"verify_signature": False})
    assert (second["sub"], second["new_user"]) == (claims["sub"], False)
