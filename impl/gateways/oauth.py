"""Identity providers: the code flow of OpenID Connect with PKCE, configured from the issuer's metadata."""

import asyncio
import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from urllib.parse import quote_plus, urlencode, urlsplit

from impl.gateways.http import HttpClient, Unanswered
from impl.gateways.id_tokens import ALGORITHMS, IdTokens, KeySet, UntrustedToken
from impl.kernel.clock import Clock
from impl.kernel.repeats import forbid_repeat
from impl.kernel.settings.oauth import OAuthProvider, is_loopback

_TIMEOUT_SECONDS: Final = 10.0
_ANSWER_MAX: Final = 256 * 1024
_METADATA_AGE: Final = timedelta(hours=1)
# Pause after a failure, so that a provider which is down is not called for each sign-in.
_RETRY_AFTER: Final = timedelta(seconds=5)
_URL_MAX: Final = 2000

type Document = Mapping[str, Any]


class ProviderUnavailable(Exception):
    """Raised when a provider does not answer in time, or not as the protocol demands."""


class ProviderRefused(Exception):
    """Raised when a provider refuses the code, or returns a token that cannot be trusted."""


@dataclass(frozen=True, slots=True)
class Identified:
    """Identity that a provider asserts.

    Only `subject` is permanent; the e-mail address may belong to somebody else by now.
    """

    subject: str
    email: str | None
    email_verified: bool
    name: str | None


class IdentityProvider(Protocol):
    """Sign-in page of another service, and its answer about who signed in."""

    @property
    def name(self) -> str: ...
    @property
    def display_name(self) -> str: ...
    @property
    def issuer(self) -> str: ...

    async def authorization_url(self, *, redirect_uri: str, state: str, nonce: str, verifier: str) -> str:
        """Return the address to send the browser to; raise ProviderUnavailable."""
        ...

    async def identify(self, *, code: str, redirect_uri: str, nonce: str, verifier: str) -> Identified:
        """Exchange the code for an identity; raise ProviderUnavailable or ProviderRefused."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class _Metadata:
    """Used part of the provider metadata of OpenID Connect Discovery 1.0, section 3."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    algorithms: frozenset[str]
    takes_secret_in_form: bool


