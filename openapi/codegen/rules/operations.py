"""Rules about operations: names, security, policies."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from openapi.codegen.document import Document, RawOperation
from openapi.codegen.naming import snake
from openapi.codegen.policies import is_public
from openapi.codegen.rules.rule import Rule, Table, unless
from openapi.codegen.schemas import FORM, OAUTH_ERRORS

_EXTENSIONS = frozenset(
    "x-permissions x-rate-limit x-idempotent x-cache x-audit x-open-parameters x-errors x-max-body "
    "x-deprecation".split()
)
_MAX_BODY = 64 * 1024 * 1024
# Beginnings of summaries that are no imperative, as docs and clients list them: "My jobs", "What I have reported".
_NO_VERBS = frozenset(
    "A All An Another Any Everything How I In Is It May Mine My No One Our Other Somebody That The Their These They"
    " This What When Where Whether Which Who Whoever Whom Whose Why With You Your".split()
)


def _operations(document: Document) -> Iterator[tuple[str, RawOperation]]:
    for operation in document.operations():
        yield operation.where, operation


def _tag(document: Document, operation: RawOperation) -> Iterator[str]:
    known = {tag.get("name") for tag in document.root.get("tags") or []}
    tags = operation.node.get("tags") or []
    yield from unless(len(tags) == 1 and tags[0] in known, str(tags))


def _operation_id(document: Document, operation: RawOperation) -> Iterator[str]:
    yield from unless(re.fullmatch(r"[a-z][a-z0-9]*([A-Z][a-z0-9]*)*", operation.id), operation.id)
    same = _places_by_function(document)[snake(operation.id)]
    yield from unless(len(same) == 1, f"also {', '.join(one for one in same if one != operation.where)}")


@lru_cache(maxsize=1)
def _places_by_function(document: Document) -> Mapping[str, Sequence[str]]:
    """Return the places of the operations by the names of their functions, each of which should have one."""
    places: dict[str, list[str]] = {}
    for operation in document.operations():
        places.setdefault(snake(operation.id), []).append(operation.where)
    return places


def _path_ids(document: Document, operation: RawOperation) -> Iterator[str]:
    declared = {one["name"] for one in operation.parameters if one.get("in") == "path"}
    yield from (name for name in re.findall(r"\{([^}]*)\}", operation.path) if name not in declared)


def _summary(document: Document, operation: RawOperation) -> Iterator[str]:
    summary = str(operation.node.get("summary") or "")
    yield from unless(summary and summary.split(maxsplit=1)[0].strip(",") not in _NO_VERBS, summary)


def _security(document: Document, operation: RawOperation) -> Iterator[str]:
    stated = operation.node.get("security")
    if not isinstance(stated, list):
        yield "it states none"
        return
    known = document.component("securitySchemes")
    yield from ("an empty alternative lets everyone in" for one in stated if not one)
    yield from (f"unknown scheme {name}" for one in stated for name in one if name not in known)


def _permissions(document: Document, operation: RawOperation) -> Iterator[str]:
    stated = operation.node.get("x-permissions")
    if is_public(document, operation):
        yield from unless(stated is None, "a public operation has none")
    elif not isinstance(stated, list):
        yield "it states none"
    else:
        known = document.root.get("x-permission-catalogue") or {}
        yield from (f"unknown permission {one}" for one in stated if one not in known)


def _rate_limit(document: Document, operation: RawOperation) -> Iterator[str]:
    policies = document.root.get("x-rate-limit-policies") or {}
    policy = policies.get(operation.node.get("x-rate-limit"))
    if policy is None:
        yield str(operation.node.get("x-rate-limit"))
    elif is_public(document, operation):
        yield from unless(policy.get("partition") == "address", "a public operation has no caller to count by")


def _idempotent(document: Document, operation: RawOperation) -> Iterator[str]:
    has_key = any(one.get("name", "").lower() == "idempotency-key" for one in operation.parameters)
    marked = operation.node.get("x-idempotent", False)
    yield from unless(marked is has_key, "x-idempotent and the Idempotency-Key parameter come together")
    if marked:
        yield from unless(operation.method == "post" and not is_public(document, operation), "only creates of a caller")


def _cache(document: Document, operation: RawOperation) -> Iterator[str]:
    cache = operation.node.get("x-cache")
    if cache is None:
        return
    right = (
        isinstance(cache, dict)
        and cache.get("scope") in {"public", "private"}
        and set(cache) - {"shared"} == {"scope", "max_age"}
        and (cache.get("shared", True) or cache["scope"] == "public")
    )
    yield from unless(right and isinstance(cache["max_age"], int) and cache["max_age"] >= 0, str(cache))
    yield from unless(operation.method == "get", "only reads")
    yield from unless("304" in operation.node.get("responses", {}), "304 is not listed")


def _public_cache(document: Document, operation: RawOperation) -> Iterator[str]:
    cache = operation.node.get("x-cache") or {}
    yield from unless(cache.get("scope") != "public" or is_public(document, operation))


def _audit(document: Document, operation: RawOperation) -> Iterator[str]:
    event = operation.node.get("x-audit")
    yield from unless(event is None or re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", str(event)), str(event))


def _errors(document: Document, operation: RawOperation) -> Iterator[str]:
    form = operation.node.get("x-errors")
    if form is None:
        return
    yield from unless(form == OAUTH_ERRORS, str(form))
    body = document.resolve(operation.node.get("requestBody") or {})
    yield from unless(is_public(document, operation), "it is not public")
    yield from unless(set(body.get("content") or {}) == {FORM}, "its body is no form")


def _deprecation(document: Document, operation: RawOperation) -> Iterator[str]:
    deprecation = operation.node.get("x-deprecation")
    yield from unless(bool(operation.node.get("deprecated")) is (deprecation is not None), "one without the other")
    if deprecation is not None:
        yield from unless(re.fullmatch(r"@[0-9]+", str(deprecation.get("since"))), f"since {deprecation.get('since')}")
        yield from unless(
            re.fullmatch(r"[A-Z][a-z]{2}, .* GMT", str(deprecation.get("sunset"))),
            f"sunset {deprecation.get('sunset')}",
        )


def _extensions(document: Document, operation: RawOperation) -> Iterator[str]:
    yield from (key for key in operation.node if key.startswith("x-") and key not in _EXTENSIONS)


def _max_body(document: Document, operation: RawOperation) -> Iterator[str]:
    size = operation.node.get("x-max-body")
    yield from unless(
        size is None or (isinstance(size, int) and 0 < size <= _MAX_BODY and "requestBody" in operation.node)
    )


SECTION = Table(
    _operations,
    (
        Rule("one-tag", "An operation has exactly one tag, and the root describes it.", _tag),
        Rule("operation-id", "An operationId is lowerCamel and unique, also as a Python name.", _operation_id),
        Rule("path-ids", "Every id in the path is declared as a parameter.", _path_ids),
        Rule("summary", "An operation has a summary, which begins with a verb.", _summary),
        Rule("security", "An operation states its security: [] for public ones, else known schemes.", _security),
        Rule("permissions", "An operation that is not public states x-permissions from the catalogue.", _permissions),
        Rule(
            "rate-limit", "An operation names a rate limit policy of the root, by address if it is public.", _rate_limit
        ),
        Rule("idempotent", "x-idempotent marks creates of a caller that take an Idempotency-Key.", _idempotent),
        Rule("cache", "x-cache {scope, max_age} stands on reads that list 304.", _cache),
        Rule("public-cache", "Only what anyone may read is cached for everyone.", _public_cache),
        Rule("audit", "x-audit names an event as thing.happened.", _audit),
        Rule(
            "errors", "x-errors: oauth (RFC 6749) stands on public operations whose body is a urlencoded form.", _errors
        ),
        Rule(
            "deprecation", "deprecated comes with x-deprecation {since: '@seconds', sunset: HTTP date}.", _deprecation
        ),
        Rule("extensions", "An operation has only extensions that the generator knows.", _extensions),
        Rule(
            "max-body",
            "x-max-body is a positive number of bytes, at most 64 MiB, on an operation with a body.",
            _max_body,
        ),
    ),
)
