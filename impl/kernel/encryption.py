"""Encryption of stored secrets: Fernet (AES-128-CBC with HMAC-SHA-256) over a ring of rotating keys."""

import base64
from collections.abc import Sequence
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from impl.kernel.secrets import derive

_SECRET_MIN: Final = 32


class DecryptionError(Exception):
    """Raised when a text was encrypted by an unknown key or for another context, or was changed."""


class Cipher:
    """Encrypts with the first secret of a ring, and decrypts with any of them.

    `context` says what a text is and whose ("totp", user id): a text that is moved to another row cannot be decrypted
    there. To rotate: put a new secret first, encrypt everything anew with `rotate`, and only then drop the old one.
    """

    def __init__(self, secrets: Sequence[bytes]) -> None:
        if not secrets or any(len(secret) < _SECRET_MIN for secret in secrets):
            raise ValueError(f"a cipher needs secrets of at least {_SECRET_MIN} bytes")
        self._secrets = tuple(secrets)

    def encrypt(self, text: str, *, context: str) -> bytes:
        """Encrypt a text as URL-safe bytes, about 4/3 as long and 100 more; doing so twice gives two results."""
        return self._ring(context).encrypt(text.encode())

    def decrypt(self, encrypted: bytes, *, context: str) -> str:
        """Decrypt a text; raise DecryptionError."""
        try:
            return self._ring(context).decrypt(encrypted).decode()
        except InvalidToken as error:
            raise DecryptionError(context) from error

    def rotate(self, encrypted: bytes, *, context: str) -> bytes | None:
        """Encrypt the text with the newest secret, or return None if it is already; raise DecryptionError."""
        newest = Fernet(self._key(self._secrets[0], context))
        try:
            newest.decrypt(encrypted)
        except InvalidToken:
            return self.encrypt(self.decrypt(encrypted, context=context), context=context)
        return None

    def _ring(self, context: str) -> MultiFernet:
        return MultiFernet([Fernet(self._key(secret, context)) for secret in self._secrets])

    @staticmethod
    def _key(secret: bytes, context: str) -> bytes:
        # Fernet authenticates the text only: a key for each context binds the text to it.
        return base64.urlsafe_b64encode(derive(secret, "encryption", context))
