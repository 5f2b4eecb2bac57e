"""Rendering of every error as application/problem+json (RFC 9457): ours, the generated code's and the framework's."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from starlette.exceptions import HTTPException

from generated.policies import PROBLEM_TYPES
from impl.edge.negotiation import prefers_page
from impl.edge.refusal_page import PAGE_HEADERS, refusal_page
from impl.edge.request_context import RequestContext
from impl.kernel.errors import Problem
from openapi.runtime.wire import FieldError, Refusal, Reply

TYPE_PREFIX: Final = "https://api.hestami.ai/problems/"
_encode: Final = json.JSONEncoder(separators=(",", ":")).encode
INTERNAL_ERROR: Final = "internal-error"
_FAULT: Final = "Something went wrong on our side."
_CHALLENGE: Final = 'Bearer realm="hestami"'
_RETRY_AFTER_SECONDS: Final = "5"
# Bounds of the contract's schemas, for members that repeat a client's text.
_INSTANCE_CHARACTERS: Final = 340  # each of which may become twelve when escaped
_DETAIL_MAX: Final = 1000
_ERRORS_MAX: Final = 100
_ERROR_DETAIL_MAX: Final = 500
_PLACE_MAX: Final = 1000
# Types of the problems that the framework raises by status alone.
SLUGS: Final[Mapping[int, str]] = {
    400: "malformed-request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    413: "payload-too-large",
    415: "unsupported-media-type",
    422: "validation-failed",
    429: "rate-limited",
    503: "unavailable",
}

# Error codes of RFC 6749, sections 5.2 and 4.1.2.1; every other problem is an invalid request.
_OAUTH_ERRORS: Final[Mapping[str, str]] = {
    "invalid-client": "invalid_client",
    "invalid-grant": "invalid_grant",
    "unsupported-grant-type": "unsupported_grant_type",
    "mfa-required": "mfa_required",
    "rate-limited": "temporarily_unavailable",
    "unavailable": "temporarily_unavailable",
    INTERNAL_ERROR: "server_error",
}
# Characters that an error_description must not contain: all but printable ASCII without quotes and backslashes.
_NOT_OAUTH_TEXT: Final = re.compile(r"[^\x20\x21\x23-\x5b\x5d-\x7e]")
_NOTHING_HERE: Final = "There is nothing at this path."


def is_expected(error: Exception) -> bool:
    """Return whether the error is an answer; anything else is a fault, which is logged and not disclosed."""
    return isinstance(error, Problem | Refusal | HTTPException)


def render(error: Exception, context: RequestContext) -> Reply:
    """Render an error as the reply of the client; an unexpected one becomes an internal error."""
    match error:
        case Problem():
            return document(
                context,
                status=error.status,
                slug=error.slug,
                title=error.title,
                detail=error.detail,
                errors=error.errors,
                headers=error.headers,
                members=error.members,
            )
        case Refusal():
            return document(
                context,
                status=error.status,
                slug=error.slug,
                detail=error.detail,
                errors=error.errors,
                headers=error.headers,
            )
        case HTTPException() if error.status_code in SLUGS:
            return document(
                context,
                status=error.status_code,
                slug=SLUGS[error.status_code],
                detail=_NOTHING_HERE if error.status_code == 404 else "",
                headers=error.headers,
            )
        case _:
            return document(context, status=500, slug=INTERNAL_ERROR, detail=_FAULT)


def document(
    context: RequestContext,
    *,
    status: int,
    slug: str,
    title: str | None = None,
    detail: str = "",
    errors: Sequence[FieldError] = (),
    headers: Mapping[str, str] | None = None,
    members: Mapping[str, Any] | None = None,
) -> Reply:
    """Render a problem: as problem+json, as an OAuth error, or as a page where a browser prefers one."""
    context.problem = slug
    known = PROBLEM_TYPES.get(slug)
    # The contract's title comes first, so that all problems of a type have the same one.
    shown = known.title if known is not None else title or slug
    if context.operation is not None and context.operation.errors == "oauth":
        return _oauth(status, slug, _describe(detail or shown, errors), headers or {}, members or {})
    if context.operation is not None and status in context.operation.pages and prefers_page(context.accept):
        page = refusal_page(
            slug=slug,
            title=shown,
            detail=detail or shown,
            errors=[f"{error.parameter or error.pointer}: {error.detail}" for error in errors[:_ERRORS_MAX]],
            request_id=context.request_id,
            prefix=context.prefix,
        )
        return Reply(status, {**PAGE_HEADERS, **_completed(status, slug, headers or {})}, page)
    content: dict[str, Any] = {
        "type": TYPE_PREFIX + slug,
        "title": shown,
        "status": status,
        "detail": (detail or shown)[:_DETAIL_MAX],
        "instance": _instance(context.path),
        "request_id": context.request_id,
    }
    if errors:
        content["errors"] = [_entry(error) for error in errors[:_ERRORS_MAX]]
    if members:
        content.update(members)
    return _json(status, "application/problem+json", content, _completed(status, slug, headers or {}))


def _json(status: int, media_type: str, content: Mapping[str, Any], headers: Mapping[str, str]) -> Reply:
    # Escaped to ASCII: a lone surrogate in a message would otherwise turn a 422 into a 500.
    body = _encode(content).encode("ascii")
    return Reply(status, {"content-type": media_type, **headers}, body)


def _oauth(status: int, slug: str, description: str, headers: Mapping[str, str], members: Mapping[str, Any]) -> Reply:
    """Render an OAuth error (RFC 6749, section 5.2), whose statuses are all that OAuth libraries understand."""
    error = _OAUTH_ERRORS.get(slug, "invalid_request")
    content = {"error": error, "error_description": _NOT_OAUTH_TEXT.sub("'", description)[:_DETAIL_MAX], **members}
    answered = status if status >= 500 or status == 429 else 400
    completed = {**_completed(answered, slug, headers), "pragma": "no-cache"}
    return _json(answered, "application/json", content, completed)


def _describe(detail: str, errors: Sequence[FieldError]) -> str:
    """Describe the first three wrong parameters in a sentence, since OAuth errors have no member for them."""
    places = [(error.pointer or error.parameter or "").lstrip("/") + " " + error.detail for error in errors]
    return " ".join([detail, *(f"{place}." for place in places[:3])])


def _completed(status: int, slug: str, headers: Mapping[str, str]) -> Mapping[str, str]:
    completed = {name.lower(): value for name, value in headers.items()}
    if status == 401:
        invalid = ', error="invalid_token"' if slug == "invalid-token" else ""
        completed.setdefault("www-authenticate", _CHALLENGE + invalid)
    elif status == 503:
        completed.setdefault("retry-after", _RETRY_AFTER_SECONDS)
    return completed


def _entry(error: FieldError) -> dict[str, str]:
    entry = {"detail": error.detail[:_ERROR_DETAIL_MAX], "code": error.code}
    if error.pointer is not None:
        entry["pointer"] = error.pointer[:_PLACE_MAX]
    if error.parameter is not None:
        entry["parameter"] = error.parameter[:_PLACE_MAX]
    return entry


def _instance(path: str) -> str:
    """Encode the decoded path again, because the received one may be no valid URI."""
    return quote(path[:_INSTANCE_CHARACTERS], safe="/:@!$&'()*+,;=~", errors="replace")
