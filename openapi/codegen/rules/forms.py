"""Hold each schema to one of a few forms, whose keywords the types check exactly as JSON Schema means them.

Whatever is outside of them is refused instead of being read generously: a keyword that no type checks would be a
promise that the service does not keep.
"""

from collections.abc import Iterator

from openapi.codegen.document import Document, Node
from openapi.codegen.naming import enum_member
from openapi.codegen.rules.rule import Rule, Table, unless
from openapi.codegen.rules.walk import Spot, spots
from openapi.codegen.schemas import PATTERNS, flatten, notes

# They say nothing of the instance.
_ANNOTATIONS = frozenset(
    "title description default example examples x-pii x-transitions x-pattern-message contentMediaType"
    " contentEncoding".split()
)
_NUMERIC = frozenset("type format minimum maximum exclusiveMinimum exclusiveMaximum multipleOf".split())
_KEYWORDS: dict[str, frozenset[str]] = {
    "a reference": frozenset({"$ref"}),
    "what may be null": frozenset({"anyOf"}),
    "a union": frozenset({"oneOf", "discriminator"}),
    "a constant": frozenset({"type", "const"}),
    "an enum": frozenset({"type", "enum"}),
    "a string": frozenset({*"type format minLength maxLength pattern allOf".split(), PATTERNS}),
    "an integer": _NUMERIC,
    "a number": _NUMERIC,
    "a boolean": frozenset({"type"}),
    "null": frozenset({"type"}),
    "an array": frozenset("type items minItems maxItems uniqueItems".split()),
    "an object": frozenset(
        "type properties required additionalProperties unevaluatedProperties minProperties allOf".split()
    ),
    "a map": frozenset("type additionalProperties minProperties maxProperties".split()),
}
_TYPES = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "a boolean",
    "null": "null",
    "array": "an array",
    "object": "an object",
}
_SCALARS = frozenset({"string", "integer", "number", "boolean"})
# A double has no integers of its own beyond it (RFC 8259, section 6).
_EXACT = 2**53


def form_of(schema: Node) -> str | None:
    """Name the form of a schema, or None where it has none of them."""
    for keyword, form in (("$ref", "a reference"), ("anyOf", "what may be null"), ("oneOf", "a union")):
        if keyword in schema:
            return form
    kinds = schema.get("type")
    if isinstance(kinds, list):
        names = [kind for kind in kinds if kind != "null"]
        # Arrays and objects that may be null are so by anyOf.
        return _TYPES[names[0]] if len(names) == 1 and len(kinds) == 2 and names[0] in _SCALARS else None
    if kinds == "string" and "const" in schema:
        return "a constant"
    if kinds == "string" and "enum" in schema:
        return "an enum"
    if kinds == "object" and "properties" not in schema and isinstance(schema.get("additionalProperties"), dict):
        return "a map"
    return _TYPES.get(str(kinds))


def _used(document: Document) -> Iterator[tuple[str, Spot]]:
    return ((where, spot) for where, spot in spots(document) if spot.request or spot.reply)


def _form(document: Document, spot: Spot) -> Iterator[str]:
    if form_of(spot.schema) is None and not _is_pattern(spot):
        yield f"type: {spot.schema['type']}" if "type" in spot.schema else "it has no type"


def _is_pattern(spot: Spot) -> bool:
    """Return whether this is a part of a string's allOf."""
    return spot.inline and spot.schema.keys() == {"pattern"}


def _keywords(document: Document, spot: Spot) -> Iterator[str]:
    form = form_of(spot.schema)
    if form is not None:
        allowed = _KEYWORDS[form] | _ANNOTATIONS
        yield from (f"{key} in {form}" for key in spot.schema if key not in allowed)


def _constants(document: Document, spot: Spot) -> Iterator[str]:
    form = form_of(spot.schema)
    values = [spot.schema["const"]] if form == "a constant" else spot.schema["enum"] if form == "an enum" else []
    yield from (f"{value!r:.40}" for value in values if not isinstance(value, str))
    if form == "an enum":
        names = [enum_member(value) for value in values if isinstance(value, str)]
        yield from unless(values, "enum: none")
        yield from unless(len(set(names)) == len(names), "enum: two have one name in Python")


