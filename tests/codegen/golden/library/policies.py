# Generated from library.yaml by openapi/codegen. Change that, then `make generate`.
"""The contract's policies as data: roles, permissions, limits, problems and operations."""

from types import MappingProxyType

from openapi.runtime.wire import CachePolicy, Operation, ProblemType, RateLimitPolicy, Role

API_PREFIX = "/api/v1"

PERMISSIONS = MappingProxyType({"book:read": "See books.", "book:write": "Change books."})

ROLES = MappingProxyType(
    {
        "READER": Role(name="READER", inherits=(), permissions=("book:read",)),
        "LIBRARIAN": Role(name="LIBRARIAN", inherits=("READER",), permissions=("book:write",)),
    }
)

RATE_LIMIT_POLICIES = MappingProxyType(
    {
        "anyone": RateLimitPolicy(name="anyone", quota=600, window=60, partition="address"),
        "member": RateLimitPolicy(name="member", quota=120, window=60, partition="caller"),
    }
)

PROBLEM_TYPES = MappingProxyType(
    {
        "forbidden": ProblemType(slug="forbidden", status=403, title="Forbidden"),
        "idempotency-in-flight": ProblemType(slug="idempotency-in-flight", status=409, title="Idempotency in flight"),
        "internal-error": ProblemType(slug="internal-error", status=500, title="Internal error"),
        "invalid-token": ProblemType(slug="invalid-token", status=401, title="Invalid token"),
        "malformed-request": ProblemType(slug="malformed-request", status=400, title="Malformed request"),
        "not-acceptable": ProblemType(slug="not-acceptable", status=406, title="Not acceptable"),
        "not-found": ProblemType(slug="not-found", status=404, title="Not found"),
        "payload-too-large": ProblemType(slug="payload-too-large", status=413, title="Payload too large"),
        "precondition-failed": ProblemType(slug="precondition-failed", status=412, title="Precondition failed"),
        "rate-limited": ProblemType(slug="rate-limited", status=429, title="Rate limited"),
        "unauthenticated": ProblemType(slug="unauthenticated", status=401, title="Unauthenticated"),
        "unsupported-media-type": ProblemType(
            slug="unsupported-media-type", status=415, title="Unsupported media type"
        ),
        "validation-failed": ProblemType(slug="validation-failed", status=422, title="Validation failed"),
    }
)