class OpenIdProvider:
    """Provider over HTTP; it calls only the configured issuer and its metadata's URLs, and follows no redirect."""

    def __init__(self, name: str, settings: OAuthProvider, *, clock: Clock, timeout: float = _TIMEOUT_SECONDS) -> None:
        self.name = name
        self.display_name = settings.display_name
        self.issuer = settings.issuer
        self._settings = settings
        self._clock = clock
        # A code cannot be presented twice.
        self.client = HttpClient(timeout=timeout, bytes_max=_ANSWER_MAX, keeps_connections=False)
        self._found: _Metadata | None = None
        self._asked_at: datetime | None = None
        self._asking = asyncio.Lock()
        self._id_tokens = IdTokens(
            issuer=settings.issuer,
            client_id=settings.client_id,
            keys=KeySet(self._fetch_keys, clock),
            clock=clock,
        )

    async def authorization_url(self, *, redirect_uri: str, state: str, nonce: str, verifier: str) -> str:
        metadata = await self._metadata()
        query = urlencode(
            {
                "response_type": "code",
                "client_id": self._settings.client_id,
                "redirect_uri": redirect_uri,
                "scope": " ".join(self._settings.scopes),
                "state": state,
                "nonce": nonce,
                "code_challenge": challenge_of(verifier),
                "code_challenge_method": "S256",
            }
        )
        endpoint = metadata.authorization_endpoint
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{query}"

    async def identify(self, *, code: str, redirect_uri: str, nonce: str, verifier: str) -> Identified:
        metadata = await self._metadata()
        tokens = await self._exchange_code(metadata, code=code, redirect_uri=redirect_uri, verifier=verifier)
        id_token = tokens.get("id_token")
        if not isinstance(id_token, str):
            raise ProviderRefused("no ID token")
        try:
            claims = await self._id_tokens.verified(id_token, nonce=nonce, algorithms=metadata.algorithms)
        except UntrustedToken as error:
            raise ProviderRefused(f"ID token: {error}") from error
        if "email" not in claims and metadata.userinfo_endpoint is not None:
            claims = {**claims, **await self._userinfo(metadata.userinfo_endpoint, tokens, claims["sub"])}
        return _identified(claims)

    async def close(self) -> None:
        await self.client.close()

    # ---- inside

    async def _metadata(self) -> _Metadata:
        """Fetch the metadata, one request at a time; old ones are used while the provider does not answer."""
        async with self._asking:
            now = self._clock.now()
            if self._found is None or self._asked_at is None or now - self._asked_at >= _METADATA_AGE:
                if self._found is None and self._asked_at is not None and now - self._asked_at < _RETRY_AFTER:
                    raise ProviderUnavailable("it did not answer a moment ago")
                try:
                    self._found = self._read(await self._get(self._discovery_url()))
                except ProviderUnavailable:
                    if self._found is None:
                        raise
                finally:
                    # Time of the end of the call: those who waited for it must not call the provider again one after
                    # the other.
                    self._asked_at = self._clock.now()
            return self._found

    def _discovery_url(self) -> str:
        return self.issuer.rstrip("/") + "/.well-known/openid-configuration"

    def _read(self, document: Document) -> _Metadata:
        # Discovery 1.0, section 4.3: otherwise one provider could impersonate another.
        if document.get("issuer") != self.issuer:
            raise ProviderUnavailable("the metadata are of another issuer")
        algorithms = _strings(document, "id_token_signing_alg_values_supported") & set(ALGORITHMS)
        if not algorithms:
            raise ProviderUnavailable("it signs with nothing that we accept")
        methods = _strings(document, "token_endpoint_auth_methods_supported")
        userinfo = document.get("userinfo_endpoint")
        return _Metadata(
            authorization_endpoint=self._address(document.get("authorization_endpoint")),
            token_endpoint=self._address(document.get("token_endpoint")),
            jwks_uri=self._address(document.get("jwks_uri")),
            userinfo_endpoint=None if userinfo is None else self._address(userinfo),
            algorithms=frozenset(algorithms),
            takes_secret_in_form="client_secret_post" in methods and "client_secret_basic" not in methods,
        )

    def _address(self, value: object) -> str:
        """Check an address of the metadata: HTTPS, or plain on this machine, for a provider in development."""
        if not isinstance(value, str) or len(value) > _URL_MAX or not value.isascii() or not value.isprintable():
            raise ProviderUnavailable("an endpoint is missing in the metadata")
        try:
            parts = urlsplit(value)
            is_plain = parts.scheme == "http" and urlsplit(self.issuer).scheme == "http" and is_loopback(value)
        except ValueError as error:
            raise ProviderUnavailable("an endpoint is no address") from error
        if not parts.hostname or parts.fragment or not (parts.scheme == "https" or is_plain):
            raise ProviderUnavailable("an endpoint is not reached through HTTPS")
        return value

    async def _exchange_code(self, metadata: _Metadata, *, code: str, redirect_uri: str, verifier: str) -> Document:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        client_id, secret = self._settings.client_id, self._settings.client_secret.get_secret_value()
        headers: dict[str, str] = {}
        if metadata.takes_secret_in_form:
            form |= {"client_id": client_id, "client_secret": secret}
        else:
            # RFC 6749, section 2.3.1: both are form-encoded before they are joined.
            pair = f"{quote_plus(client_id)}:{quote_plus(secret)}".encode()
            headers["Authorization"] = f"Basic {base64.b64encode(pair).decode('ascii')}"
        # The provider takes a code once.
        forbid_repeat()
        return await self._ask("POST", metadata.token_endpoint, headers=headers, form=form)

    async def _userinfo(self, endpoint: str, tokens: Document, subject: str) -> Document:
        token = tokens.get("access_token")
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise ProviderRefused("no access token")
        found = await self._ask("GET", endpoint, headers={"Authorization": f"Bearer {token}"})
        # OpenID Connect Core 1.0, section 5.3.2: otherwise a swapped token would bring another person's address.
        if found.get("sub") != subject:
            raise ProviderRefused("userinfo of somebody else")
        return {key: found[key] for key in ("email", "email_verified", "name") if key in found}

    async def _fetch_keys(self) -> Document:
        return await self._get((await self._metadata()).jwks_uri)

    async def _get(self, url: str) -> Document:
        try:
            return await self._ask("GET", url)
        except ProviderRefused as error:
            raise ProviderUnavailable(str(error)) from error

    async def _ask(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, form: Mapping[str, str] | None = None
    ) -> Document:
        """Return the JSON object of a 200; raise ProviderRefused for a 4xx, ProviderUnavailable for anything else."""
        try:
            answer = await self.client.ask(method, url, headers=headers, form=form)
        except Unanswered as error:
            raise ProviderUnavailable(str(error)) from error
        if 400 <= answer.status < 500:
            raise ProviderRefused(f"status {answer.status}")
        if answer.status != 200:
            raise ProviderUnavailable(f"status {answer.status}")
        try:
            document = json.loads(answer.body)
        except (ValueError, RecursionError) as error:
            raise ProviderUnavailable("not JSON") from error
        if not isinstance(document, dict):
            raise ProviderUnavailable("not an object")
        return document


def challenge_of(verifier: str) -> str:
    """Compute the code challenge of a verifier by S256 (RFC 7636, section 4.2)."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def _strings(document: Document, name: str) -> set[str]:
    values = document.get(name)
    return {value for value in values if isinstance(value, str)} if isinstance(values, list) else set()


def _identified(claims: Document) -> Identified:
    email, name = claims.get("email"), claims.get("name")
    return Identified(
        subject=claims["sub"],
        email=email if isinstance(email, str) else None,
        # Some providers write their booleans as text.
        email_verified=claims.get("email_verified") is True or claims.get("email_verified") == "true",
        name=name if isinstance(name, str) else None,
    )
