"""Secrets that are derived from the service's root instead of being stored: HMAC-SHA-256 with domain separation."""

import base64
import hashlib
import hmac
from uuid import UUID

_DOMAIN = b"hestami.derivation.v1"


def derive(root: bytes, purpose: str, *parts: bytes | str | UUID) -> bytes:
    """32 bytes that only the holder of the root can know, another for each purpose and each list of parts."""
    mac = hmac.new(root, _DOMAIN, hashlib.sha256)
    for part in (purpose, *parts):
        content = part.bytes if isinstance(part, UUID) else part.encode() if isinstance(part, str) else part
        # Lengths first: without them ("ab", "c") and ("a", "bc") would give the same secret.
        mac.update(len(content).to_bytes(8))
        mac.update(content)
    return mac.digest()


def derive_token(root: bytes, purpose: str, *parts: bytes | str | UUID) -> str:
    """The same as 43 characters that are safe in a URL."""
    return base64.urlsafe_b64encode(derive(root, purpose, *parts)).rstrip(b"=").decode("ascii")


def fingerprint(secret: str) -> bytes:
    """What is stored of a token of full entropy: 32 bytes that find it again and do not give it back."""
    return hashlib.sha256(secret.encode()).digest()
