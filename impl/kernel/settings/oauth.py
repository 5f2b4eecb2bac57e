"""Settings of identity providers and OAuth clients, and their validation."""

import re
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import SplitResult, urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from impl.kernel.settings.secret import is_placeholder

_ISSUERS: Final = {"google": "https://accounts.google.com"}
_DISPLAY_NAMES: Final = {"google": "Google"}
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,31}", re.ASCII)
_CLIENT_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_SCOPE: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,100}", re.ASCII)
# Characters of a URI (RFC 3986). A space or line break in a redirect could start a header, and a * would look like a
# wildcard.
_URI: Final = re.compile(r"[A-Za-z0-9\-._~:/?\[\]@!$&'()+,;=%]{1,500}", re.ASCII)
# RFC 8252, section 7.1: a private scheme is a domain name in reverse.
_PRIVATE_SCHEME: Final = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+", re.ASCII)
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_SECRET_MIN: Final = 8
LOCAL: Final = "local"


class OAuthProvider(BaseModel):
    """OpenID provider; everything that is not set here comes from the issuer's metadata."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    issuer: str = ""
    client_id: str = Field(min_length=1, max_length=500)
    client_secret: SecretStr
    scopes: tuple[str, ...] = ("openid", "email", "profile")
    display_name: str = Field(default="", max_length=60)


def completed(given: object) -> object:
    """Fill in the issuers of well-known identity providers."""
    if not isinstance(given, Mapping):
        return given
    return {
        name: {
            "issuer": _ISSUERS.get(name, ""),
            "display_name": _DISPLAY_NAMES.get(name, str(name).capitalize()),
            **provider,
        }
        if isinstance(provider, Mapping)
        else provider
        for name, provider in given.items()
    }


def complaints(
    providers: Mapping[str, OAuthProvider],
    clients: Mapping[str, tuple[str, ...]],
    *,
    is_production: bool,
) -> Iterator[str]:
    """Return the faults of the settings, each beginning with its setting, without secrets."""
    for name, provider in providers.items():
        yield from _of_provider(name, provider, is_production=is_production)
    for client_id, redirect_uris in clients.items():
        yield from _of_client(client_id, redirect_uris)


def is_loopback(address: str) -> bool:
    return urlsplit(address).hostname in _LOOPBACK


def _of_provider(name: str, provider: OAuthProvider, *, is_production: bool) -> Iterator[str]:
    where = f"OAUTH_PROVIDERS[{name}]"
    if not _NAME.fullmatch(name) or name == LOCAL:
        yield f"{where}: a name is a lower-case word, and not {LOCAL}"
    if not _is_issuer(provider.issuer, is_production=is_production):
        yield f"{where}.issuer must be an https:// address without query"
    if "openid" not in provider.scopes or not all(_SCOPE.fullmatch(scope) for scope in provider.scopes):
        yield f"{where}.scopes must hold openid"
    secret = provider.client_secret.get_secret_value()
    if is_production and (len(secret) < _SECRET_MIN or is_placeholder(secret)):
        yield f"{where}.client_secret is missing, short or a placeholder"
    if is_production and is_placeholder(provider.client_id):
        yield f"{where}.client_id is a placeholder"


def _of_client(client_id: str, redirect_uris: tuple[str, ...]) -> Iterator[str]:
    where = f"OAUTH_CLIENTS[{client_id}]"
    if not _CLIENT_ID.fullmatch(client_id):
        yield f"{where}: a client id is letters, digits, dot, hyphen and underscore"
    if not redirect_uris:
        yield f"{where} has no redirect URI"
    for uri in redirect_uris:
        if not _is_redirect_uri(uri):
            yield f"{where}: {uri} must be https://, http:// on this machine, or a scheme like com.example.app:/"


def _is_issuer(issuer: str, *, is_production: bool) -> bool:
    parts = _split(issuer)
    if parts is None or not parts.hostname or parts.query or parts.fragment or parts.username is not None:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and not is_production and parts.hostname in _LOOPBACK)


def _is_redirect_uri(uri: str) -> bool:
    parts = _split(uri)
    if parts is None or parts.fragment or "@" in parts.netloc:
        return False
    if parts.scheme == "https":
        return bool(parts.hostname)
    return (parts.scheme == "http" and parts.hostname in _LOOPBACK) or bool(_PRIVATE_SCHEME.fullmatch(parts.scheme))


def _split(address: str) -> SplitResult | None:
    """Split a URI, or return None if it is none or has a fragment."""
    if not _URI.fullmatch(address):
        return None
    try:
        return urlsplit(address)
    except ValueError:
        return None
