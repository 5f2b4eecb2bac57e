"""Schemas of the contract as the model generator needs them: reachable ones only, formats as types of our own."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from openapi.codegen.document import Document, Node, RawOperation, ref_name
from openapi.codegen.naming import enum_member, pascal, snake

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
PROBLEM = "application/problem+json"
PAGE = "text/html"
EVENTS = "text/event-stream"
# The value of x-errors whose refusals are {error, error_description} (RFC 6749, section 5.2) instead of problems.
OAUTH_ERRORS = "oauth"

# What JSON Schema calls a format is a type of the runtime when it comes in, one of Python when it goes out.
REQUEST_TYPES = {
    "uuid": "openapi.runtime.formats.Uuid",
    "date-time": "openapi.runtime.formats.Timestamp",
    "date": "openapi.runtime.formats.Day",
    "binary": "openapi.runtime.forms.Upload",
}
REPLY_TYPES = {"uuid": "uuid.UUID", "date-time": "datetime.datetime", "date": "datetime.date"}
REQUEST_SHAPES = {
    "email": "EMAIL_SHAPE",
    "uri": "URI_SHAPE",
    "uri-reference": "URI_REFERENCE_SHAPE",
    "one-line": "ONE_LINE",
}
# Years that every calendar, database and offset holds; the types of dates and times check them in words of their own.
YEARS = "^[1-8][0-9]{3}-"
# Where the patterns of all parts of an allOf stand once it is flattened; no keyword of a contract.
PATTERNS = "patterns of allOf"
# The table of transitions of a schema that is a state: its enum stands in states.py.
TRANSITIONS = "x-transitions"
_KEPT = frozenset(
    "type enum const properties required additionalProperties items oneOf anyOf discriminator description minLength "
    "maxLength pattern minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minItems maxItems minProperties "
    "maxProperties".split()
)


@dataclass
class ModelSource:
    """Schemas for one run of the model generator, and the annotations that its template adds: class, field, code."""

    schemas: Node = field(default_factory=dict)
    annotations: dict[str, dict[str, list[str]]] = field(default_factory=lambda: defaultdict(dict))
    min_properties: dict[str, int] = field(default_factory=dict)


def is_enum(schema: Node) -> bool:
    """Return whether a schema becomes an enum class."""
    return "enum" in schema and schema.get("type") == "string"


def lists_events(document: Document, schema: Node) -> bool:
    """Return whether an enum's values are all names of events."""
    # Values that a rule is still to refuse may be of any type, and have no hash.
    names = [webhook.name for webhook in document.webhooks()]
    return all(value in names for value in schema["enum"])


def is_machine(schema: Node) -> bool:
    """Return whether a schema is the state of something, with a table of transitions."""
    return TRANSITIONS in schema


def is_nullable(document: Document, schema: Node) -> bool:
    """Return whether null is among the values."""
    schema = document.resolve(schema)
    kinds = schema.get("type")
    if kinds == "null" or (isinstance(kinds, list) and "null" in kinds):
        return True
    return any(is_nullable(document, one) for key in ("anyOf", "oneOf") for one in schema.get(key, []))


def references(node: object) -> Iterator[str]:
    """Return the names of the schemas that a node refers to directly."""
    if isinstance(node, dict):
        ref = node.get("$ref")
        if isinstance(ref, str) and ref.startswith("#/components/schemas/"):
            yield ref_name(ref)
        for key, value in node.items():
            if key not in {"discriminator", "example", "examples"}:
                yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def reachable(document: Document, nodes: Iterable[object]) -> list[str]:
    """Return the names of all schemas that these nodes reach, in the order of the file."""
    found: set[str] = set()
    waiting = [name for node in nodes for name in references(node)]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(references(flatten(document, document.schemas.get(name, {}))))
    return [name for name in document.schemas if name in found]


class RequestContent(NamedTuple):
    """Schema of a request body in one media type."""

    operation_id: str
    media: str
    schema: Node


