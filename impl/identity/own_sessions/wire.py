"""Sessions on the wire, as their owner and staff see them."""

from generated import replies
from impl.identity.own_sessions.repository import SessionRow
from impl.identity.own_sessions.service import device_of
from impl.kernel.caller import Caller


def session_of(row: SessionRow, caller: Caller) -> replies.OwnSession:
    """Return a session, marked if it is the one of the request."""
    return {
        "id": row["id"],
        "device": device_of(row["user_agent"]),
        "provider": row["provider"],
        "address": row["address"],
        "created_at": row["created_at"],
        "last_seen_at": row["last_seen_at"],
        "expires_at": row["expires_at"],
        "current": row["id"] == caller.session_id,
    }
