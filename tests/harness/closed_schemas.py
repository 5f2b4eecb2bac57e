"""Closes response schemas that the contract leaves open, so that an unlisted field is seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

type Json = bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None

# Applied to the same object as the schema that holds them: only the outermost of them may close it.
_SAME_PLACE = ("allOf", "anyOf", "oneOf")
_SAME_PLACE_ONE = ("if", "then", "else", "not")
_BELOW_ONE = ("items", "additionalProperties", "contains", "unevaluatedItems")
_BELOW_LIST = ("prefixItems",)
_BELOW_MAP = ("properties", "patternProperties")
# OpenAPI's own words, in which a JSON Schema validator may see references or schemas that are none.
_ANNOTATIONS = ("discriminator", "example", "examples")


def seal_components(schemas: Mapping[str, Json], responses: Mapping[str, Json]) -> dict[str, Json]:
    """Return the definitions `components`, `sealed` and `sealed_responses` for a validator's root schema.

    `responses` is operationId -> status -> media type -> schema. A component that stands inside an allOf stays open
    itself, else its siblings' fields would be refused; whoever refers to the whole closes it.
    """
    opened = {name: _open(cast("Mapping[str, Json]", schema)) for name, schema in schemas.items()}
    return {
        "components": {"schemas": opened},
        "sealed": {name: _close({"$ref": f"#/components/schemas/{name}"}) for name in schemas},
        "sealed_responses": {
            operation: {
                status: {media: _sealed(schema) for media, schema in cast("Mapping[str, Json]", content).items()}
                for status, content in cast("Mapping[str, Json]", statuses).items()
            }
            for operation, statuses in responses.items()
        },
    }


def _sealed(schema: Json) -> Json:
    if not isinstance(schema, Mapping):
        return schema
    return _close(_open(schema))


def _close(schema: Mapping[str, Json]) -> Mapping[str, Json]:
    if not any(word in schema for word in ("$ref", "properties", *_SAME_PLACE)):
        return schema
    return {**schema, "unevaluatedProperties": False}


def _open(schema: Mapping[str, Json]) -> Mapping[str, Json]:
    """Close everything below this place, but not the place itself."""
    return {word: _treat(word, value) for word, value in schema.items() if word not in _ANNOTATIONS}


def _treat(word: str, value: Json) -> Json:
    if word in _SAME_PLACE:
        return [_open_any(part) for part in cast("Sequence[Json]", value)]
    if word in _SAME_PLACE_ONE:
        return _open_any(value)
    if word in _BELOW_ONE:
        return _sealed(value)
    if word in _BELOW_LIST:
        return [_sealed(part) for part in cast("Sequence[Json]", value)]
    if word in _BELOW_MAP:
        return {name: _sealed(part) for name, part in cast("Mapping[str, Json]", value).items()}
    return value


def _open_any(schema: Json) -> Json:
    return _open(schema) if isinstance(schema, Mapping) else schema
