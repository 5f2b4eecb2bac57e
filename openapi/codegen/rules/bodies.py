"""Rules about request bodies."""

from collections.abc import Iterator

from openapi.codegen.document import Document, Node, RawOperation, ref_name
from openapi.codegen.rules.rule import Rule, Table, unless
from openapi.codegen.schemas import FORM, JSON, MERGE_PATCH, MULTIPART

type Subject = tuple[RawOperation, Node]

_MEDIA = {
    "patch": {JSON, MERGE_PATCH},
    "post": {JSON, FORM, MULTIPART},
    "put": {JSON, FORM, MULTIPART},
    # What a deletion needs to be believed (RFC 9110, section 9.3.5, leaves it to the server to say so).
    "delete": {JSON},
}


def _bodies(document: Document) -> Iterator[tuple[str, Subject]]:
    for operation in document.operations():
        if "requestBody" in operation.node:
            yield f"{operation.where} body", (operation, document.resolve(operation.node["requestBody"]))


def _method(document: Document, subject: Subject) -> Iterator[str]:
    yield from unless(subject[0].method in _MEDIA, subject[0].method)


def _required(document: Document, subject: Subject) -> Iterator[str]:
    yield from unless(isinstance(subject[1].get("required"), bool))


def _media(document: Document, subject: Subject) -> Iterator[str]:
    operation, body = subject
    content = body.get("content") or {}
    allowed = _MEDIA.get(operation.method, set())
    yield from unless(content, "it has none")
    yield from (media for media in content if media not in allowed)


def _patch(document: Document, subject: Subject) -> Iterator[str]:
    operation, body = subject
    content = body.get("content") or {}
    if operation.method == "patch":
        same = len({str(one.get("schema")) for one in content.values()}) == 1
        yield from unless(set(content) == {JSON, MERGE_PATCH} and same)


def _named(document: Document, subject: Subject) -> Iterator[str]:
    for media, content in (subject[1].get("content") or {}).items():
        ref = (content.get("schema") or {}).get("$ref", "")
        yield from unless(ref.startswith("#/components/schemas/"), media)


def _examples(document: Document, subject: Subject) -> Iterator[str]:
    for media, content in (subject[1].get("content") or {}).items():
        yield from unless("example" in content or content.get("examples"), media)


def _shared_models(document: Document, subject: Subject) -> Iterator[str]:
    """Refuse a model that is read from text and from JSON."""
    content = subject[1].get("content") or {}
    names = {media: ref_name((one.get("schema") or {}).get("$ref", "")) for media, one in content.items()}
    of_json = {names.pop(media) for media in (JSON, MERGE_PATCH) if media in names}
    yield from (name for name in names.values() if name in of_json)


SECTION = Table(
    _bodies,
    (
        Rule("body-method", "Only post, put, patch and delete take a body.", _method),
        Rule("body-required", "A body says whether it is required.", _required),
        Rule("body-media", "A body is JSON or a form; a patch is a merge patch.", _media),
        Rule("patch-media", "A patch takes merge-patch+json and json, with one schema.", _patch),
        Rule("body-named", "A body's schema is a named component.", _named),
        Rule("body-examples", "A body has an example for each media type.", _examples),
        Rule("forms-apart", "A form has a schema of its own, beside the one for JSON.", _shared_models),
    ),
)
