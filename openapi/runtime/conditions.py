"""Final steps of a reply: cache headers, ETag and Last-Modified with their 304, deprecation."""

from hashlib import blake2b

from starlette.requests import Request

from openapi.runtime.dates import is_unmodified
from openapi.runtime.entity_tags import is_known
from openapi.runtime.wire import Operation, Reply

# RFC 9110, section 15.4.5: what describes the body that is not sent stays behind.
_LEFT_OUT_OF_304 = frozenset({"content-type", "content-length", "content-encoding", "content-language", "location"})
_CACHED = frozenset({200, 301})


def etag_of(body: bytes) -> str:
    """Return the ETag of a reply whose handler sets none: a hash of its bytes."""
    return f'"{blake2b(body, digest_size=16).hexdigest()}"'


def finish(operation: Operation, request: Request, reply: Reply) -> Reply:
    """Return the reply with the headers that the contract's policies add, or its 304."""
    added: dict[str, str] = {}
    if operation.cache is not None and reply.status in _CACHED:
        # A redirect as well: without a limit of its own, a 301 is kept for good (RFC 9110, section 15.4.2).
        added["cache-control"] = f"{operation.cache.scope}, max-age={operation.cache.max_age}"
        if reply.status == 200 and "etag" not in reply.headers:
            added["etag"] = etag_of(reply.body)
    if operation.texts:
        added["vary"] = "Accept"
    if operation.deprecated_at is not None:
        added["deprecation"] = operation.deprecated_at
    if operation.sunset_at is not None:
        added["sunset"] = operation.sunset_at
    if operation.errors == "oauth":
        added["pragma"] = "no-cache"  # RFC 6749, section 5.1
    if added:
        reply = reply.completed(added)
    if reply.status == 200 and 304 in operation.statuses and _is_current(request, reply):
        kept = {name: value for name, value in reply.headers.items() if name not in _LEFT_OUT_OF_304}
        return Reply(304, kept)
    return reply


def _is_current(request: Request, reply: Reply) -> bool:
    """Return whether the client holds this reply: by its ETag, and only where it names none by its date (13.2.2)."""
    if_none_match = request.headers.get("if-none-match")
    if if_none_match is not None:
        return is_known(if_none_match, reply.headers.get("etag"))
    return is_unmodified(request.headers.get("if-modified-since"), reply.headers.get("last-modified"))
