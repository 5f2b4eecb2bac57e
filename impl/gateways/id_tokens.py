"""Verification of ID tokens by OpenID Connect Core 1.0, section 3.1.3.7, with the provider's published keys."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from impl.kernel.clock import Clock

# Signatures only: with a MAC the provider's public key would be a key that everybody has (RFC 8725, section 2.1).
ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA")
_KEY_TYPES: Final = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC", "EdDSA": "OKP"}
_TOKEN_MAX: Final = 16 * 1024
_KEYS_MAX: Final = 100
_SUBJECT_MAX: Final = 255
_RSA_MIN: Final = 2048
# Tolerance for clocks that differ.
_LEEWAY: Final = timedelta(seconds=60)
_OLDEST: Final = timedelta(minutes=10)
_KEYS_AGE: Final = timedelta(hours=1)
# Interval between requests for unknown kids, so that tokens with invented ones cause no flood.
_REFRESH_EVERY: Final = timedelta(minutes=1)

type Document = Mapping[str, Any]


class UntrustedToken(Exception):
    """Raised when an ID token fails a check; the message names the check, for the log."""


class KeySet:
    """Keys of a provider (RFC 7517).

    They are fetched when missing or old, and at most once a minute for an unknown kid.
    """

    def __init__(self, fetch: Callable[[], Awaitable[Document]], clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._keys: list[Document] = []
        self._fetched_at: datetime | None = None

    async def find(self, kid: str | None, algorithm: str) -> Document | None:
        """Return the key of this name and algorithm, fetched anew where it is unknown; None if there is none."""
        now = self._clock.now()
        if self._fetched_at is None or now - self._fetched_at >= _KEYS_AGE:
            await self._refresh(now)
        found = self._matching(kid, algorithm)
        if found is None and self._fetched_at is not None and now - self._fetched_at >= _REFRESH_EVERY:
            await self._refresh(now)
            found = self._matching(kid, algorithm)
        return found

    async def _refresh(self, now: datetime) -> None:
        document = await self._fetch()
        keys = document.get("keys")
        listed = keys[:_KEYS_MAX] if isinstance(keys, list) else []
        self._keys = [key for key in listed if isinstance(key, dict)]
        self._fetched_at = now

    def _matching(self, kid: str | None, algorithm: str) -> Document | None:
        fitting = [key for key in self._keys if _fits(key, algorithm)]
        named = [key for key in fitting if kid is None or key.get("kid") == kid]
        # Without a kid the key must be unambiguous.
        return named[0] if named and (kid is not None or len(fitting) == 1) else None


def _fits(key: Document, algorithm: str) -> bool:
    return (
        key.get("kty") == _KEY_TYPES[algorithm]
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
    )


class IdTokens:
    """Verifies the ID tokens that one issuer makes for one client."""

    def __init__(self, *, issuer: str, client_id: str, keys: KeySet, clock: Clock) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._keys = keys
        self._clock = clock

    async def verified(self, token: str, *, nonce: str, algorithms: frozenset[str]) -> Document:
        """Return the claims of an ID token, or raise UntrustedToken; the provider's metadata lists the `algorithms`."""
        claims = await self._signed(token, algorithms)
        self._check(claims, nonce)
        return claims

    async def _signed(self, token: str, algorithms: frozenset[str]) -> Document:
        if len(token) > _TOKEN_MAX:
            raise UntrustedToken("too long")
        try:
            header = jwt.get_unverified_header(token)
        except (jwt.PyJWTError, ValueError, RecursionError) as error:
            raise UntrustedToken("not a token") from error
        algorithm, kid = header.get("alg"), header.get("kid")
        if algorithm not in ALGORITHMS or algorithm not in algorithms:
            raise UntrustedToken("algorithm")
        # Extensions are not supported, and `jku`, `jwk` and `x5u` are never read: they would name a key of the sender's
        # choice.
        if "crit" in header or not isinstance(kid, str | None):
            raise UntrustedToken("header")
        key = await self._keys.find(kid, algorithm)
        if key is None:
            raise UntrustedToken("unknown key")
        try:
            public = jwt.PyJWK(dict(key), algorithm=algorithm).key
            if not _is_strong(public):
                raise UntrustedToken("weak key")
            return jwt.decode(
                token,
                public,
                [algorithm],
                {
                    "require": ["iss", "sub", "aud", "exp", "iat"],
                    "verify_aud": False,
                    # Checked below, with the service's clock instead of the machine's.
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                },
                issuer=self._issuer,
            )
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
            raise UntrustedToken(type(error).__name__) from error

    def _check(self, claims: Document, nonce: str) -> None:
        audience = claims["aud"]
        # A further audience could have received this token and presented it here.
        if (audience if isinstance(audience, list) else [audience]) != [self._client_id]:
            raise UntrustedToken("aud")
        if claims.get("azp", self._client_id) != self._client_id:
            raise UntrustedToken("azp")
        given = claims.get("nonce")
        if not isinstance(given, str) or not given.isascii() or not compare_digest(given, nonce):
            raise UntrustedToken("nonce")
        subject = claims["sub"]
        if not isinstance(subject, str) or not 0 < len(subject) <= _SUBJECT_MAX or not subject.isprintable():
            raise UntrustedToken("sub")
        self._check_times(claims)

    def _check_times(self, claims: Document) -> None:
        now = self._clock.now()
        if _instant(claims, "exp") <= now - _LEEWAY:
            raise UntrustedToken("exp")
        if not now - _OLDEST <= _instant(claims, "iat") <= now + _LEEWAY:
            raise UntrustedToken("iat")
        if "nbf" in claims and _instant(claims, "nbf") > now + _LEEWAY:
            raise UntrustedToken("nbf")


def _instant(claims: Document, name: str) -> datetime:
    value = claims[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UntrustedToken(name)
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise UntrustedToken(name) from error


def _is_strong(key: object) -> bool:
    match key:
        case RSAPublicKey():
            return key.key_size >= _RSA_MIN
        case EllipticCurvePublicKey():
            return isinstance(key.curve, SECP256R1)
        case _:
            return isinstance(key, Ed25519PublicKey)