def request_contents(document: Document) -> Iterator[RequestContent]:
    """Yield the contents of all request bodies."""
    for operation in document.operations():
        body = document.resolve(operation.node.get("requestBody") or {})
        for media, content in (body.get("content") or {}).items():
            yield RequestContent(operation.id, media, content.get("schema") or {})


def reply_bodies(document: Document) -> Iterator[Node]:
    """Yield the schema of each response that is no problem, in each media type."""
    for operation in document.operations():
        for status, response in (operation.node.get("responses") or {}).items():
            for media, content in (document.resolve(response).get("content") or {}).items():
                if media not in {PROBLEM, PAGE} and not is_error(operation, str(status)):
                    yield content.get("schema") or {}


def event_bodies(document: Document) -> Mapping[str, Node]:
    """Return the schema of the body of each event that the service sends, by the event's name."""
    return {
        webhook.name: content.get("schema") or {}
        for webhook in document.webhooks()
        for content in (document.resolve(webhook.node.get("requestBody") or {}).get("content") or {}).values()
    }


def is_file(content: Mapping[str, object]) -> bool:
    """Return whether the content of a response is a file, in any of these media types."""
    return bool(content) and not content.keys() & {JSON, PROBLEM, PAGE, EVENTS}


def text_types(content: Mapping[str, object]) -> tuple[str, ...]:
    """Return the media types of text in which the content of a response can be had instead of JSON."""
    others = (media for media in content if media.startswith("text/") and media not in {PAGE, EVENTS})
    return tuple(others) if JSON in content else ()


def is_stream(content: Mapping[str, object]) -> bool:
    """Return whether the content of a response is a stream of events, whose schema is of the data of each."""
    return EVENTS in content


def is_error(operation: RawOperation, status: str) -> bool:
    """Return whether the edge makes the answer and no handler: problems, or OAuth errors in their place."""
    return operation.node.get("x-errors") == OAUTH_ERRORS and int(status) >= 400


def request_schemas(document: Document) -> list[str]:
    """Return the schemas that requests use, parameters included."""
    bodies = [content.schema for content in request_contents(document)]
    parameters = [one.get("schema", {}) for operation in document.operations() for one in operation.parameters]
    return reachable(document, [*bodies, *parameters])


def reply_schemas(document: Document) -> list[str]:
    """Return the schemas that replies use."""
    return reachable(document, reply_bodies(document))


def webhook_schemas(document: Document) -> list[str]:
    """Return the schemas that events use."""
    return reachable(document, event_bodies(document).values())


def models_source(document: Document, package: str) -> ModelSource:
    """Collect what models.py is made from: everything requests use, and every enum."""
    source = ModelSource()
    wanted = set(request_schemas(document))
    for name, schema in document.schemas.items():
        if (name in wanted or is_enum(schema)) and not is_machine(schema):
            rewriter = _Rewriter(document, source, package, REQUEST_TYPES, requests=True)
            source.schemas[name] = rewriter.named(name, schema)
    return source


def replies_source(document: Document, package: str) -> ModelSource:
    """Collect what replies.py is made from: everything replies use; their enums stand in models.py."""
    source = ModelSource()
    for name in reply_schemas(document):
        schema = document.schemas[name]
        if not is_enum(schema):
            rewriter = _Rewriter(document, source, package, REPLY_TYPES, requests=False)
            source.schemas[name] = rewriter.named(name, schema)
    return source


def webhooks_source(document: Document, package: str) -> ModelSource:
    """Collect what webhooks.py is made from: everything events use, as models that check what is sent."""
    source = ModelSource()
    for name in webhook_schemas(document):
        schema = document.schemas[name]
        if not is_enum(schema):
            rewriter = _Rewriter(document, source, package, REQUEST_TYPES, requests=True)
            source.schemas[name] = rewriter.named(name, schema)
    return source


