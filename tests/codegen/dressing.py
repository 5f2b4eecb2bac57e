"""Completion of schemas by the contract's rules of form, so that only their meaning is left to judge."""

from __future__ import annotations

import json
from typing import Any

from tests.codegen.verdicts import Case, Schema

# Wide enough for any instance that means to test something else.
_WIDE = 2**53 - 1
_KINDS = {
    "string": ("minLength", "maxLength", "pattern", "format"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    "array": ("items", "minItems", "maxItems", "uniqueItems"),
    "object": ("properties", "required", "additionalProperties", "minProperties", "maxProperties"),
}
_TYPED_FORMATS = frozenset({"uuid", "date", "date-time"})
_NO_NUL = "^[^\\u0000]*$"
_YEARS = "^[1-8][0-9]{3}-"


def dressed(case: Case) -> Case:
    """Return the case with types, bounds and names added; it means something else, which a validator must tell."""
    components: dict[str, Schema] = {}
    schema, definitions = _hoist(case)
    root = _dress(schema, components, "", named=True)
    for name, schema in definitions.items():
        components[name] = _dress(schema, components, name, named=True)
    return Case(f"{case.name}, dressed", root, case.instances, components)


def as_property(case: Case) -> Case:
    """Return the case with its schema and instances one level deeper, where the generator writes fields."""
    inner = case.schema
    components = dict(case.components)
    if isinstance(inner, dict) and (inner.get("type") == "object" or _is_named(inner)):
        components["Inner"], inner = inner, {"$ref": "#/components/schemas/Inner"}
    form = case.schema.get("format") if isinstance(case.schema, dict) else None
    name = {"date": "value_date", "date-time": "value_at"}.get(str(form), "value")
    schema: Schema = {"type": "object", "properties": {name: inner}, "required": [name], "additionalProperties": False}
    instances = tuple(
        (b'{"%s": %s}' % (name.encode(), one) if isinstance(one, bytes) else {name: one}, valid)
        for one, valid in case.instances
    )
    return Case(f"{case.name}, as a property", schema, instances, components)


def _is_named(schema: dict[str, Any]) -> bool:
    return bool(schema.keys() & {"enum", "oneOf"}) or ("allOf" in schema and "string" not in str(schema.get("type")))


def _hoist(case: Case) -> tuple[Any, dict[str, Schema]]:
    """Name what stands in $defs as OpenAPI does."""
    if not isinstance(case.schema, dict) or "$defs" not in case.schema:
        return case.schema, case.components
    kept = {key: value for key, value in case.schema.items() if key != "$defs"}
    names = {name: f"Def{index}" for index, name in enumerate(case.schema["$defs"])}
    text = json.dumps({"": kept, **{names[name]: schema for name, schema in case.schema["$defs"].items()}})
    for name, component in names.items():
        text = text.replace(f'"#/$defs/{name}"', f'"#/components/schemas/{component}"')
    found = json.loads(text)
    return found.pop(""), found


def _dress(schema: object, components: dict[str, Schema], path: str, *, named: bool = False, part: bool = False) -> Any:  # noqa: ANN401 - a schema of JSON
    """Return the schema dressed; `part` says that it stands in allOf, where bounds would be said twice."""
    if not isinstance(schema, dict) or "$ref" in schema or (part and schema.keys() == {"pattern"}):
        return schema
    found = {key: value for key, value in schema.items() if key not in {"$schema", "$comment"}}
    if "type" not in found and not found.keys() & {"anyOf", "oneOf", "allOf"}:
        found |= _guess_type(found)
    _dress_below(found, components, path)
    if not part:
        _bound(found)
    if not named and ("properties" in found or "enum" in found or found.get("type") == "object"):
        return _component(found, components, f"Part{path}".replace("_", ""))
    return found


def _dress_below(schema: dict[str, Any], components: dict[str, Schema], path: str) -> None:
    if isinstance(properties := schema.get("properties"), dict):
        schema["properties"] = {
            key: _dress(value, components, f"{path}P{index}") for index, (key, value) in enumerate(properties.items())
        }
    if isinstance(schema.get("items"), dict):
        schema["items"] = _dress(schema["items"], components, f"{path}Items")
    if isinstance(values := schema.get("additionalProperties"), dict):
        dressed_values = _dress(values, components, f"{path}Values", named=True)
        is_named = "$ref" in values
        schema["additionalProperties"] = (
            dressed_values if is_named else _component(dressed_values, components, f"Values{path}")
        )
    for key in ("anyOf", "oneOf", "allOf"):
        if isinstance(schema.get(key), list):
            whole = key == "allOf"
            schema[key] = [
                _dress(one, components, f"{path}{key.capitalize()}{index}", named=whole, part=whole)
                for index, one in enumerate(schema[key])
            ]


def _component(schema: Schema, components: dict[str, Schema], name: str) -> dict[str, Any]:
    components[name] = schema
    return {"$ref": f"#/components/schemas/{name}"}


def _guess_type(schema: dict[str, Any]) -> dict[str, Any]:
    values = [schema["const"]] if "const" in schema else schema.get("enum", [])
    if values and all(isinstance(value, str) for value in values):
        return {"type": "string"}
    for kind, keywords in _KINDS.items():
        if schema.keys() & set(keywords):
            return {"type": kind}
    return {}


def _bound(schema: dict[str, Any]) -> None:
    kind = schema.get("type")
    kinds = kind if isinstance(kind, list) else [kind]
    if "string" in kinds and not schema.keys() & {"const", "enum"}:
        _bound_text(schema)
    elif "integer" in kinds:
        schema.setdefault("format", "int64")
        schema.setdefault("minimum", -_WIDE)
        schema.setdefault("maximum", _WIDE)
    elif "number" in kinds:
        schema.setdefault("minimum", -_WIDE)
        schema.setdefault("maximum", _WIDE)
    elif "array" in kinds:
        schema.setdefault("maxItems", 1000)
        schema.setdefault("items", {"type": "integer", "format": "int64", "minimum": -_WIDE, "maximum": _WIDE})
    elif schema.pop("x-open", False):
        return
    elif "properties" in schema and kind == "object" and "unevaluatedProperties" not in schema:
        schema.setdefault("additionalProperties", False)
    elif isinstance(schema.get("additionalProperties"), dict):
        schema.setdefault("maxProperties", 1000)


def _bound_text(schema: dict[str, Any]) -> None:
    patterns = [schema.pop("pattern")] if "pattern" in schema else []
    if schema.get("format") in {"date", "date-time"}:
        patterns.append(_YEARS)
    if schema.get("format") not in _TYPED_FORMATS:
        schema.setdefault("maxLength", 10_000)
        if not (schema.get("format") in {"email", "uri"} and not patterns):
            patterns.append(_NO_NUL)
    if len(patterns) == 1:
        schema["pattern"] = patterns[0]
    elif patterns:
        schema["allOf"] = [{"pattern": one} for one in patterns] + schema.get("allOf", [])


def without_dialect(case: Case) -> Case:
    """Return the case without the keywords of its outermost schema that name the dialect."""
    if not isinstance(case.schema, dict):
        return case
    kept = {key: value for key, value in case.schema.items() if key not in {"$schema", "$comment"}}
    return Case(case.name, json.loads(json.dumps(kept)), case.instances, case.components)
