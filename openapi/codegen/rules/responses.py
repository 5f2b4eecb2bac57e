"""Rules about responses: which ones an operation must have, and their content."""

import re
from collections.abc import Iterator

from openapi.codegen.document import Document, Node, RawOperation
from openapi.codegen.policies import is_public
from openapi.codegen.rules.rule import Rule, Table, unless
from openapi.codegen.schemas import (
    EVENTS,
    JSON,
    OAUTH_ERRORS,
    PAGE,
    PROBLEM,
    flatten,
    is_file,
    is_stream,
    parameter_name,
    text_types,
)

_HEADERS = {
    "201": ("Location",),
    "301": ("Location",),
    "303": ("Location",),
    "304": ("ETag",),
    "401": ("WWW-Authenticate",),
    "429": ("Retry-After",),
    "503": ("Retry-After",),
}
_WITHOUT_CONTENT = frozenset({"204", "301", "303", "304"})
_OAUTH_MEMBERS = {"error", "error_description"}


def _operations(document: Document) -> Iterator[tuple[str, RawOperation]]:
    for operation in document.operations():
        yield operation.where, operation


def _responses(operation: RawOperation) -> Node:
    found: Node = operation.node.get("responses") or {}
    return found


def _resolved(document: Document, operation: RawOperation) -> Iterator[tuple[str, Node]]:
    for status, node in _responses(operation).items():
        if status.isdecimal():
            yield status, document.resolve(node)


def _statuses(document: Document, operation: RawOperation) -> Iterator[str]:
    statuses = list(_responses(operation))
    yield from (status for status in statuses if not re.fullmatch(r"[2-5][0-9]{2}", status))
    yield from unless(any(status.startswith("2") or status == "303" for status in statuses), "no success")


def _by_reference(document: Document, operation: RawOperation) -> Iterator[str]:
    yield from (status for status, node in _responses(operation).items() if "$ref" not in node)


def _complete(document: Document, operation: RawOperation) -> Iterator[str]:
    listed = _responses(operation)
    yield from (f"{status}: {why}" for status, why in _expected(document, operation) if status not in listed)


def _expected(document: Document, operation: RawOperation) -> Iterator[tuple[str, str]]:
    headers = {one["name"].lower() for one in operation.parameters if one.get("in") == "header"}
    yield "429", "it has a rate limit"
    yield "500", "anything can break"
    if _has_oauth_errors(operation):
        yield "400", "RFC 6749 has no other status for what is wrong with a request"
        return
    yield "422", "unknown parameters are refused"
    if any(
        status.startswith("2") and JSON in (response.get("content") or {})
        for status, response in _resolved(document, operation)
    ):
        yield "406", "its success is JSON"
    if not is_public(document, operation):
        yield "401", "it is not public"
        yield "403", "it is not public"
    if "requestBody" in operation.node:
        yield from ((status, "it has a body") for status in ("400", "413", "415"))
    if operation.node.get("x-idempotent"):
        yield "409", "it is idempotent"
    if "if-match" in headers:
        yield from ((status, "it takes If-Match") for status in ("400", "412"))
    if "if-none-match" in headers:
        yield "304", "it takes If-None-Match"


def _has_oauth_errors(operation: RawOperation) -> bool:
    return operation.node.get("x-errors") == OAUTH_ERRORS


def _oauth_errors(document: Document, operation: RawOperation) -> Iterator[str]:
    if not _has_oauth_errors(operation):
        return
    for status, response in _resolved(document, operation):
        content = response.get("content") or {}
        if int(status) < 400:
            continue
        schema = document.resolve((content.get(JSON) or {}).get("schema") or {})
        members = set(schema.get("properties") or {})
        yield from unless(set(content) == {JSON} and members >= _OAUTH_MEMBERS, f"{status}: {', '.join(content)}")
        yield from unless(int(status) not in {401, 403, 413, 415, 422}, f"{status}: the edge answers 400")


def _problems(document: Document, operation: RawOperation) -> Iterator[str]:
    for status, response in _resolved(document, operation):
        if int(status) < 400 or _has_oauth_errors(operation):
            continue
        content = response.get("content") or {}
        if PROBLEM not in content or not set(content) <= _kinds(operation):
            yield f"{status}: {', '.join(content) or 'no content'}"
            continue
        schema = content[PROBLEM].get("schema") or {}
        kinds = schema.get("oneOf", [schema])
        yield from unless(
            "oneOf" not in schema or schema.get("discriminator", {}).get("propertyName") == "type", status
        )
        for kind in kinds:
            yield from _problem(document, status, kind)


def _kinds(operation: RawOperation) -> set[str]:
    """Return the media types that a refusal may have: a page only where browsers are redirected."""
    return {PROBLEM, PAGE} if "303" in _responses(operation) else {PROBLEM}


def _problem(document: Document, status: str, kind: Node) -> Iterator[str]:
    if "$ref" not in kind:
        yield f"{status}: a problem without a name"
        return
    properties = flatten(document, document.resolve(kind)).get("properties", {})
    uri = str(properties.get("type", {}).get("const", ""))
    constant = properties.get("status", {}).get("const")
    yield from unless(re.search(r"/problems/[a-z0-9-]+$", uri), f"{status}: {kind['$ref']} has no const type")
    yield from unless(str(constant) == status, f"{status}: {kind['$ref']} is for {constant}")