def parameters_source(document: Document, package: str) -> ModelSource:
    """Collect what parameters.py is made from: a closed object for each operation that has parameters."""
    source = ModelSource()
    for operation in document.operations():
        if not operation.parameters:
            continue
        name = f"{pascal(operation.id)}Parameters"
        schemas = {parameter_name(one): document.resolve(one["schema"]) for one in operation.parameters}
        required = [
            parameter_name(one)
            for one in operation.parameters
            if one.get("required") or "default" in document.resolve(one["schema"])
        ]
        properties = {
            key: {"$ref": one["schema"]["$ref"]} if "$ref" in one["schema"] else schemas[key]
            for key, one in ((parameter_name(one), one) for one in operation.parameters)
        }
        rewriter = _Rewriter(document, source, package, REQUEST_TYPES, requests=True, foreign=True)
        described = f"Parameters of `{operation.id}`."
        node = {"type": "object", "description": described, "properties": properties, "required": required}
        source.schemas[name] = rewriter.named(name, node)
        # Text is never null, so absence needs no guard here.
        for annotations in source.annotations[name].values():
            if "NotNull()" in annotations:
                annotations.remove("NotNull()")
    return source


def parameter_name(parameter: Node) -> str:
    """Return the parameter's name in Python."""
    return str(parameter["name"]).replace("-", "_").lower().strip("_")


def lists_problem(document: Document, response: Node, slug: str) -> bool:
    """Return whether a problem of this type is among those of a refusal."""
    schema = ((document.resolve(response).get("content") or {}).get(PROBLEM) or {}).get("schema") or {}
    choices = schema.get("oneOf") or [schema]
    kinds = [flatten(document, document.resolve(one)).get("properties", {}).get("type", {}) for one in choices]
    return any(str(kind.get("const", "")).endswith(f"/problems/{slug}") for kind in kinds)


def flatten(document: Document, schema: Node) -> Node:
    """Merge an object under allOf into one object, without a chain of base classes."""
    if "allOf" not in schema:
        return schema
    merged: Node = {"properties": {}, "required": []}
    own = {key: value for key, value in schema.items() if key not in {"allOf", "unevaluatedProperties"}}
    for part in [*(flatten(document, document.resolve(one)) for one in schema["allOf"]), own]:
        for key, value in part.items():
            if key == "properties":
                merged["properties"] = {**merged["properties"], **value}
            elif key == "required":
                merged["required"] = [*merged["required"], *(one for one in value if one not in merged["required"])]
            elif key == "pattern":
                merged[PATTERNS] = [*merged.get(PATTERNS, []), value]
            elif key == PATTERNS:
                merged[PATTERNS] = [*merged.get(PATTERNS, []), *value]
            else:
                merged[key] = value
    return {key: value for key, value in merged.items() if value or key not in {"properties", "required"}}


def notes(schema: Node) -> list[str]:
    """Return the annotations for what a request's schema, without allOf, says beyond its Python type."""
    found: list[str] = []
    typed = schema.get("format") in REQUEST_TYPES
    # A type that reads text has no use for the text's own keywords: they are checked before it.
    patterns = [*schema.get(PATTERNS, []), *([schema["pattern"]] if typed and "pattern" in schema else [])]
    patterns = [pattern for pattern in patterns if pattern != YEARS or not typed]
    said: Node = {"patterns": tuple(patterns)} if patterns else {}
    if typed:
        said |= {snake(key): schema[key] for key in ("minLength", "maxLength") if key in schema}
    if said:
        found.append(f"Text({', '.join(f'{key}={value!r}' for key, value in said.items())})")
    if schema.get("format") in REQUEST_SHAPES:
        found.append(REQUEST_SHAPES[schema["format"]])
    if "x-pattern-message" in schema:
        found.append(f"PatternMessage({schema['x-pattern-message']!r})")
    if schema.get("uniqueItems"):
        found.append("Unique()")
    if _steps_by_fraction(schema):
        found.append(f"MultipleOf({str(schema['multipleOf'])!r})")
    return found


