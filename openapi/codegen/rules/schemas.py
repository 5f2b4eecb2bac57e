"""Rules about schemas: names, closed objects, bounds, and keywords that the models would not check."""

import keyword
import re
import typing
from collections.abc import Iterator

from pydantic import BaseModel

from openapi.codegen.document import Document, Node, ref_name
from openapi.codegen.rules.patterns import admits_nul, unsound
from openapi.codegen.rules.rule import Rule, Table, unless
from openapi.codegen.rules.walk import Spot, spots
from openapi.codegen.schemas import PATTERNS, YEARS, flatten, is_enum, lists_events
from openapi.runtime import formats

_FORMATS = {
    "string": {"uuid", "date", "date-time", "email", "uri", "uri-reference", "password", "binary", "one-line"},
    "integer": {"int32", "int64"},
    "number": {"float", "double"},
}
# What a text may be, once and for all fields: what is invisible in a name of one is refused in the names of all.
_UNBOUNDED = frozenset({"OneLine", "MultiLine", "ComparedText"})
TEXTS = _UNBOUNDED | {"SearchText"}
_SELF_BOUNDED = frozenset({"uuid", "date", "date-time", "binary"})
# A sentence of its own: findings print it as it is, and pydantic reads braces as places to fill.
_MESSAGE = re.compile("must [^{}]{1,195}")
_WIDTH = {"int32": 2**31, "int64": 2**63}

# Names that generated modules use themselves.
_CLASSES = frozenset(vars(formats)) | frozenset(vars(typing)) | {"Field", "StrEnum", "Enum", "UUID", "RootModel"}
_ATTRIBUTES = frozenset(
    [*keyword.kwlist, *dir(BaseModel), "bool", "bytes", "datetime", "dict", "float", "int", "list", "str", "uuid"]
)


def _types(schema: Node) -> set[str]:
    kinds = schema.get("type")
    return set(kinds) if isinstance(kinds, list) else {str(kinds)} if kinds else set()


def _is_object(schema: Node) -> bool:
    return "object" in _types(schema) or "properties" in schema


def _patterns_of(schema: Node) -> list[str]:
    """Return a string's own pattern, and those of its allOf."""
    return [*([schema["pattern"]] if "pattern" in schema else []), *schema.get(PATTERNS, [])]


def _is_part(spot: Spot) -> bool:
    """Return whether the schema stands in an allOf, whose whole is held against the rules."""
    return spot.where.rsplit("/", 2)[-2:-1] == ["allOf"]


def _component_name(document: Document, spot: Spot) -> Iterator[str]:
    if spot.component:
        yield from unless(re.fullmatch(r"([A-Z][a-z0-9]*)+", spot.name))
        yield from unless(spot.name not in _CLASSES, "the name is taken")


def _property_name(document: Document, spot: Spot) -> Iterator[str]:
    for name in spot.schema.get("properties") or {}:
        yield from unless(re.fullmatch(r"[a-z][a-z0-9_]*", name), name)
        yield from unless(name not in _ATTRIBUTES, f"{name} is taken")


def _named_objects(document: Document, spot: Spot) -> Iterator[str]:
    used = spot.request or spot.reply
    yield from unless(not used or spot.component or "properties" not in spot.schema)


def _named_enums(document: Document, spot: Spot) -> Iterator[str]:
    yield from unless(not (spot.request or spot.reply) or spot.component or "enum" not in spot.schema)


def _enum_values(document: Document, spot: Spot) -> Iterator[str]:
    # Events have the names of Standard Webhooks; the rules of the section `webhooks` see to them.
    if spot.component and is_enum(spot.schema) and not lists_events(document, spot.schema):
        allowed = r"[A-Z][A-Z0-9_]*|-?[a-z][a-z0-9_]*" if spot.parameter else r"[A-Z][A-Z0-9_]*"
        yield from (str(one) for one in spot.schema["enum"] if not re.fullmatch(allowed, str(one)))