def _numbers(document: Document, spot: Spot) -> Iterator[str]:
    schema, form = spot.schema, form_of(spot.schema)
    bounds = [key for key in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum") if key in schema]
    if form == "an integer":
        yield from (key for key in [*bounds, "multipleOf"] if key in schema and type(schema[key]) is not int)
    if form == "a number":
        yield from (key for key in bounds if not -_EXACT < schema[key] < _EXACT)


def _required(document: Document, spot: Spot) -> Iterator[str]:
    if form_of(spot.schema) == "an object":
        known = spot.schema.get("properties") or {}
        yield from (str(name) for name in spot.schema.get("required") or [] if name not in known)


def _closing(document: Document, spot: Spot) -> Iterator[str]:
    if form_of(spot.schema) == "an object":
        for key in ("additionalProperties", "unevaluatedProperties"):
            yield from unless(spot.schema.get(key, False) is False, key)


def _combinations(document: Document, spot: Spot) -> Iterator[str]:
    whole = document.schemas[spot.name] if spot.component else spot.schema
    if "allOf" not in whole:
        return
    if form_of(flatten(document, whole)) not in {"a string", "an object"}:
        yield "neither objects nor a string"
        return
    yield from unless(
        "additionalProperties" not in whole, "additionalProperties sees no part, unevaluatedProperties does"
    )
    said: set[str] = set()
    for part in _parts(document, whole):
        for key, value in part.items():
            if key in _ANNOTATIONS or key in {"type", "allOf", "pattern", "required"}:
                continue
            if part is not whole and key in {"additionalProperties", "unevaluatedProperties"}:
                yield f"{key} in a part"
            for name in value if key == "properties" else [key]:
                yield from unless(name not in said, f"{name} twice")
                said.add(name)
    kinds = [part["type"] for part in _parts(document, whole) if "type" in part]
    yield from unless(all(kind == kinds[0] for kind in kinds), "type twice")


def _parts(document: Document, schema: Node) -> Iterator[Node]:
    """Yield a schema and all schemas of its allOf, at any depth."""
    yield schema
    for part in schema.get("allOf") or []:
        if "$ref" in part:
            yield {key: value for key, value in part.items() if key != "$ref"}
            yield from _parts(document, document.resolve({"$ref": part["$ref"]}))
        else:
            yield from _parts(document, part)


def _nullable(document: Document, spot: Spot) -> Iterator[str]:
    if "anyOf" in spot.schema:
        parts = spot.schema["anyOf"]
        yield from unless(len(parts) == 2 and sum(one == {"type": "null"} for one in parts) == 1)


def _unions(document: Document, spot: Spot) -> Iterator[str]:
    if "oneOf" not in spot.schema:
        return
    discriminator = spot.schema.get("discriminator") or {}
    name = discriminator.get("propertyName") if isinstance(discriminator, dict) else None
    yield from unless(spot.component and name and all("$ref" in one for one in spot.schema["oneOf"]), "oneOf")
    constants: list[object] = []
    for one in spot.schema["oneOf"]:
        member = flatten(document, document.resolve(one))
        constant = (member.get("properties") or {}).get(name, {})
        right = form_of(constant) == "a constant" and name in (member.get("required") or [])
        yield from unless(right, f"{one.get('$ref')}: {name}")
        constants.append(constant.get("const"))
    yield from unless(len({str(value) for value in constants}) == len(constants), f"two have one {name}")
    for value, ref in (discriminator.get("mapping") or {}).items() if isinstance(discriminator, dict) else ():
        known = [one.get("$ref") for one, const in zip(spot.schema["oneOf"], constants, strict=True) if const == value]
        yield from unless(known == [ref], f"mapping: {value}")
    # A member that it leaves out goes by its schema's name (OpenAPI 3.1.1, section 4.8.25), also in generated clients.
    mapped = list(discriminator.get("mapping") or ()) if isinstance(discriminator, dict) else []
    for one, const in zip(spot.schema["oneOf"], constants, strict=True):
        is_named_so = const == str(one.get("$ref")).rpartition("/")[2]
        yield from unless(is_named_so or const in mapped, f"mapping without {const}")


def _checkable(document: Document, spot: Spot) -> Iterator[str]:
    yield from unless(
        not (spot.request and spot.inline) or _is_pattern(spot) or not notes(flatten(document, spot.schema))
    )


def _files(document: Document, spot: Spot) -> Iterator[str]:
    yield from unless(spot.schema.get("format") != "binary" or spot.multipart)


SECTION = Table(
    _used,
    (
        Rule(
            "schema-form",
            "A schema has one type, a scalar perhaps with null, or is a $ref, a union or nullable by anyOf.",
            _form,
        ),
        Rule("keywords", "A schema has only keywords that the generated types hold to, each in its form.", _keywords),
        Rule("constants", "A constant is a string; an enum is of different strings.", _constants),
        Rule("exact-numbers", "Bounds are exact: of an integer integers, of a number below 2^53.", _numbers),
        Rule("required-properties", "What is required is a property.", _required),
        Rule("closing", "An object is closed by false, or takes values of one schema.", _closing),
        Rule("combinations", "allOf joins objects, or patterns of a string, and says nothing twice.", _combinations),
        Rule("nullable", "anyOf adds null to one other schema.", _nullable),
        Rule(
            "unions", "A union is named, of named objects that a required constant of their own tells apart.", _unions
        ),
        Rule("checkable", "What a type of Python does not check stands on properties or named schemas.", _checkable),
        Rule("files", "A file comes in a multipart form.", _files),
    ),
)