LIST_BOOKS = Operation(
    id="listBooks",
    method="GET",
    path="/api/v1/books",
    tag="books",
    rate_limit=RATE_LIMIT_POLICIES["member"],
    statuses=frozenset({200, 401, 403, 406, 422, 429, 500}),
    permissions=("book:read",),
    texts=("text/csv",),
)
CREATE_BOOK = Operation(
    id="createBook",
    method="POST",
    path="/api/v1/books",
    tag="books",
    rate_limit=RATE_LIMIT_POLICIES["member"],
    statuses=frozenset({201, 400, 401, 403, 406, 409, 413, 415, 422, 429, 500}),
    permissions=("book:write",),
    idempotent=True,
    audit="book.created",
)
GET_LATEST_BOOK = Operation(
    id="getLatestBook",
    method="GET",
    path="/api/v1/books/latest",
    tag="shelf-search",
    rate_limit=RATE_LIMIT_POLICIES["anyone"],
    statuses=frozenset({200, 304, 406, 422, 429, 500}),
    public=True,
    cache=CachePolicy(scope="public", max_age=30),
    deprecated=True,
    deprecated_at="@1767225600",
    sunset_at="Fri, 01 Jan 2027 00:00:00 GMT",
)
WATCH_BOOKS = Operation(
    id="watchBooks",
    method="GET",
    path="/api/v1/books/events",
    tag="books",
    rate_limit=RATE_LIMIT_POLICIES["member"],
    statuses=frozenset({200, 401, 403, 422, 429, 500}),
    permissions=("book:read",),
)
GET_BOOK = Operation(
    id="getBook",
    method="GET",
    path="/api/v1/books/{book_id}",
    tag="books",
    rate_limit=RATE_LIMIT_POLICIES["member"],
    statuses=frozenset({200, 304, 401, 403, 404, 406, 422, 429, 500}),
    permissions=("book:read",),
)
UPDATE_BOOK = Operation(
    id="updateBook",
    method="PATCH",
    path="/api/v1/books/{book_id}",
    tag="books",
    rate_limit=RATE_LIMIT_POLICIES["member"],
    statuses=frozenset({200, 400, 401, 403, 404, 406, 412, 413, 415, 422, 429, 500}),
    permissions=("book:write",),
)
DELETE_BOOK = Operation(
    id="deleteBook",
    method="DELETE",
    path="/api/v1/books/{book_id}",
    tag="books",
    rate_limit=RATE_LIMIT_POLICIES["member"],
    statuses=frozenset({204, 401, 403, 404, 422, 429, 500}),
    permissions=("book:write",),
    audit="book.deleted",
)
GET_COVER = Operation(
    id="getCover",
    method="GET",
    path="/api/v1/books/{book_id}/cover",
    tag="books",
    rate_limit=RATE_LIMIT_POLICIES["member"],
    statuses=frozenset({200, 401, 403, 404, 422, 429, 500}),
)
REPLACE_COVER = Operation(
    id="replaceCover",
    method="PUT",
    path="/api/v1/books/{book_id}/cover",
    tag="books",
    rate_limit=RATE_LIMIT_POLICIES["member"],
    statuses=frozenset({204, 400, 401, 403, 404, 413, 415, 422, 429, 500}),
    max_body=1024,
)
REPLACE_BINDING = Operation(
    id="replaceBinding",
    method="PUT",
    path="/api/v1/books/{book_id}/binding",
    tag="books",
    rate_limit=RATE_LIMIT_POLICIES["member"],
    statuses=frozenset({200, 400, 401, 403, 406, 413, 415, 422, 429, 500}),
    permissions=("book:write",),
)
LEND_BOOK = Operation(
    id="lendBook",
    method="POST",
    path="/api/v1/books/{book_id}/loan",
    tag="books",
    rate_limit=RATE_LIMIT_POLICIES["member"],
    statuses=frozenset({204, 400, 401, 403, 413, 415, 422, 429, 500}),
)
ISSUE_TOKEN = Operation(
    id="issueToken",
    method="POST",
    path="/api/v1/token",
    tag="shelf-search",
    rate_limit=RATE_LIMIT_POLICIES["anyone"],
    statuses=frozenset({200, 400, 406, 413, 415, 422, 429, 500}),
    public=True,
    open_parameters=True,
)
TRADE_TOKEN = Operation(
    id="tradeToken",
    method="POST",
    path="/api/v1/token/trade",
    tag="shelf-search",
    rate_limit=RATE_LIMIT_POLICIES["anyone"],
    statuses=frozenset({200, 400, 429, 500}),
    public=True,
    open_parameters=True,
    errors="oauth",
)
OPEN_DOOR = Operation(
    id="openDoor",
    method="GET",
    path="/api/v1/door",
    tag="shelf-search",
    rate_limit=RATE_LIMIT_POLICIES["anyone"],
    statuses=frozenset({303, 422, 429, 500}),
    public=True,
    pages=(422,),
)

OPERATIONS: tuple[Operation, ...] = (
    LIST_BOOKS,
    CREATE_BOOK,
    GET_LATEST_BOOK,
    WATCH_BOOKS,
    GET_BOOK,
    UPDATE_BOOK,
    DELETE_BOOK,
    GET_COVER,
    REPLACE_COVER,
    REPLACE_BINDING,
    LEND_BOOK,
    ISSUE_TOKEN,
    TRADE_TOKEN,
    OPEN_DOOR,
)
