# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The words that routers, guard and handlers share: operations, policies, replies, refusals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from starlette.requests import Request


@dataclass(frozen=True, slots=True)
class RateLimitPolicy:
    """At most `quota` requests in `window` seconds, counted by what `partition` names."""

    name: str
    quota: int
    window: int
    partition: Literal["address", "caller"]


@dataclass(frozen=True, slots=True)
class CachePolicy:
    """Who may keep a reply, and for how many seconds."""

    scope: Literal["public", "private"]
    max_age: int


@dataclass(frozen=True, slots=True)
class Role:
    """A built-in role with the permissions of its own; those of `inherits` come on top."""

    name: str
    inherits: tuple[str, ...]
    permissions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A kind of problem as the contract names it; `slug` is the end of its URI."""

    slug: str
    status: int
    title: str


@dataclass(frozen=True, slots=True)
class Operation:
    """What the contract says of one operation, beside the shapes of what goes in and out.

    `pages` are those of its statuses that a browser may be shown as a page.
    """

    id: str
    method: str
    path: str
    tag: str
    public: bool
    permissions: tuple[str, ...]
    rate_limit: RateLimitPolicy
    idempotent: bool
    cache: CachePolicy | None
    audit: str | None
    deprecated: bool
    deprecated_at: str | None
    sunset_at: str | None
    open_parameters: bool
    errors: Literal["problem", "oauth"]
    statuses: frozenset[int]
    pages: tuple[int, ...]
    max_body: int


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing that is wrong with the input: `pointer` (RFC 6901) into the body, or the `parameter`'s name."""

    code: str
    detail: str
    pointer: str | None = None
    parameter: str | None = None


class Refusal(Exception):
    """A request that does not fit the contract; whoever renders problems turns it into one."""

    def __init__(
        self,
        status: int,
        slug: str,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.slug = slug
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})


class Reply:
    """A finished answer. Each operation has its own subclasses, so that only what the contract lists can be returned."""

    __slots__ = ("body", "headers", "status")

    status: int
    headers: Mapping[str, str]
    body: bytes

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes = b"") -> None:
        self.status = status
        self.headers = headers
        self.body = body


class Guard[CallerT, VisitorT](Protocol):
    """Stands before every operation; generated code awaits it before it reads a byte of the body."""

    async def admit(self, request: Request, operation: Operation) -> VisitorT:
        """Let anyone in to a public operation, or refuse with 429."""
        ...

    async def authorize(self, request: Request, operation: Operation) -> CallerT:
        """Find out who calls and whether they may, or refuse with 401, 403, 429, in this order."""
        ...

    async def once(self, request: Request, operation: Operation, caller: CallerT, payload: bytes) -> CallerT | Reply:
        """For idempotent operations, after validation: the kept reply to send again, or the caller with a claim."""
        ...
