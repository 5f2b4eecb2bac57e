"""Principal of a request: an anonymous client, or a caller who has signed in."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID


@dataclass(frozen=True, slots=True)
class IdempotencyRecord:
    """Idempotency key of a caller's request, with a fingerprint of the request's content."""

    key: str
    operation: str
    caller_id: UUID
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class AnonymousClient:
    """Client of a request that nobody has signed in for.

    The texts are personal or chosen by the sender: they serve audit and back-off only.
    """

    address: str
    user_agent: str
    request_id: str
    # Whether the request is a HEAD for a GET, which must change nothing.
    is_head: bool = field(default=False, kw_only=True)


NO_CLIENT: Final = AnonymousClient(address="", user_agent="", request_id="")
"""Stands for the client in events that no request has caused: of the worker, or of an operator's command."""


@dataclass(frozen=True, slots=True)
class CallerDetails:
    """Details of the caller's account, as the check of the session has read them."""

    username: str | None
    full_name: str
    phone: str | None
    locale: str
    has_password: bool
    created_at: datetime
    updated_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class Caller(AnonymousClient):
    """Account with a live session, and the permissions of all its roles, inherited ones included.

    While a role requires a second factor (`mfa_required`) that is not switched on (`mfa_enrolled`), there are none.
    """

    user_id: UUID
    session_id: UUID
    email: str
    roles: frozenset[str]
    permissions: frozenset[str]
    # Read with the session, in one statement: a second one for them would cost the request as much again.
    details: CallerDetails = field(repr=False)
    mfa_required: bool = False
    mfa_enrolled: bool = False
    idempotency_record: IdempotencyRecord | None = None
