"""Preparation of requests: accounts, their resources, and the tokens in their mails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx

from impl.identity.registration.service import NewAccount
from tests.contract.contract_operations import OPERATIONS, Node, example_body
from tests.harness.accounts import add_signed_in
from tests.harness.authenticator import Authenticator
from tests.harness.oauth_sign_in import SignIn
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
    id: str = ""
    session_id: str = ""
    authenticator: Authenticator | None = None
    recovery_codes: list[str] = field(default_factory=list)

    @property
    def headers(self) -> dict[str, str]:
        """Return the header by which the service knows the person."""
        return {"Authorization": f"Bearer {self.access_token}"}


type Preparation = Callable[[Stage, Person], Awaitable[None]]


class Stage:
    """Prepares over HTTP and by mail, as people would, whatever a request refers to."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.client = service.client()
        self._used: Counter[str] = Counter()
        self._shared: dict[tuple[str, ...], tuple[Person, datetime]] = {}

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
        """Add somebody as an operator does, with a session; roles default to HOMEOWNER.

        Who is not verified has registered over HTTP instead, was mailed a link, and has no session.
        """
        person = Person(self.own(email), password, username and self.own(username))
        if verified:
            await self._add(person, roles or ("HOMEOWNER",))
            return person
        body: dict[str, Any] = {"email": person.email, "password": password, "full_name": "Some Body"}
        body |= {"roles": list(roles)} if roles else {}
        body |= {"username": person.username} if person.username else {}
        await self.expect(202, "POST", "/auth/register", json=body)
        return person

    async def _add(self, person: Person, roles: tuple[str, ...]) -> None:
        new = NewAccount(person.email, "Some Body", person.username, roles=roles)
        user_id, tokens = await add_signed_in(self.service, new, person.password, notices=False)
        person.id, person.session_id = str(user_id), str(tokens.session_id)
        person.access_token, person.refresh_token = tokens.access_token, tokens.refresh_token

    def sign_in_with_provider(self) -> SignIn:
        """Return a sign-in with an identity provider that is about to begin."""
        return SignIn(self.service, self.client)

    async def sign_in(self, person: Person) -> None:
        """Give the person a new session."""
        body = {"login": person.email, "password": person.password}
        pair = (await self.expect(200, "POST", "/auth/login", json=body)).json()
        person.access_token, person.refresh_token = pair["access_token"], pair["refresh_token"]
        person.session_id = pair["session_id"]

    async def shared(self, *roles: str, purpose: str = "", prepare: Preparation | None = None) -> Person:
        """Return somebody with these roles whom many tests share, and whose account and session they leave alone.

        What `prepare` does for the person is done once, before anybody else gets them.
        """
        key = (*roles, purpose)
        now = self.service.clock.now()
        if key not in self._shared:
            made = await self.person(*roles)
            if prepare is not None:
                await prepare(self, made)
            self._shared[key] = (made, now)
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
        if not person.id:
            person.id = str((await self.expect(200, "GET", "/users/me", by=person)).json()["id"])
        return person.id

    async def session_of(self, person: Person) -> str:
        """Return the id of the session that somebody's access token is of."""
        if not person.session_id:
            person.session_id = str((await self.expect(200, "GET", "/auth/me", by=person)).json()["session"]["id"])
        return person.session_id

    def own_role(self, name: str) -> str:
        """Return the name of an example's role itself the first time, and then others."""
        self._used[name] += 1
        return name if self._used[name] == 1 else f"{name}_{self._used[name]}"

    async def expect(
        self,
        status: int,
        method: str,
        path: str,
        *,
        by: Person | None = None,
        json: Node | None = None,
        files: Mapping[str, tuple[str | None, str | bytes]] | None = None,
    ) -> httpx.Response:
        """Send a request that must be answered with this status."""
        answer = await self.client.request(method, path, headers=by.headers if by else None, json=json, files=files)
        assert answer.status_code == status, f"{method} {path} answered {answer.status_code}: {answer.text}"
        return answer


def example_of(operation_id: str) -> dict[str, Any]:
    """Return the first example of an operation's body."""
    operation = next(found for found in OPERATIONS if found.id == operation_id)
    _, body = example_body(operation)
    assert isinstance(body, dict)
    return body
