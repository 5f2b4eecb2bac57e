"""Access tokens: JWTs signed with a ring of keys, each of which has one algorithm."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from jwt.algorithms import ECAlgorithm, OKPAlgorithm

from impl.kernel.clock import Clock
from impl.kernel.errors import InvalidToken
from impl.kernel.ids import new_id

type Algorithm = Literal["HS256", "ES256", "EdDSA"]
type PrivateKey = bytes | EllipticCurvePrivateKey | Ed25519PrivateKey
type PublicKey = bytes | EllipticCurvePublicKey | Ed25519PublicKey

TOKEN_TYPE = "access_token"
# RFC 9068, section 2.1: keeps other tokens, of ours or of identity providers, from being accepted.
_TYP = "at+jwt"
# Client id of sessions that our own login opens (RFC 9068, section 2.2 demands one).
FIRST_PARTY = "hestami"
_HEADERS = frozenset({"alg", "kid", "typ"})
_CLAIMS = [
    "sub",
    "sid",
    "jti",
    "email",
    "iss",
    "aud",
    "iat",
    "nbf",
    "exp",
    "client_id",
    "token_type",
    "provider",
    "new_user",
]
# Claims that are checked by type only; the others are compared with values of ours.
_CLAIM_TYPES = {
    "sub": str,
    "sid": str,
    "jti": str,
    "email": str,
    "nbf": int,
    "exp": int,
    "client_id": str,
    "provider": str,
    "new_user": bool,
}
_TOKEN_MAX = 4096
_CACHE_SIZE = 10_000
_HMAC_KEY_MIN = 32
# Tolerance for clocks that differ: a token may be checked on another machine within the second.
_EARLY = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Claims:
    """Claims of a valid access token."""

    user_id: UUID
    session_id: UUID
    email: str
    provider: str
    new_user: bool
    not_before: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Key:
    algorithm: Algorithm
    private: PrivateKey | None
    public: PublicKey


class KeyRing:
    """Keys by kid: HS256 with a secret of at least 32 bytes, ES256 and EdDSA with PEM keys.

    New tokens are signed with the active key. To rotate: add a key, make it active, and remove the old one (or leave
    its public half) when the last token that it signed has expired.
    """

    def __init__(self, keys: Mapping[str, tuple[str, str]], active: str) -> None:
        self._keys = {kid: load_key(kid, algorithm, key) for kid, (algorithm, key) in keys.items()}
        found = self._keys.get(active)
        if found is None or found.private is None:
            raise ValueError(f"the ring has no key {active!r} that could sign")
        self.active = active
        self._signing_key: PrivateKey = found.private
        self._signing_algorithm = found.algorithm

    def sign(self, claims: Mapping[str, object]) -> str:
        return jwt.encode(dict(claims), self._signing_key, self._signing_algorithm, {"kid": self.active, "typ": _TYP})

    def verified(self, token: str, *, issuer: str, audience: str) -> dict[str, Any]:
        """Return the claims of a token, whose times the caller checks; raise jwt.PyJWTError.

        The header says which key, never which algorithm or where to find a key (RFC 8725, sections 3.1 and 3.10).
        """
        header = jwt.get_unverified_header(token)
        kid = header.get("kid")
        key = self._keys.get(kid) if isinstance(kid, str) else None
        if key is None or header.get("alg") != key.algorithm or header.get("typ") != _TYP or header.keys() - _HEADERS:
            raise jwt.InvalidTokenError("not a header of ours")
        return jwt.decode(
            token,
            key.public,
            [key.algorithm],
            {
                "require": _CLAIMS,
                "strict_aud": True,
                # Checked below, with the service's clock instead of the machine's.
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
            audience=audience,
            issuer=issuer,
        )

    def jwks(self) -> dict[str, list[dict[str, Any]]]:
        """Return the public keys (RFC 7517); the secrets of HS256 are left out."""
        found: list[dict[str, Any]] = []
        for kid, key in self._keys.items():
            if isinstance(key.public, EllipticCurvePublicKey):
                jwk = ECAlgorithm.to_jwk(key.public, as_dict=True)
            elif isinstance(key.public, Ed25519PublicKey):
                jwk = OKPAlgorithm.to_jwk(key.public, as_dict=True)
            else:
                continue
            found.append({**jwk, "kid": kid, "alg": key.algorithm, "use": "sig"})
        return {"keys": found}


class AccessTokens:
    """Issues and verifies access tokens, and remembers verified ones, because a signature is the costly part."""

    def __init__(
        self,
        ring: KeyRing,
        *,
        issuer: str,
        audience: str,
        lifetime: timedelta,
        clock: Clock,
        cache_size: int = _CACHE_SIZE,
    ) -> None:
        self._ring = ring
        self._issuer = issuer
        self._audience = audience
        self._lifetime = lifetime
        self._clock = clock
        self._cache_size = cache_size
        self.known: OrderedDict[str, Claims] = OrderedDict()
        """Claims of the tokens that were verified last, the oldest first."""

    def issue(
        self,
        *,
        user_id: UUID,
        session_id: UUID,
        email: str,
        provider: str = "local",
        client_id: str = FIRST_PARTY,
        new_user: bool = False,
        expires_at: datetime | None = None,
    ) -> str:
        """Issue a token that expires after the lifetime, or with its session if that is earlier."""
        now = self._clock.now()
        end = now + self._lifetime if expires_at is None else min(now + self._lifetime, expires_at)
        issued = int(now.timestamp())
        return self._ring.sign(
            {
                "sub": str(user_id),
                "sid": str(session_id),
                "jti": str(new_id()),
                "email": email,
                "iss": self._issuer,
                "aud": self._audience,
                "iat": issued,
                "nbf": issued,
                "exp": int(end.timestamp()),
                "client_id": client_id,
                "token_type": TOKEN_TYPE,
                "provider": provider,
                "new_user": new_user,
            }
        )

    def verify(self, token: str) -> Claims:
        """Return the claims of a token that is ours and valid now; raise InvalidToken (401) for anything else."""
        claims = self.known.get(token)
        if claims is None:
            claims = self._checked(token)
            self._remember(token, claims)
        now = self._clock.now()
        if now >= claims.expires_at:
            self.known.pop(token, None)
            raise InvalidToken("The access token has expired.")
        if now < claims.not_before - _EARLY:
            raise InvalidToken("The access token is not valid yet.")
        return claims

    def _checked(self, token: str) -> Claims:
        if len(token) > _TOKEN_MAX:
            raise InvalidToken
        try:
            return _read(self._ring.verified(token, issuer=self._issuer, audience=self._audience))
        except (jwt.PyJWTError, ValueError, OverflowError, OSError, RecursionError) as error:
            # The reason is not told, because only somebody who forges tokens could use it.
            raise InvalidToken from error

    def _remember(self, token: str, claims: Claims) -> None:
        self.known[token] = claims
        if len(self.known) > self._cache_size:
            self.known.popitem(last=False)


def _read(claims: Mapping[str, Any]) -> Claims:
    if claims["token_type"] != TOKEN_TYPE:
        raise ValueError("not an access token")
    for name, kind in _CLAIM_TYPES.items():
        if type(claims[name]) is not kind:
            raise ValueError(f"{name} is of another type")
    return Claims(
        user_id=UUID(claims["sub"]),
        session_id=UUID(claims["sid"]),
        email=claims["email"],
        provider=claims["provider"],
        new_user=claims["new_user"],
        not_before=datetime.fromtimestamp(claims["nbf"], UTC),
        expires_at=datetime.fromtimestamp(claims["exp"], UTC),
    )


def load_key(kid: str, algorithm: str, key: str) -> Key:
    """Load a key, or raise ValueError, whose message has the key's name and never the key."""
    content = key.encode()
    if algorithm == "HS256":
        if len(content) < _HMAC_KEY_MIN:
            raise ValueError(f"key {kid!r} is shorter than {_HMAC_KEY_MIN} bytes")
        return Key("HS256", content, content)
    if "PRIVATE KEY" in key:
        private = _parsed(kid, content)
        if algorithm == "ES256" and isinstance(private, EllipticCurvePrivateKey) and _is_p256(private):
            return Key("ES256", private, private.public_key())
        if algorithm == "EdDSA" and isinstance(private, Ed25519PrivateKey):
            return Key("EdDSA", private, private.public_key())
    else:
        try:
            public = load_pem_public_key(content)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise ValueError(f"key {kid!r} is no PEM that can be read") from error
        if algorithm == "ES256" and isinstance(public, EllipticCurvePublicKey) and _is_p256(public):
            return Key("ES256", None, public)
        if algorithm == "EdDSA" and isinstance(public, Ed25519PublicKey):
            return Key("EdDSA", None, public)
    raise ValueError(f"key {kid!r} is not a key for {algorithm}")


def _parsed(kid: str, content: bytes) -> PrivateKeyTypes:
    try:
        return load_pem_private_key(content, password=None)
    except (TypeError, ValueError, UnsupportedAlgorithm) as error:
        raise ValueError(f"key {kid!r} is no PEM that can be read (encrypted ones cannot)") from error


def _is_p256(key: EllipticCurvePrivateKey | EllipticCurvePublicKey) -> bool:
    return isinstance(key.curve, SECP256R1)
