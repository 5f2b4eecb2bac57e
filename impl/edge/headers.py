"""Response headers that every answer has, and the list of origins that may call the service from a browser."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

type Header = tuple[bytes, bytes]

API_POLICY: Final = b"default-src 'none'; frame-ancestors 'none'"
_NO_STORE: Final[Header] = (b"cache-control", b"no-store")
_API_POLICY_HEADER: Final[Header] = (b"content-security-policy", API_POLICY)
_ALWAYS: Final[tuple[Header, ...]] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)
_TLS_ONLY: Final[Header] = (b"strict-transport-security", b"max-age=63072000; includeSubDomains")

_METHODS: Final = "GET, HEAD, POST, PUT, PATCH, DELETE"
# The last five are added by tracing libraries and older AJAX libraries.
_REQUEST_HEADERS: Final = (
    "authorization",
    "content-type",
    "idempotency-key",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "last-event-id",
    "request-id",
    "traceparent",
    "tracestate",
    "baggage",
    "sentry-trace",
    "x-requested-with",
)
_RESPONSE_HEADERS: Final = (
    b"Content-Disposition, Deprecation, ETag, Idempotent-Replayed, Link, Location, RateLimit, RateLimit-Policy, "
    b"Request-Id, Retry-After, Sunset, WWW-Authenticate"
)
_PREFLIGHT_SECONDS: Final = "600"


class Origins:
    """Allow-list of origins, compared whole; `null` (sandboxed frames, local files) and `*` never match."""

    def __init__(self, allowed: Iterable[str], *, request_headers: Iterable[str] = ()) -> None:
        """Take the allowed origins; `request_headers` are names that pages may send beside the usual ones."""
        origins = frozenset(allowed)
        if refused := origins & {"*", "null"}:
            raise ValueError(f"not an origin that could be allowed: {', '.join(sorted(refused))}")
        self._allowed = frozenset(origin.encode("ascii") for origin in origins)
        names = dict.fromkeys((*_REQUEST_HEADERS, *request_headers))
        self._request_headers = ", ".join(names)

    def allows(self, origin: bytes) -> bool:
        return origin in self._allowed

    def preflight(self) -> dict[str, str]:
        """Return the headers that the answer to a preflight adds to `answer`."""
        return {
            "access-control-allow-methods": _METHODS,
            "access-control-allow-headers": self._request_headers,
            "access-control-max-age": _PREFLIGHT_SECONDS,
        }

    def answer(self, origin: bytes | None) -> list[Header]:
        """Return the CORS headers for an origin; credentials are never allowed, since tokens travel in no cookie."""
        if not self._allowed:
            return []
        # Without Vary a shared cache would hand one origin's permission to another one.
        vary: list[Header] = [(b"vary", b"Origin")]
        if origin is None or origin not in self._allowed:
            return vary
        return [
            *vary,
            (b"access-control-allow-origin", origin),
            (b"access-control-expose-headers", _RESPONSE_HEADERS),
        ]


def add_headers(headers: list[Header], added: Iterable[Header]) -> None:
    """Add headers to a response; the names of a `Vary` are added to an existing one.

    Of several lines nginx reads the last one before 1.23: its cache gave a page without permission to a listed origin.
    """
    for name, value in added:
        place = next((at for at, line in enumerate(headers) if line[0] == name), None) if name == b"vary" else None
        if place is None:
            headers.append((name, value))
        else:
            headers[place] = (name, headers[place][1] + b", " + value)


def with_standard_headers(headers: Iterable[Header], *, secure: bool) -> list[Header]:
    """Return the response's own headers, completed by the standard ones that it did not set."""
    lines = list(headers)
    names = {name for name, _ in lines}
    lines.extend(_ALWAYS)
    if b"cache-control" not in names:
        lines.append(_NO_STORE)
    if b"content-security-policy" not in names:
        lines.append(_API_POLICY_HEADER)
    if secure:
        lines.append(_TLS_ONLY)
    return lines