def _steps_by_fraction(schema: Node) -> bool:
    """Return whether multipleOf is of numbers: Pydantic divides doubles, where 0.0075 is no multiple of 0.0001."""
    return "multipleOf" in schema and schema.get("type") in ("number", ["number", "null"], ["null", "number"])


class _Rewriter:
    """Rewrites one named schema."""

    def __init__(
        self,
        document: Document,
        source: ModelSource,
        package: str,
        types: dict[str, str],
        *,
        requests: bool,
        foreign: bool = False,
    ) -> None:
        self._document = document
        self._source = source
        self._package = package
        self._types = types
        self._requests = requests
        self._foreign = foreign

    def named(self, name: str, schema: Node) -> Node:
        """Rewrite a named schema; annotations and sizes are noted under its name."""
        schema = flatten(self._document, schema)
        if not self._requests:
            return self._rewrite(schema)
        properties = schema.get("properties")
        if properties is None:
            self._note(name, "root", schema)
        else:
            required = set(schema.get("required", []))
            for key, value in properties.items():
                self._note(name, key, flatten(self._document, value))
                if key not in required and not is_nullable(self._document, value):
                    self._source.annotations[name].setdefault(key, []).append("NotNull()")
            if "minProperties" in schema:
                self._source.min_properties[name] = int(schema["minProperties"])
        return self._rewrite(schema)

    def _note(self, name: str, key: str, schema: Node) -> None:
        if found := notes(schema):
            self._source.annotations[name].setdefault(key, []).extend(found)

    def _rewrite(self, schema: Node) -> Node:
        if "$ref" in schema:
            return self._reference(schema)
        schema = flatten(self._document, schema)
        kinds = schema.get("type")
        if isinstance(kinds, list) and "null" in kinds:
            others = [kind for kind in kinds if kind != "null"]
            inner = {**schema, "type": others[0] if len(others) == 1 else others}
            described = {"description": inner.pop("description").strip()} if "description" in inner else {}
            if not self._custom(inner):
                return {**self._members(inner), "type": kinds, **described}
            return {"anyOf": [self._rewrite(inner), {"type": "null"}], **described}
        custom = self._custom(schema)
        if custom is not None:
            described = {"description": schema["description"].strip()} if "description" in schema else {}
            return {"type": "string", "customTypePath": custom, **described}
        return self._members(schema)

    def _custom(self, schema: Node) -> str | None:
        return self._types.get(schema.get("format", "")) if schema.get("type") == "string" else None

    def _reference(self, schema: Node) -> Node:
        name = ref_name(schema["$ref"])
        described = {"description": schema["description"].strip()} if "description" in schema else {}
        target = self._document.schemas.get(name, {})
        if is_machine(target):
            return {"type": "string", "customTypePath": f"{self._package}.states.{name}", **described}
        if self._foreign or (not self._requests and is_enum(target)):
            return {"type": "string", "customTypePath": f"{self._package}.models.{name}", **described}
        return {"$ref": schema["$ref"], **described}

    def _members(self, schema: Node) -> Node:
        result: Node = {}
        for key, value in schema.items():
            if key not in _KEPT:
                continue
            if key == "properties":
                result[key] = {name: self._rewrite(one) for name, one in value.items()}
            elif key in {"items", "additionalProperties"} and isinstance(value, dict):
                result[key] = self._rewrite(value)
            elif key in {"oneOf", "anyOf"}:
                result[key] = [self._rewrite(one) for one in value]
            elif key == "description":
                result[key] = str(value).strip()
            elif key != "multipleOf" or not _steps_by_fraction(schema):
                result[key] = value
        if is_enum(schema):
            result["x-enum-varnames"] = [enum_member(value) for value in schema["enum"]]
        return result