def _closed(document: Document, spot: Spot) -> Iterator[str]:
    schema = spot.schema
    if spot.request and "properties" in schema and not spot.open_form:
        closed = schema.get("additionalProperties") is False or schema.get("unevaluatedProperties") is False
        raw = document.schemas.get(spot.name, {}) if spot.component else {}
        yield from unless(closed or raw.get("unevaluatedProperties") is False)


def _no_default(document: Document, spot: Spot) -> Iterator[str]:
    yield from unless(not spot.request or not spot.where.startswith("#") or "default" not in spot.schema)


def _text(document: Document, spot: Spot) -> Iterator[str]:
    schema = flatten(document, spot.schema)
    if spot.request and not _is_part(spot) and ref_name(schema.get("$ref", "")) in _UNBOUNDED:
        yield "no maxLength"
    bounded = schema.get("format") in _SELF_BOUNDED or "enum" in schema or "const" in schema
    if not spot.request or "string" not in _types(schema) or bounded:
        return
    base = spot.name in _UNBOUNDED if spot.component else _is_part(spot)
    yield from unless("maxLength" in schema or base, "no maxLength")
    patterns = _patterns_of(schema)
    checked_otherwise = spot.header or (not patterns and schema.get("format") in {"email", "uri"})
    yield from unless(checked_otherwise or any(not admits_nul(one) for one in patterns), "NUL could pass")


def _free_text(document: Document, spot: Spot) -> Iterator[str]:
    """Refuse texts outside of TEXTS, in a contract that has the first of them."""
    schema = flatten(document, spot.schema)
    is_bounded = (
        schema.get("format") in _SELF_BOUNDED | {"email", "uri", "password"} or "enum" in schema or "const" in schema
    )
    if (
        "OneLine" not in document.schemas
        or not spot.request
        or spot.header
        or "string" not in _types(schema)
        or is_bounded
    ):
        return
    if any("[^" not in one for one in _patterns_of(schema)) or (spot.component and spot.name in TEXTS):
        return
    raw = document.schemas.get(spot.name, {}) if spot.component else spot.schema
    yield from unless(not TEXTS.isdisjoint(_narrowed(document, raw)))


def _narrowed(document: Document, schema: Node) -> Iterator[str]:
    """Yield the names of the components that a schema narrows."""
    for part in schema.get("allOf", []):
        if "$ref" in part:
            yield ref_name(part["$ref"])
        yield from _narrowed(document, document.resolve(part))


def _integers(document: Document, spot: Spot) -> Iterator[str]:
    schema = spot.schema
    if "integer" not in _types(schema) or "const" in schema or not (spot.request or spot.reply):
        return
    missing = [key for key in ("minimum", "maximum", "format") if key not in schema]
    yield from unless(not missing, f"no {', '.join(missing)}")
    width = _WIDTH.get(str(schema.get("format")))
    if width and not missing:
        yield from unless(-width <= schema["minimum"] <= schema["maximum"] < width, "outside its format")


def _numbers(document: Document, spot: Spot) -> Iterator[str]:
    if spot.request and "number" in _types(spot.schema):
        yield from unless("minimum" in spot.schema and "maximum" in spot.schema)


def _arrays(document: Document, spot: Spot) -> Iterator[str]:
    if "array" in _types(spot.schema) and (spot.request or spot.reply):
        yield from unless("maxItems" in spot.schema and isinstance(spot.schema.get("items"), dict))


def _maps(document: Document, spot: Spot) -> Iterator[str]:
    values = spot.schema.get("additionalProperties")
    if spot.request and isinstance(values, dict):
        yield from unless("$ref" in values and "maxProperties" in spot.schema)
    if spot.request and _is_object(spot.schema):
        yield from unless("properties" in spot.schema or isinstance(values, dict), "an object of anything")


