"""Who sends a request: an anonymous client, of which only the connection is known, or a caller, who has signed in."""

from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True, slots=True)
class IdempotencyRecord:
    """A caller's idempotency key on one request; the fingerprint is of that request's content."""

    key: str
    operation: str
    caller_id: UUID
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class AnonymousClient:
    """Anyone, as the edge saw them. The texts are personal or the sender's own: for audit and back-off only."""

    address: str
    user_agent: str
    request_id: str
    # Whether HEAD asks what GET would answer: it must change nothing.
    is_head: bool = field(default=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Caller(AnonymousClient):
    """An account with a live session; the permissions are those of all its roles, inherited ones included.

    While a role requires a second factor (`mfa_required`) that is not switched on (`mfa_enrolled`) there are none.
    """

    user_id: UUID
    session_id: UUID
    email: str
    roles: frozenset[str]
    permissions: frozenset[str]
    mfa_required: bool = False
    mfa_enrolled: bool = False
    claim: IdempotencyRecord | None = None
