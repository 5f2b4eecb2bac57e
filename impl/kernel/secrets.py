"""Secrets that are derived from the root secret instead of being stored: HMAC-SHA-256 with domain separation."""

import base64
import hashlib
import hmac
import secrets
import string
from typing import Final
from uuid import UUID

_DOMAIN = b"hestami.derivation.v1"
# Alphabet without `-`, `_` and `.`, which mail programs cut off a link's end.
_LINK_ALPHABET: Final = string.digits + string.ascii_letters
_LINK_TOKEN_LENGTH: Final = 43


def derive(root: bytes, purpose: str, *parts: bytes | str | UUID) -> bytes:
    """Derive 32 bytes that only the holder of the root can know, by purpose and parts."""
    mac = hmac.new(root, _DOMAIN, hashlib.sha256)
    for part in (purpose, *parts):
        content = part.bytes if isinstance(part, UUID) else part.encode() if isinstance(part, str) else part
        # Each part is preceded by its length; otherwise ("ab", "c") and ("a", "bc") would give the same secret.
        mac.update(len(content).to_bytes(8))
        mac.update(content)
    return mac.digest()


def derive_token(root: bytes, purpose: str, *parts: bytes | str | UUID) -> str:
    """Derive the same as 43 URL-safe characters."""
    return base64.urlsafe_b64encode(derive(root, purpose, *parts)).rstrip(b"=").decode("ascii")


def derive_link_token(root: bytes, purpose: str, *parts: bytes | str | UUID) -> str:
    """Return the derived bytes as 43 letters and digits, for links."""
    return _letters_and_digits(derive(root, purpose, *parts))


def random_link_token() -> str:
    """Return 43 random letters and digits, for links: as much as 32 random bytes."""
    return "".join(secrets.choice(_LINK_ALPHABET) for _ in range(_LINK_TOKEN_LENGTH))


def _letters_and_digits(content: bytes) -> str:
    number, found = int.from_bytes(content), ""
    for _ in range(_LINK_TOKEN_LENGTH):
        number, digit = divmod(number, len(_LINK_ALPHABET))
        found += _LINK_ALPHABET[digit]
    return found


def fingerprint(secret: str) -> bytes:
    """Hash a token of full entropy for storage: 32 bytes that find it again and do not reveal it."""
    return hashlib.sha256(secret.encode()).digest()