def _required_replies(document: Document, spot: Spot) -> Iterator[str]:
    if spot.reply and not spot.request:
        required = spot.schema.get("required") or []
        yield from (name for name in spot.schema.get("properties") or {} if name not in required)


def _formats(document: Document, spot: Spot) -> Iterator[str]:
    form = spot.schema.get("format")
    if form is not None and (spot.request or spot.reply):
        yield from unless(any(form in _FORMATS.get(kind, set()) for kind in _types(spot.schema)), str(form))


def _patterns(document: Document, spot: Spot) -> Iterator[str]:
    if spot.request:
        for pattern in _patterns_of(spot.schema):
            yield from unsound(pattern)


def _years(document: Document, spot: Spot) -> Iterator[str]:
    if spot.request and spot.schema.get("format") in {"date", "date-time"}:
        yield from unless(YEARS in _patterns_of(flatten(document, spot.schema)))


def _times(document: Document, spot: Spot) -> Iterator[str]:
    if spot.name and not spot.component and spot.schema.get("format") in {"date-time", "date"}:
        ending = {"date-time": "_at", "date": "_date"}[spot.schema["format"]]
        yield from unless(spot.name.endswith(ending), ending)


def _ids(document: Document, spot: Spot) -> Iterator[str]:
    is_id = spot.name == "id" or spot.name.endswith("_id")
    if is_id and not spot.component and not spot.open_form and "string" in _types(spot.schema):
        yield from unless(spot.schema.get("format") == "uuid" or not (spot.request or spot.reply))


def _personal(document: Document, spot: Spot) -> Iterator[str]:
    yield from unless(spot.schema.get("x-pii", True) is True)


def _pattern_message(document: Document, spot: Spot) -> Iterator[str]:
    if "x-pattern-message" in spot.schema:
        said = spot.schema["x-pattern-message"]
        has_pattern = bool({"pattern", PATTERNS} & flatten(document, spot.schema).keys())
        yield from unless(has_pattern and isinstance(said, str) and _MESSAGE.fullmatch(said))


SECTION = Table(
    spots,
    (
        Rule("component-name", "A schema's name is PascalCase.", _component_name),
        Rule("property-name", "Properties are snake_case.", _property_name),
        Rule("named-objects", "Every object schema is a named component.", _named_objects),
        Rule("named-enums", "Every enum is a named component.", _named_enums),
        Rule(
            "enum-values",
            "Enum values are UPPER_SNAKE; those of parameters may be lower_snake, with a minus.",
            _enum_values,
        ),
        Rule("closed-requests", "A request object names all its properties (additionalProperties: false).", _closed),
        Rule("no-default", "A request body has no defaults.", _no_default),
        Rule("bounded-text", "A string in a request has maxLength and a pattern that excludes NUL.", _text),
        Rule("free-text", f"Text of any script refers to {', '.join(sorted(TEXTS))}, or is a password.", _free_text),
        Rule("bounded-integers", "An integer has minimum, maximum and a format that holds them.", _integers),
        Rule("bounded-numbers", "A number in a request has minimum and maximum.", _numbers),
        Rule("bounded-arrays", "An array has items and maxItems.", _arrays),
        Rule("maps", "A map in a request has maxProperties and values of a named schema.", _maps),
        Rule("required-replies", "Every property of a reply is required; what may lack is null.", _required_replies),
        Rule("formats", "A format is one that the generated models check.", _formats),
        Rule("patterns", "A pattern means the same to every reader.", _patterns),
        Rule("years", f"A date or time in a request has the pattern {YEARS} of the years that can be kept.", _years),
        Rule("times", "A date-time is named *_at, a date *_date.", _times),
        Rule("ids", "Ids are UUIDs.", _ids),
        Rule("personal-data", "x-pii is true or absent.", _personal),
        Rule(
            "pattern-messages",
            "x-pattern-message says what a text with a pattern must be: `must ...`, 200 characters at most, no braces.",
            _pattern_message,
        ),
    ),
)
