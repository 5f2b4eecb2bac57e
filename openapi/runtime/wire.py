"""Types that routers, guard, handlers and services share; they need no web framework."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, override

MAX_BODY: Final = 128 * 1024


@dataclass(frozen=True, slots=True)
class RateLimitPolicy:
    """Rate limit: at most `quota` requests in `window` seconds, counted by what `partition` names."""

    name: str
    quota: int
    window: int
    partition: Literal["address", "caller"]


@dataclass(frozen=True, slots=True)
class CachePolicy:
    """Cache policy: who may store a reply, and for how many seconds."""

    scope: Literal["public", "private"]
    max_age: int


@dataclass(frozen=True, slots=True)
class Role:
    """Built-in role with the permissions of its own; those of `inherits` come on top."""

    name: str
    inherits: tuple[str, ...]
    permissions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProblemType:
    """Problem type as the contract names it; `slug` is the end of its URI."""

    slug: str
    status: int
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """Policies of one operation, without the shapes of its input and output.

    The defaults are those of most operations, so that generated code prints only the exceptions. An operation is not
    public, idempotent, cached or open unless the contract says so. `pages` are the statuses that a browser may be shown
    as a page.
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
    """Error in the input: `pointer` (RFC 6901) into the body, or the `parameter`'s name."""

    code: str
    detail: str
    pointer: str | None = None
    parameter: str | None = None


class Refusal(Exception):
    """Raised when a request does not fit the contract; the program renders it as a problem."""

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
    """Reply of an operation, which has subclasses of its own, so that handlers can return only the listed ones."""

    __slots__ = ("body", "headers", "status")

    status: int
    headers: Mapping[str, str]
    body: bytes

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes = b"") -> None:
        self.status = status
        self.headers = headers
        self.body = body

    def completed(self, added: Mapping[str, str]) -> "Reply":
        """Return the reply with these headers besides its own."""
        return Reply(self.status, {**self.headers, **added}, self.body)


class FileReply(Reply):
    """Reply whose content is a file, which is sent in chunks as they are read; they are read once.

    Whoever has the reply closes the chunks, whether all of them were sent, some, or, to a HEAD, none.
    """

    __slots__ = ("chunks", "size")

    chunks: AsyncGenerator[bytes, None]
    size: int

    def __init__(
        self, status: int, headers: Mapping[str, str], chunks: AsyncGenerator[bytes, None], *, size: int
    ) -> None:
        super().__init__(status, {**headers, "content-length": str(size)})
        self.chunks = chunks
        self.size = size

    @override
    def completed(self, added: Mapping[str, str]) -> "Reply":
        return FileReply(self.status, {**self.headers, **added}, self.chunks, size=self.size)
