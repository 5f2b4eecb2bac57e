"""Service of OAuth clients: who is registered, and how the browser is sent back to one."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import urlencode

from impl.identity.capabilities.external_identities.service import SignInRefusal


class Failure(StrEnum):
    """Reason why a browser returns to the client without a code; the values are codes that clients receive."""

    DENIED = "provider-denied"
    UNAVAILABLE = "provider-unavailable"
    REFUSED = "provider-refused"
    NO_RESPONSE_TYPE = "response-type-missing"
    RESPONSE_TYPE = "unsupported-response-type"
    RESPONSE_MODE = "unsupported-response-mode"
    SCOPE = "unknown-scope"
    PKCE = "pkce-required"
    PROVIDER = "unknown-provider"
    FLOW = "unknown-flow"


# Error codes of RFC 6749, section 4.1.2.1, each with a sentence for people who read the address bar.
_ERRORS: Final[Mapping[Failure | SignInRefusal, tuple[str, str]]] = {
    Failure.DENIED: ("access_denied", "The sign-in was cancelled at the identity provider."),
    Failure.UNAVAILABLE: ("temporarily_unavailable", "The identity provider does not answer. Try again in a moment."),
    Failure.REFUSED: ("server_error", "The identity provider gave no answer that can be trusted."),
    Failure.NO_RESPONSE_TYPE: ("invalid_request", "response_type is missing."),
    Failure.RESPONSE_TYPE: ("unsupported_response_type", "Send response_type=code."),
    Failure.RESPONSE_MODE: ("invalid_request", "Leave response_mode out, or send query."),
    Failure.SCOPE: ("invalid_scope", "There are no scopes: leave scope out."),
    Failure.PKCE: ("invalid_request", "Send code_challenge, and code_challenge_method=S256."),
    Failure.PROVIDER: ("invalid_request", "Name one of the identity providers as provider."),
    Failure.FLOW: (
        "access_denied",
        "The sign-in has expired, was used, or went on in another tab or browser. Begin again.",
    ),
    SignInRefusal.SUSPENDED: ("access_denied", "This account cannot be signed in to."),
    SignInRefusal.CLOSED: ("access_denied", "This account was closed. A link that restores it was mailed."),
    SignInRefusal.NO_ADDRESS: ("access_denied", "The identity provider told no e-mail address."),
    SignInRefusal.UNVERIFIED: (
        "access_denied",
        "The e-mail address is not verified yet. Verify it, or sign in otherwise.",
    ),
}


@dataclass(frozen=True, slots=True)
class SignInRequest:
    """Request of a client to begin a sign-in; only a sign-in has a code challenge, a link has none."""

    provider: str
    client_id: str
    redirect_uri: str
    state: str
    code_challenge: str | None = None


class OAuthClients:
    def __init__(self, redirect_uris: Mapping[str, tuple[str, ...]], *, issuer: str) -> None:
        """Take the redirect URIs of each client by its id; `issuer` is our name in RFC 9207."""
        self._redirect_uris = redirect_uris
        self._issuer = issuer

    def knows(self, client_id: str) -> bool:
        return client_id in self._redirect_uris

    def allow(self, start: SignInRequest) -> bool:
        """Compare redirect URIs as a whole: anything looser was an open redirect somewhere (RFC 9700, section 4.1)."""
        return start.redirect_uri in self._redirect_uris.get(start.client_id, ())

    def answer(self, start: SignInRequest, **members: str) -> str:
        """Return the address that leads the browser back to the client with these members."""
        state = {"state": start.state} if start.state else {}
        query = urlencode({**members, **state, "iss": self._issuer})
        return f"{start.redirect_uri}{'&' if '?' in start.redirect_uri else '?'}{query}"

    def refusal(self, start: SignInRequest, why: Failure | SignInRefusal) -> str:
        """Return the address that tells the client why there is no code."""
        error, description = _ERRORS[why]
        return self.answer(start, error=error, error_description=description, error_code=why.value)
