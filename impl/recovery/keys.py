"""Keys of backups, in the format of age: a recipient encrypts, and its identity, which lies elsewhere, decrypts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pyrage import IdentityError, RecipientError, x25519

from impl.recovery.errors import RecoveryError

if TYPE_CHECKING:
    from impl.recovery.archive import Identity, Recipient


def make(file: Path) -> str:
    """Write a new identity into a file that is not there yet, for its owner only; return the recipient."""
    identity = x25519.Identity.generate()
    recipient = str(identity.to_public())
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as opened:
            opened.write(f"# public key: {recipient}\n{identity}\n")
    except OSError as error:
        raise RecoveryError(f"The key was not written to {file}: {error.strerror}.") from None
    return recipient


def read_recipients(texts: Sequence[str]) -> list[Recipient]:
    """Read public keys, `age1...`."""
    return [_recipient(text) for text in texts]


def read_identities(file: Path) -> list[Identity]:
    """Read the private keys of a file as `age-keygen` writes it: comments, and a key a line."""
    try:
        lines = file.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise RecoveryError(f"The key {file} cannot be read: {error}.") from None
    try:
        found = [x25519.Identity.from_str(line.strip()) for line in lines if line.strip() and line[0] != "#"]
    except IdentityError:
        found = []
    if not found:
        # What the file holds is not repeated: it may be a key with a typing error.
        raise RecoveryError(f"The file {file} holds no private key (AGE-SECRET-KEY-1...).")
    return found


def _recipient(text: str) -> Recipient:
    try:
        return x25519.Recipient.from_str(text)
    except RecipientError:
        shown = "what was given" if text.upper().startswith("AGE-SECRET") else text
        raise RecoveryError(f"A recipient is a public key, age1...: {shown} is none.") from None
