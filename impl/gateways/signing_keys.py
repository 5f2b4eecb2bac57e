"""Signing keys of access tokens, for an operator: create, list and check them."""

import re
import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final, Literal

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from impl.gateways.tokens import Algorithm, Key, PublicKey, load_key

type Ring = Mapping[str, tuple[str, str]]
type Use = Literal["signs", "could sign", "verifies"]

ALGORITHMS: Final[tuple[Algorithm, ...]] = ("HS256", "ES256", "EdDSA")
# Format of a kid, which appears in tokens, in the key set, and in lists for people.
_KID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")


def new_key(algorithm: Algorithm) -> str:
    """Generate a secret for HS256, else a private key as PEM (PKCS #8)."""
    if algorithm == "HS256":
        return secrets.token_urlsafe(48)
    private = generate_private_key(SECP256R1()) if algorithm == "ES256" else Ed25519PrivateKey.generate()
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")


def new_kid(now: datetime) -> str:
    """Generate a unique key name that says when its key was made."""
    return f"{now:%Y-%m-%d}-{secrets.token_hex(3)}"


def use_of(kid: str, key: Key, active: str) -> Use:
    """Return the use of a key of the ring: it signs, could sign, or only verifies."""
    if key.private is None:
        return "verifies"
    return "signs" if kid == active else "could sign"


def public_half(algorithm: str, key: str) -> str:
    """Return the public half of a key that signs no more; for HS256 the secret itself, which has none."""
    loaded = load_key("", algorithm, key)
    if isinstance(loaded.public, bytes):
        return key
    return loaded.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")


def faults(ring: Ring, active: str) -> Iterator[str]:
    """Yield the faults of a key ring, in sentences; the service refuses only some of them at its start."""
    seen: dict[bytes, str] = {}
    for kid, (algorithm, key) in ring.items():
        if not _KID.fullmatch(kid):
            yield f"{kid!r} is no name for a key: up to 64 of A-Z a-z 0-9 . _ -"
        try:
            loaded = load_key(kid, algorithm, key)
        except ValueError as error:
            yield str(error)
            continue
        twin = seen.setdefault(_content(loaded.public), kid)
        if twin != kid:
            yield f"{kid!r} is the same key as {twin!r}: retiring one of them would retire nothing"
        if kid == active and loaded.private is None:
            yield f"{kid!r} is active and has no private half"
    if active not in ring:
        yield f"the active key {active!r} is not in the ring"


def _content(public: PublicKey) -> bytes:
    return public if isinstance(public, bytes) else public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
