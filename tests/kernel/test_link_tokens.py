"""Tokens in links survive mail programs, which cut certain characters off a link's end."""

from __future__ import annotations

from impl.kernel.secrets import derive_link_token, random_link_token


def test_no_token_ends_in_what_mail_programs_leave_out() -> None:
    """One in 32 of base64url would: among a thousand there would be some."""
    tokens = [derive_link_token(b"root", "test", str(number)) for number in range(500)]
    tokens += [random_link_token() for _ in range(500)]
    assert all(token.isascii() and token.isalnum() and len(token) == 43 for token in tokens)
    assert len(set(tokens)) == len(tokens)
