"""Final steps of a reply: cache headers, ETag and 304, deprecation."""

from hashlib import blake2b

from starlette.requests import Request

from openapi.runtime.entity_tags import is_known
from openapi.runtime.wire import Operation, Reply

# RFC 9110, section 15.4.5: what describes the body that is not sent stays behind.
_LEFT_OUT_OF_304 = frozenset({"content-type", "content-length", "content-encoding", "content-language", "location"})


def finish(operation: Operation, request: Request, reply: Reply) -> Reply:
    """Return the reply with the headers that the contract's policies add, or its 304."""
    added: dict[str, str] = {}
    if operation.cache is not None and reply.status == 200:
        added["cache-control"] = f"{operation.cache.scope}, max-age={operation.cache.max_age}"
        if "etag" not in reply.headers:
            added["etag"] = f'"{blake2b(reply.body, digest_size=16).hexdigest()}"'
    if operation.deprecated_at is not None:
        added["deprecation"] = operation.deprecated_at
    if operation.sunset_at is not None:
        added["sunset"] = operation.sunset_at
    if operation.errors == "oauth":
        added["pragma"] = "no-cache"  # RFC 6749, section 5.1
    if added:
        reply = Reply(reply.status, {**reply.headers, **added}, reply.body)
    if (
        reply.status == 200
        and 304 in operation.statuses
        and is_known(request.headers.get("if-none-match"), reply.headers.get("etag"))
    ):
        kept = {name: value for name, value in reply.headers.items() if name not in _LEFT_OUT_OF_304}
        return Reply(304, kept)
    return reply
