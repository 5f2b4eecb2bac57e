"""OpenID provider on loopback that signs in whom the test names, and answers as the test wants."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from itertools import count
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from impl.kernel.clock import Clock
from tests.harness.web_server import WebServer

CLIENT_ID = "hestami-at-the-provider"
CLIENT_SECRET = "Gx2-tests-are-known-by-this-one-41d7"
_numbers = count(1)

type Claims = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Person:
    """Account at the provider."""

    sub: str = field(default_factory=lambda: f"person-{next(_numbers)}-{token_urlsafe(6)}")
    email: str | None = field(default_factory=lambda: f"at.provider{next(_numbers)}.{token_urlsafe(6)}@example.test")
    email_verified: bool = True
    name: str | None = "Paula Provider"

    def at(self, authorization_url: str) -> str:
        """Return the provider's page with this person in front of it."""
        return f"{authorization_url}&{urlencode({'login_hint': json.dumps(asdict(self))})}"


@dataclass(frozen=True, slots=True)
class Trade:
    """Code that was exchanged for tokens, with the request that did so."""

    claims: Claims
    nonce: str
    redirect_uri: str
    challenge: str


type Answer = Callable[[Trade], Awaitable[Response]]


class OpenId:
    """Provider with an issuer for each name below it."""

    def __init__(self, clock: Clock, *, port: int) -> None:
        self.clock = clock
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.url = f"http://127.0.0.1:{port}"
        self.asked: list[str] = []
        self.metadata: Claims = {}
        self.answer: Answer = self.honest
        self.keys: Callable[[], Claims] = self.jwks
        self._codes: dict[str, Trade] = {}

    @property
    def app(self) -> Starlette:
        """Return the provider as an application."""
        return Starlette(
            routes=[
                Route("/{name}/.well-known/openid-configuration", self._discover),
                Route("/{name}/authorize", self._authorize),
                Route("/{name}/token", self._token, methods=["POST"]),
                Route("/{name}/jwks", self._jwks),
                Route("/{name}/userinfo", self._userinfo),
            ]
        )

    def issuer(self, name: str) -> str:
        """Return the issuer of that name."""
        return f"{self.url}/{name}"

    def settings(self, name: str) -> dict[str, str]:
        """Return what an operator would configure."""
        return {"issuer": self.issuer(name), "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}

    def claims(self, trade: Trade) -> Claims:
        """Return what an honest ID token says."""
        now = int(self.clock.now().timestamp())
        return {"aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": trade.nonce, **trade.claims}

    def signed(self, claims: Mapping[str, Any], **header: Any) -> str:  # noqa: ANN401 - JSON
        """Return a token of the provider's key."""
        return jwt.encode(dict(claims), self.key, header.pop("alg", "ES256"), {"kid": "first", **header})

    async def honest(self, trade: Trade) -> Response:
        """Send correct responses from now on."""
        return self.tokens(self.signed(self.claims(trade)), access_token=json.dumps(trade.claims["sub"]))

    def tokens(self, id_token: str, *, access_token: str) -> Response:
        """Answer with this ID token."""
        return JSONResponse({"access_token": access_token, "token_type": "Bearer", "id_token": id_token})

    def jwks(self) -> Claims:
        """Return the public keys."""
        key: Claims = ECAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {"keys": [{**key, "kid": "first", "use": "sig", "alg": "ES256"}]}

    def code(self, authorization_url: str, person: Person) -> str:
        """Return a code as the person's browser would bring it back, without a browser."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(authorization_url).query).items()}
        return self._issue(authorization_url.partition("/authorize?")[0], asked, asdict(person))

    def _issue(self, issuer: str, asked: Mapping[str, str], person: Claims) -> str:
        claims = {"iss": issuer, **{name: value for name, value in person.items() if value is not None}}
        code = token_urlsafe(16)
        self._codes[code] = Trade(claims, asked["nonce"], asked["redirect_uri"], asked["code_challenge"])
        return code

    async def _discover(self, request: Request) -> Response:
        issuer = self.issuer(request.path_params["name"])
        self.asked.append("metadata")
        return JSONResponse(
            {
                "issuer": issuer,
                "authorization_endpoint": f"{issuer}/authorize",
                "token_endpoint": f"{issuer}/token",
                "jwks_uri": f"{issuer}/jwks",
                "userinfo_endpoint": f"{issuer}/userinfo",
                "id_token_signing_alg_values_supported": ["RS256", "ES256", "HS256", "none"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                **self.metadata,
            }
        )

    async def _authorize(self, request: Request) -> Response:
        query = request.query_params
        assert (query["response_type"], query["client_id"]) == ("code", CLIENT_ID)
        assert (query["code_challenge_method"], "openid" in query["scope"].split()) == ("S256", True)
        person = json.loads(query["login_hint"]) if "login_hint" in query else asdict(Person())
        issuer = self.issuer(request.path_params["name"])
        code = self._issue(issuer, query, person)
        back = urlencode({"code": code, "state": query["state"], "iss": issuer})
        return RedirectResponse(f"{query['redirect_uri']}?{back}", 302)

    async def _token(self, request: Request) -> Response:
        self.asked.append("token")
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        pair = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        trade = self._codes.pop(form.get("code", ""), None)
        if trade is None or request.headers.get("authorization") != f"Basic {pair}":
            return JSONResponse({"error": "invalid_grant"}, 400)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (challenge, form["redirect_uri"]) != (trade.challenge, trade.redirect_uri):
            return JSONResponse({"error": "invalid_grant"}, 400)
        return await self.answer(trade)

    async def _jwks(self, _request: Request) -> Response:
        self.asked.append("keys")
        return JSONResponse(self.keys())

    async def _userinfo(self, request: Request) -> Response:
        self.asked.append("userinfo")
        subject = json.loads(request.headers["authorization"].removeprefix("Bearer "))
        return JSONResponse({"sub": subject, "email": f"{subject}@userinfo.test", "email_verified": True})


@asynccontextmanager
async def serving(app: Starlette, listener: socket.socket) -> AsyncIterator[None]:
    """Serve in the running loop until the block ends."""
    config = uvicorn.Config(app, log_level="error", lifespan="off", timeout_graceful_shutdown=1)
    server = WebServer(config)
    task = asyncio.create_task(server.serve([listener]))
    try:
        yield
    finally:
        server.end()
        await task