def _bodies(document: Document, operation: RawOperation) -> Iterator[str]:
    for status, response in _resolved(document, operation):
        content = response.get("content") or {}
        if int(status) >= 400:
            continue
        if status in _WITHOUT_CONTENT:
            yield from unless(not content, f"{status} has content")
            continue
        if is_file(content):
            yield from (f"{status}: {media} has a schema" for media, one in content.items() if "schema" in one)
            has_tag = "x-cache" not in operation.node or "ETag" in (response.get("headers") or {})
            yield from unless(has_tag, f"{status}: a file has no hash to be cached by")
            continue
        if is_stream(content):
            yield from _stream(document, operation, status, content)
            continue
        yield from unless(set(content) <= {JSON, *text_types(content)}, f"{status}: {', '.join(content)}")
        if JSON in content:
            yield from unless("$ref" in (content[JSON].get("schema") or {}), f"{status}: the schema has no name")


def _texts(document: Document, operation: RawOperation) -> Iterator[str]:
    """Refuse a choice that a cache could not tell apart, or a handler could not be told."""
    for status, response in _resolved(document, operation):
        content = response.get("content") or {}
        texts = text_types(content)
        if not texts:
            continue
        headers = {name.lower() for name in response.get("headers") or {}}
        yield from unless((operation.method, status) == ("get", "200"), f"{status}: {operation.method}")
        yield from unless(next(iter(content)) == JSON, f"{status}: JSON is not the first")
        yield from unless("vary" in headers, f"{status}: no Vary")
        yield from unless("x-cache" not in operation.node, f"{status}: kept replies are found by path and query")
        yield from unless("etag" not in headers, f"{status}: one ETag of several representations")
        named = {parameter_name(one) for one in operation.parameters}
        yield from unless("media_type" not in named, f"{status}: media_type is the name of the choice")
        for text in texts:
            schema = content[text].get("schema") or {}
            yield from unless(
                schema.get("type") == "string" and set(schema) == {"type", "maxLength"},
                f"{status}: {text} is no bounded string",
            )


def _stream(document: Document, operation: RawOperation, status: str, content: Node) -> Iterator[str]:
    """Refuse a stream that an intermediary could store or a client could not tell apart."""
    yield from unless(len(content) == 1, f"{status}: {', '.join(content)}")
    yield from unless(operation.method == "get", f"{status}: only a GET can be resumed")
    yield from unless("x-cache" not in operation.node, f"{status}: a stream has no end to be cached by")
    schema = content[EVENTS].get("schema") or {}
    yield from unless("$ref" in schema, f"{status}: the schema has no name")
    headers = {one["name"].lower() for one in operation.parameters if one.get("in") == "header"}
    yield from unless("last-event-id" in headers, f"{status}: it does not take Last-Event-ID")


def _examples(document: Document, operation: RawOperation) -> Iterator[str]:
    for status, response in _resolved(document, operation):
        contents = response.get("content") or {}
        for media, content in () if is_file(contents) else contents.items():
            yield from unless("example" in content or content.get("examples"), f"{status} {media}")


def _headers(document: Document, operation: RawOperation) -> Iterator[str]:
    for status, response in _resolved(document, operation):
        names = {name.lower() for name in response.get("headers") or {}}
        wanted = ("Request-Id", "Cache-Control", *_HEADERS.get(status, ()))
        yield from (f"{status}: {name}" for name in wanted if name.lower() not in names)


def _links(document: Document, operation: RawOperation) -> Iterator[str]:
    known = {one.id for one in document.operations()}
    for status, response in _resolved(document, operation):
        links = [document.resolve(one) for one in (response.get("links") or {}).values()]
        yield from unless(status != "201" or operation.method != "post" or links, f"{status} has none")
        yield from (f"{status}: {one.get('operationId')}" for one in links if one.get("operationId") not in known)


def _pages(document: Document, operation: RawOperation) -> Iterator[str]:
    limits = [one for one in operation.parameters if one["name"] == "limit" and one.get("in") == "query"]
    cursors = [one for one in operation.parameters if one["name"] == "cursor" and one.get("in") == "query"]
    if not limits and not cursors:
        return
    yield from unless(limits and cursors, "limit and cursor come together")
    for status, response in _resolved(document, operation):
        for media, content in (response.get("content") or {}).items():
            if media == JSON:
                page = flatten(document, document.resolve(content.get("schema") or {}))
                yield from unless({"items", "next_cursor"} <= set(page.get("properties") or {}), f"{status}: no page")


SECTION = Table(
    _operations,
    (
        Rule("statuses", "Responses are listed by their status, never default, with a success among them.", _statuses),
        Rule("responses-named", "Every response is a named component.", _by_reference),
        Rule("responses-complete", "An operation lists every status that it can give.", _complete),
        Rule(
            "problems",
            "An error is a named problem, or several told apart by type, with the response's status; beside it, where "
            "browsers are sent on, there may be a page.",
            _problems,
        ),
        Rule("oauth-errors", "An error of x-errors: oauth is JSON with error and error_description.", _oauth_errors),
        Rule(
            "reply-bodies",
            "A success is JSON of a named schema, a file in media types without one, a stream of events with the named "
            "schema of their data, or has no content (204, 301, 303, 304).",
            _bodies,
        ),
        Rule(
            "reply-texts",
            "Beside JSON, the 200 of a GET may be a text: a bounded string in a media type of its own, after JSON, "
            "chosen by Accept and told apart by Vary, without x-cache and ETag.",
            _texts,
        ),
        Rule("reply-examples", "A response with content has an example, unless it is a file.", _examples),
        Rule(
            "reply-headers",
            "A response lists its headers: Request-Id, Cache-Control, and those of its status.",
            _headers,
        ),
        Rule("links", "A create leads on by links to operations of the contract.", _links),
        Rule("pages", "A list takes limit and cursor, and answers items and next_cursor.", _pages),
    ),
)
