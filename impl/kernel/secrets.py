"""Secrets that are derived from the service's root instead of being stored: HMAC-SHA-256 with domain separation."""

import base64
import hashlib
import hmac
from uuid import UUID

_DOMAIN = b"hestami.derivation.v1"


def derive(root: bytes, purpose: str, *parts: bytes | str | UUID) -> bytes:
    """Derive 32 bytes that only the holder of the root can know, by purpose and parts."""
    mac = hmac.new(root, _DOMAIN, hashlib.sha256)
    for part in (purpose, *parts):
        content = part.bytes if isinstance(part, UUID) else part.encode() if isinstance(part, str) else part
        # Lengths first: without them ("ab", "c") and ("a", "bc") would give the same secret.
        mac.update(len(content).to_bytes(8))
        mac.update(content)
    return mac.digest()


def derive_token(root: bytes, purpose: str, *parts: bytes | str | UUID) -> str:
    """Derive the same as 43 URL-safe characters."""
    return base64.urlsafe_b64encode(derive(root, purpose, *parts)).rstrip(b"=").decode("ascii")


def fingerprint(secret: str) -> bytes:
    """Hash a token of full entropy for storage: 32 bytes that find it again and do not reveal it."""
    return hashlib.sha256(secret.encode()).digest()
