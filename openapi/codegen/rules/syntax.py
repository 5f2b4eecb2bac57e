"""Refuse what is no schema at all, before the other rules read schemas without asking whether they are."""

from collections.abc import Iterator
from typing import Any, cast

import jsonschema_rs

from openapi.codegen.document import Document, ref_name
from openapi.codegen.rules.rule import Rule, Table, unless

_ONE = frozenset({"items", "additionalProperties", "unevaluatedProperties", "not", "if", "then", "else", "contains"})
_LIST = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_NAMED = frozenset({"properties", "patternProperties", "dependentSchemas"})
# These may be false, which closes an object.
_MAY_BE_FALSE = frozenset({"additionalProperties", "unevaluatedProperties"})
_COUNTS = frozenset({"minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"})


def _schemas(document: Document) -> Iterator[tuple[str, object]]:
    for operation in document.operations():
        for parameter in operation.parameters:
            if "schema" in parameter:
                yield f"{operation.where} {parameter.get('in')} {parameter.get('name')}", parameter["schema"]
    for name, schema in document.schemas.items():
        yield f"#/components/schemas/{name}", schema


def _valid(document: Document, schema: object) -> Iterator[str]:
    try:
        jsonschema_rs.meta.validate(cast("dict[str, Any] | bool", schema))
    except jsonschema_rs.ValidationError as error:
        yield f"{'/'.join(map(str, error.instance_path))}: {error.message}"
    except jsonschema_rs.ReferencingError:
        yield "$schema: another dialect"


def _objects(document: Document, schema: object) -> Iterator[str]:
    """Refuse schemas that are true or false, which no type can be, but for the false that closes an object."""
    yield from unless(not isinstance(schema, bool), "it is true or false itself")
    for path, step, child in _below(schema):
        yield from unless(not isinstance(child, bool) or (step in _MAY_BE_FALSE and child is False), path)


def _below(schema: object, path: str = "") -> Iterator[tuple[str, str, object]]:
    if not isinstance(schema, dict):
        return
    for step, value in schema.items():
        children: list[tuple[str, Any]] = []
        if step in _ONE:
            children = [(step, value)]
        elif step in _LIST and isinstance(value, list):
            children = [(f"{step}/{index}", child) for index, child in enumerate(value)]
        elif step in _NAMED and isinstance(value, dict):
            children = [(f"{step}/{name}", child) for name, child in value.items()]
        for inner, child in children:
            yield f"{path}{inner}", step, child
            yield from _below(child, f"{path}{inner}/")


def _counts(document: Document, schema: object) -> Iterator[str]:
    """Refuse counts like 2.0, which JSON Schema takes for 2 and Python does not."""
    for path, _, node in (("", "", schema), *_below(schema)):
        if isinstance(node, dict):
            for key in _COUNTS & node.keys():
                yield from unless(type(node[key]) is int, f"{path}/{key}".lstrip("/"))


def _circles(document: Document, schema: object) -> Iterator[str]:
    """Refuse schemas that refer to themselves for the same value; through properties or items they may: a tree."""
    seen: set[str] = set()
    waiting = list(_in_place(schema))
    while waiting:
        ref = waiting.pop()
        target = document.target(ref)
        if target is schema:
            yield ref
            return
        if ref not in seen:
            seen.add(ref)
            waiting.extend(_in_place(target))


def _in_place(node: object) -> Iterator[str]:
    """Yield the schemas that a schema refers to for the same value."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for key in ("allOf", "anyOf", "oneOf"):
            for child in node.get(key) or []:
                yield from _in_place(child)


def _to_schemas(document: Document, schema: object) -> Iterator[str]:
    for _, _, node in (("", "", schema), *_below(schema)):
        if isinstance(node, dict) and isinstance(ref := node.get("$ref"), str):
            named = ref == f"#/components/schemas/{ref_name(ref)}"
            yield from unless(named, ref)


VALID = Table(
    _schemas,
    (
        Rule("schema-syntax", "A schema is one by the meta-schema of JSON Schema 2020-12.", _valid),
        Rule("schema-object", "A schema is an object; only what closes an object is false.", _objects),
    ),
)
# Asked of valid schemas alone.
PLAIN = Table(
    _schemas,
    (
        Rule("schema-counts", "A count is written without a fraction.", _counts),
        Rule("schema-refs", "A $ref in a schema leads to a named schema.", _to_schemas),
        Rule("schema-circles", "A schema is not part of itself but through properties or items.", _circles),
    ),
)
