"""Client and browser that sign in with an identity provider, step by step."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from secrets import token_urlsafe
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.harness.client import open_browser
from tests.harness.openid import Person
from tests.harness.service import Service
from tests.harness.settings import CLIENT, REDIRECT_URI

FORM = "application/x-www-form-urlencoded"


def challenge(verifier: str) -> str:
    """Return the S256 challenge of a verifier."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def query(address: str) -> dict[str, str]:
    """Return the members of an address's query."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query, keep_blank_values=True).items()}


@dataclass(slots=True)
class SignIn:
    """Sign-in of one client in one browser; responses of the service are validated against the contract."""

    service: Service
    client: httpx.AsyncClient
    provider: str = "google"
    state: str = field(default_factory=lambda: token_urlsafe(12))
    verifier: str = field(default_factory=lambda: token_urlsafe(32))
    cookie: str = ""

    async def begin(self) -> str:
        """Return the start URL."""
        body = {
            "provider": self.provider,
            "client": CLIENT,
            "redirect_uri": REDIRECT_URI,
            "state": self.state,
            "code_challenge": challenge(self.verifier),
        }
        answer = await self.client.post("/auth/authorize", json=body)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["start_url"])

    async def start(self, start_url: str) -> str:
        """Open the start URL and return where the browser is sent."""
        return self.sent(await self.open(start_url))

    async def open(self, start_url: str, *, cookie: str = "") -> httpx.Response:
        """Open the start URL, with or without a cookie."""
        answer = await self.client.get(self.here(start_url), headers={"Cookie": cookie} if cookie else {})
        self.client.cookies.clear()
        return answer

    def request(self) -> dict[str, str]:
        """Return the members of a request of RFC 6749, section 4.1.1, and our own."""
        return {
            "response_type": "code",
            "client_id": CLIENT,
            "redirect_uri": REDIRECT_URI,
            "state": self.state,
            "code_challenge": challenge(self.verifier),
            "code_challenge_method": "S256",
            "provider": self.provider,
        }

    async def authorize(self, **changes: str) -> httpx.Response:
        """Open the authorization endpoint as a standard library would; an empty change leaves the member out."""
        asked = {**self.request(), **changes}
        given = {name: value for name, value in asked.items() if value}
        answer = await self.client.get("/auth/authorize", params=given)
        self.client.cookies.clear()
        return answer

    def sent(self, answer: httpx.Response) -> str:
        """Keep the browser's cookie and return where it is sent."""
        assert answer.status_code == 303, answer.text
        self.cookie = answer.headers.get("set-cookie", "").partition(";")[0]
        return answer.headers["location"]

    async def at_provider(self, location: str, person: Person) -> str:
        """Sign the person in there and return the address that the provider sends the browser back to."""
        async with open_browser() as browser:
            answer = await browser.get(person.at(location))
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]

    async def callback(self, address: str, *, cookie: str | None = None) -> httpx.Response:
        """Come back with the browser's cookie."""
        kept = self.cookie if cookie is None else cookie
        return await self.client.get(self.here(address), headers={"Cookie": kept} if kept else {})

    async def back(self, person: Person, *, start_url: str | None = None) -> dict[str, str]:
        """Go through the whole sign-in, and return the members that the redirect URI gets."""
        location = await self.start(start_url or await self.begin())
        answer = await self.callback(await self.at_provider(location, person))
        assert answer.status_code == 303, answer.text
        landed = answer.headers["location"]
        assert landed.startswith(f"{REDIRECT_URI}?"), landed
        told = query(landed)
        assert (told["state"], told["iss"]) == (self.state, self.service.settings.issuer)
        return told

    def here(self, address: str) -> str:
        """Find an address of the service on loopback, as a proxy in front of it would."""
        issuer = self.service.settings.issuer
        return self.service.url + address.removeprefix(issuer) if address.startswith(issuer) else address

    async def link_code(self, person: Person, headers: Mapping[str, str]) -> str:
        """Return the code with which whoever has these headers may link the person's identity."""
        return (await self.back(person, start_url=await self.link_url(headers)))["code"]

    async def link_url(self, headers: Mapping[str, str]) -> str:
        """Return where whoever has these headers begins to link an identity."""
        body = {"provider": self.provider, "client": CLIENT, "redirect_uri": REDIRECT_URI, "state": self.state}
        answer = await self.client.post("/users/me/identities", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["start_url"])

    async def linked(self, person: Person, headers: Mapping[str, str]) -> dict[str, str]:
        """Return the person's identity, linked to the account of whoever has these headers."""
        code = await self.link_code(person, headers)
        answer = await self.client.post("/users/me/identity-links", json={"code": code}, headers=headers)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def token(self, code: str, **changes: str) -> httpx.Response:
        """Exchange the code for tokens."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT_URI,
            "client_id": CLIENT,
            "code_verifier": self.verifier,
            **changes,
        }
        return await self.client.post("/auth/token", data={name: value for name, value in form.items() if value})

    async def signed_in(self, person: Person) -> dict[str, str]:
        """Return the tokens of the person's new session."""
        answer = await self.token((await self.back(person))["code"])
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


@asynccontextmanager
async def signing_in(service: Service, provider: str = "google") -> AsyncIterator[SignIn]:
    """Open a sign-in with a client of its own."""
    async with service.client() as client:
        yield SignIn(service, client, provider)
