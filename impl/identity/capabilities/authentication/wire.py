"""Tokens of a session on the wire, however it began."""

from generated import replies
from impl.identity.capabilities.authentication.service import SignedIn


def tokens_to_wire(signed_in: SignedIn) -> replies.TokenPair:
    """Return the reply of each operation that signs somebody in."""
    return {
        "access_token": signed_in.access_token,
        "token_type": "Bearer",
        "expires_in": signed_in.expires_in,
        "refresh_token": signed_in.refresh_token,
        "refresh_expires_at": signed_in.refresh_expires_at,
        "session_id": signed_in.session_id,
        "device_token": signed_in.device_token,
    }
