"""Preparation of requests: accounts, their resources, and the tokens in their mails."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx

from impl.identity.registration.service import NewAccount
from tests.contract.contract_operations import OPERATIONS, Node, example_body
from tests.harness.authenticator import Authenticator
from tests.harness.oauth_sign_in import SignIn
from tests.harness.patience import PATIENCE
from tests.harness.service import Service

PASSWORD = "Lantern-Orchard-93"
FRESH = timedelta(minutes=20)  # access tokens live 30 minutes, and other tests of this worker move the clock


@dataclass(slots=True)
class Person:
    """Person with an account, and the tokens of their newest session."""

    email: str
    password: str
    username: str | None
    access_token: str = ""
    refresh_token: str = ""
    authenticator: Authenticator | None = None
    recovery_codes: list[str] = field(default_factory=list)

    @property
    def headers(self) -> dict[str, str]:
        """Return the header by which the service knows the person."""
        return {"Authorization": f"Bearer {self.access_token}"}


class Stage:
    """Prepares over HTTP and by mail, as people would, whatever a request refers to."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.client = service.client()
        self._used: Counter[str] = Counter()
        self._shared: dict[tuple[str, ...], tuple[Person, datetime]] = {}
        self._category = ""
        self._has_business = False

    async def close(self) -> None:
        """Close the connections."""
        await self.client.aclose()

    def own(self, name: str) -> str:
        """Return the name or address of an example itself the first time, and a namesake's when it is taken."""
        self._used[name] += 1
        if self._used[name] == 1:
            return name
        local, at, domain = name.partition("@")
        return f"{local}.{self._used[name]}{at}{domain}"

    async def person(
        self,
        *roles: str,
        email: str = "somebody@example.com",
        password: str = PASSWORD,
        username: str | None = None,
        verified: bool = True,
    ) -> Person:
        """Add somebody as an operator does, and sign them in; roles default to HOMEOWNER.

        Who is not verified has registered over HTTP instead, was mailed a link, and has no session.
        """
        person = Person(self.own(email), password, username and self.own(username))
        if verified:
            await self._add(person, roles or ("HOMEOWNER",))
            return person
        body: dict[str, Any] = {"email": person.email, "password": password, "full_name": "Some Body"}
        body |= {"roles": list(roles)} if roles else {}
        body |= {"username": person.username} if person.username else {}
        await self._must(202, "POST", "/auth/register", json=body)
        return person

    async def _add(self, person: Person, roles: tuple[str, ...]) -> None:
        services = self.service.services
        new = NewAccount(person.email, "Some Body", person.username, roles=roles)
        await services.identity.registration.create_verified(
            new, password_hash=await services.hasher.hash(person.password)
        )
        await self.sign_in(person)

    def sign_in_with_provider(self) -> SignIn:
        """Return a sign-in with an identity provider that is about to begin."""
        return SignIn(self.service, self.client)

    async def sign_in(self, person: Person) -> None:
        """Give the person a new session."""
        body = {"login": person.email, "password": person.password}
        pair = (await self._must(200, "POST", "/auth/login", json=body)).json()
        person.access_token, person.refresh_token = pair["access_token"], pair["refresh_token"]

    async def closed(self, person: Person) -> str:
        """Close the person's account and return the token by which it can be restored."""
        before = self.mails(person.email)
        await self._must(204, "DELETE", "/users/me", by=person, json={"current_password": person.password})
        return await self.mailed_token(person.email, after=before)

    async def token_to_move(self, person: Person) -> str:
        """Ask for another address for the person and return the token that came to it."""
        body = {"new_email": self.own("moved@example.com"), "current_password": person.password}
        await self._must(202, "POST", "/users/me/email", by=person, json=body)
        return await self.mailed_token(body["new_email"], after=0)

    async def other_session_of(self, person: Person) -> str:
        """Sign the person in somewhere else too and return that session's id."""
        body = {"login": person.email, "password": person.password}
        return str((await self._must(200, "POST", "/auth/login", json=body)).json()["session_id"])

    async def start_enrolment(self, person: Person) -> Authenticator:
        """Let the person's authenticator app have a secret, which is not confirmed yet."""
        started = (await self._must(200, "POST", "/users/me/mfa/totp", by=person)).json()
        return Authenticator(started["secret"], self.service.clock)

    async def enrolled(self, *roles: str) -> Person:
        """Return somebody who has a second factor, signed in a moment ago."""
        person = await self.person(*roles)
        person.authenticator = await self.start_enrolment(person)
        body = {"code": person.authenticator.code()}
        codes = await self._must(200, "POST", "/users/me/mfa/totp/confirm", by=person, json=body)
        person.recovery_codes = codes.json()["recovery_codes"]
        return person

    async def half_signed_in(self, person: Person) -> str:
        """Pass the first factor and return the token for the second one."""
        body = {"login": person.email, "password": person.password}
        return str((await self._must(403, "POST", "/auth/login", json=body)).json()["mfa_token"])

    async def shared(self, *roles: str, purpose: str = "") -> Person:
        """Return somebody with these roles whom many tests share, and whose account and session they leave alone."""
        key = (*roles, purpose)
        now = self.service.clock.now()
        if key not in self._shared:
            self._shared[key] = (await self.person(*roles), now)
        person, since = self._shared[key]
        if now - since > FRESH:
            await self.sign_in(person)
            self._shared[key] = (person, now)
        return person

    async def mailed_token(self, email: str, *, after: int) -> str:
        """Wait for a further mail to the address and return the token in it."""
        return (await self.service.inbox.wait_for(email, after=after)).token

    def mails(self, email: str) -> int:
        """Return how many mails the address has received so far."""
        return len(self.service.inbox.all(email))

    async def id_of(self, person: Person) -> str:
        """Return the id of somebody's account."""
        return str((await self._must(200, "GET", "/users/me", by=person)).json()["id"])

    async def session_of(self, person: Person) -> str:
        """Return the id of the session that somebody's access token is of."""
        return str((await self._must(200, "GET", "/auth/me", by=person)).json()["session"]["id"])

    async def suspended_by(self, admin: Person) -> str:
        """Suspend somebody and return their id."""
        user_id = await self.id_of(await self.person())
        await self._must(200, "POST", f"/users/{user_id}/suspend", by=admin, json=_example("suspendUser"))
        return user_id

    def own_role(self, name: str) -> str:
        """Return the name of an example's role itself the first time, and then others."""
        self._used[name] += 1
        return name if self._used[name] == 1 else f"{name}_{self._used[name]}"

    async def role_by(self, admin: Person) -> str:
        """Define a role that nobody holds and return its id."""
        example = _example("createRole")
        made = await self._must(
            201, "POST", "/roles", by=admin, json={**example, "name": self.own_role(example["name"])}
        )
        return str(made.json()["id"])

    async def event_by(self, admin: Person) -> str:
        """Return the id of the first event of the audit trail, once it is sealed: only then it has a position."""
        async with asyncio.timeout(PATIENCE):
            while True:
                page = await self._must(200, "GET", "/admin/audit-events?sort=occurred_at&limit=1", by=admin)
                event = page.json()["items"][0]
                if event["position"] is not None:
                    return str(event["id"])

    async def property_of(self, owner: Person) -> str:
        """Add a property and return its id."""
        made = await self._must(201, "POST", "/homeowners/properties", by=owner, json=_example("createProperty"))
        return str(made.json()["id"])

    async def profile_of(self, provider: Person, *, submitted: bool = False) -> None:
        """Fill the provider's profile, completely."""
        await self._must(201, "PUT", "/service-providers/profile", by=provider, json=_example("replaceProviderProfile"))
        if submitted:
            await self._must(200, "POST", "/service-providers/profile/submit", by=provider)

    async def business(self) -> Person:
        """Return a shared provider whose profile is approved."""
        provider = await self.shared("SERVICE_PROVIDER", purpose="business")
        if not self._has_business:
            await self.profile_of(provider, submitted=True)
            self._has_business = True
        return provider

    async def service_of(self, provider: Person, *steps: str) -> str:
        """Add a service, take it through the steps (submit, pause, resume) and return its id."""
        body = {**_example("createService"), "category_id": await self.category()}
        made = await self._must(201, "POST", "/service-providers/services", by=provider, json=body)
        service_id = str(made.json()["id"])
        for step in steps:
            await self._must(200, "POST", f"/service-providers/services/{service_id}/{step}", by=provider)
        return service_id

    async def category(self) -> str:
        """Return the id of a category that exists."""
        if not self._category:
            tree = (await self._must(200, "GET", "/categories")).json()
            node = tree["items"][0]
            while node["children"]:
                node = node["children"][0]
            self._category = node["id"]
        return self._category

    async def _must(
        self, status: int, method: str, path: str, *, by: Person | None = None, json: Node | None = None
    ) -> httpx.Response:
        answer = await self.client.request(method, path, headers=by.headers if by else None, json=json)
        assert answer.status_code == status, f"{method} {path} answered {answer.status_code}: {answer.text}"
        return answer


def _example(operation_id: str) -> dict[str, Any]:
    """Return the first example of an operation's body."""
    operation = next(found for found in OPERATIONS if found.id == operation_id)
    _, body = example_body(operation)
    assert isinstance(body, dict)
    return body
