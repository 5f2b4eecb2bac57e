"""Types that routers, guard, handlers and services share; they need no web framework."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol, Self, override

MAX_BODY: Final = 128 * 1024
# The last one is for nginx and its relatives, which would collect events until a buffer is full.
_OF_STREAMS: Final = {"content-type": "text/event-stream", "x-accel-buffering": "no"}


@dataclass(frozen=True, slots=True)
class RateLimitPolicy:
    """Rate limit: at most `quota` requests in `window` seconds, counted by what `partition` names."""

    name: str
    quota: int
    window: int
    partition: Literal["address", "caller"]


@dataclass(frozen=True, slots=True)
class CachePolicy:
    """Cache policy: who may store a reply, for how many seconds, and whether processes of the service share it."""

    scope: Literal["public", "private"]
    max_age: int
    shared: bool = True


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
    as a page, `texts` the media types in which a client may ask for the success instead of JSON.
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
    texts: tuple[str, ...] = ()
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


class CompressedReply(Reply):
    """Reply whose body is compressed already; the sender adds the coding and the ETag of this form."""

    __slots__ = ("coding", "plain_size")

    coding: str
    plain_size: int

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes, *, coding: str, plain_size: int) -> None:
        super().__init__(status, headers, body)
        self.coding = coding
        self.plain_size = plain_size

    @override
    def completed(self, added: Mapping[str, str]) -> "Reply":
        headers = {**self.headers, **added}
        return CompressedReply(self.status, headers, self.body, coding=self.coding, plain_size=self.plain_size)


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


@dataclass(frozen=True, slots=True)
class Event[DataT]:
    """Event of a stream: its data, and the id from which a client that has lost the connection goes on."""

    id: str
    data: DataT


class Heartbeat:
    """Heartbeat of a stream in which nothing happens, since a proxy would close it otherwise."""

    __slots__ = ()


HEARTBEAT: Final = Heartbeat()


class Events[DataT](Protocol):
    """Events as they happen; their reader closes them, whether or not it has read them to the end."""

    def __aiter__(self) -> Self: ...

    async def __anext__(self) -> Event[DataT] | Heartbeat: ...

    async def aclose(self) -> None: ...


class EventReply(Reply):
    """Reply without an end: events, each of which is sent when it happens (HTML, section 9.2, Server-sent events).

    It holds no queue: the next event is asked for when the last one has been taken off our hands.
    """

    __slots__ = ("events", "serialize")

    events: Events[Any]
    serialize: Callable[[Any], bytes]

    def __init__(
        self, status: int, headers: Mapping[str, str], events: Events[Any], serialize: Callable[[Any], bytes]
    ) -> None:
        super().__init__(status, {**_OF_STREAMS, **headers})
        self.events = events
        self.serialize = serialize

    @override
    def completed(self, added: Mapping[str, str]) -> "Reply":
        return EventReply(self.status, {**self.headers, **added}, self.events, self.serialize)

    def line(self, event: Event[Any] | Heartbeat) -> bytes:
        """Return what is sent of an event: JSON has no line breaks, so that the data is one line."""
        if isinstance(event, Heartbeat):
            return b":\n\n"
        return b"id: %b\ndata: %b\n\n" % (event.id.encode("ascii"), self.serialize(event.data))
