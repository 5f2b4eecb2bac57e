"""Documents below /.well-known: public keys, OAuth metadata and the contact for vulnerabilities."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from generated.policies import EXCHANGE_TOKEN, REQUEST_AUTHORIZATION, REVOKE_TOKEN
from impl.edge.contract import Document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

    from impl.gateways.tokens import KeyRing
    from impl.kernel.clock import Clock

KEY_SET_PATH: Final = "/.well-known/jwks.json"
# Seconds for which clients may cache the keys: a new key must be published for longer before it signs.
KEY_SET_MAX_AGE: Final = 300


class KeySet:
    """Public keys that verify our access tokens (RFC 7517); HS256 secrets are never among them."""

    def __init__(self, ring: KeyRing) -> None:
        body = json.dumps(ring.jwks(), separators=(",", ":")).encode()
        self._document = Document(body, "application/jwk-set+json", cache=f"public, max-age={KEY_SET_MAX_AGE}")

    def route(self) -> Route:
        return Route(KEY_SET_PATH, self.show, methods=["GET"])

    async def show(self, request: Request) -> Response:
        return await self._document.answer(request)


class SecurityText:
    """Contact for vulnerabilities (RFC 9116).

    Without a contact, or after its expiry, it is 404: an outdated contact must not be trusted.
    """

    def __init__(self, contacts: Sequence[str], expires_at: datetime | None, *, api_url: str, clock: Clock) -> None:
        self._expires_at = expires_at if contacts else None
        self._clock = clock
        lines = [f"Contact: {contact}" for contact in contacts]
        if expires_at is not None:
            lines.append(f"Expires: {expires_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")
        lines += ["Preferred-Languages: en", f"Canonical: {api_url.rstrip('/')}/.well-known/security.txt"]
        body = "".join(f"{line}\r\n" for line in lines).encode()
        self._document = Document(body, "text/plain; charset=utf-8", cache="public, max-age=3600")

    def route(self) -> Route:
        return Route("/.well-known/security.txt", self.show, methods=["GET"])

    async def show(self, request: Request) -> Response:
        if self._expires_at is None or self._clock.now() >= self._expires_at:
            raise HTTPException(404)
        return await self._document.answer(request)


class OAuthMetadata:
    """Metadata of the authorization server (RFC 8414).

    Clients are public and there are no scopes; empty lists are left out (section 3.2).
    """

    def __init__(self, issuer: str) -> None:
        metadata = {
            "issuer": issuer,
            "authorization_endpoint": issuer + REQUEST_AUTHORIZATION.path,
            "token_endpoint": issuer + EXCHANGE_TOKEN.path,
            "token_endpoint_auth_methods_supported": ["none"],
            "jwks_uri": issuer + KEY_SET_PATH,
            "revocation_endpoint": issuer + REVOKE_TOKEN.path,
            "revocation_endpoint_auth_methods_supported": ["none"],
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
            "service_documentation": f"{issuer}/docs",
        }
        self._document = Document(json.dumps(metadata).encode(), "application/json", cache="public, max-age=3600")

    def route(self) -> Route:
        return Route("/.well-known/oauth-authorization-server", self.answer, methods=["GET"])

    async def answer(self, request: Request) -> Response:
        return await self._document.answer(request)
