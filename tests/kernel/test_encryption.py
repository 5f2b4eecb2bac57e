"""Encrypted texts can be decrypted in their own context only, and survive a rotation of the keys."""

from __future__ import annotations

import pytest

from impl.kernel.encryption import Cipher, DecryptionError

OLD, NEW = b"o" * 32, b"n" * 48
TEXT = "JBSWY3DPEHPK3PXP ü"


def test_a_sealed_text_opens_and_shows_nothing() -> None:
    cipher = Cipher([OLD])
    encrypted = cipher.encrypt(TEXT, context="totp:1")
    assert cipher.decrypt(encrypted, context="totp:1") == TEXT
    assert b"JBSWY" not in encrypted
    assert cipher.encrypt(TEXT, context="totp:1") != encrypted


def test_a_rotation_keeps_what_was_sealed_before() -> None:
    encrypted = Cipher([OLD]).encrypt(TEXT, context="totp:1")
    both = Cipher([NEW, OLD])
    assert both.decrypt(encrypted, context="totp:1") == TEXT
    renewed = both.rotate(encrypted, context="totp:1")
    assert renewed is not None
    assert both.rotate(renewed, context="totp:1") is None
    assert Cipher([NEW]).decrypt(renewed, context="totp:1") == TEXT


@pytest.mark.parametrize(
    ("ring", "context", "kept"),
    [([NEW], "totp:1", None), ([OLD], "totp:2", None), ([OLD], "totp:1", -4), ([OLD], "totp:1", 0)],
    ids=["another key", "another context", "cut", "nothing"],
)
def test_what_was_not_sealed_so_is_unreadable(ring: list[bytes], context: str, kept: int | None) -> None:
    encrypted = Cipher([OLD]).encrypt(TEXT, context="totp:1")[:kept]
    for attempt in (Cipher(ring).decrypt, Cipher(ring).rotate):
        with pytest.raises(DecryptionError):
            attempt(encrypted, context=context)


@pytest.mark.parametrize("ring", [[], [b"short"], [NEW, b"short"]])
def test_a_ring_without_a_good_key_is_none(ring: list[bytes]) -> None:
    with pytest.raises(ValueError, match="at least 32"):
        Cipher(ring)
