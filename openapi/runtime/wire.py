"""What routers, guard, handlers and services share: operations, policies, replies, refusals. Needs no web framework."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

MAX_BODY: Final = 128 * 1024


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What the contract says of one operation, beside the shapes of what goes in and out.

    The defaults are what most operations have, so that generated code prints what is particular to one. Nothing is
    public, idempotent, cached or open unless the contract says so. `pages` are those of its statuses that a browser may
    be shown as a page.
    """

    id: str
    method: str
    path: str
    tag: str
    rate_limit: RateLimitPolicy
    statuses: frozenset[int]
    public: bool = False
    permissions: tuple[str, ...] = ()
    idempotent: bool = False
    cache: CachePolicy | None = None
    audit: str | None = None
    deprecated: bool = False
    deprecated_at: str | None = None
    sunset_at: str | None = None
    open_parameters: bool = False
    errors: Literal["problem", "oauth"] = "problem"
    pages: tuple[int, ...] = ()
    max_body: int = MAX_BODY


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
    """A finished answer; each operation has subclasses of its own, so that handlers can return only what it lists."""

    __slots__ = ("body", "headers", "status")

    status: int
    headers: Mapping[str, str]
    body: bytes

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes = b"") -> None:
        self.status = status
        self.headers = headers
        self.body = body
