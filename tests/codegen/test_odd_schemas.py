"""Every keyword with every kind of value is refused or read exactly, and never crashes the generator."""

from __future__ import annotations

import itertools
from typing import Any

from tests.codegen.test_json_schema import disagreements, reference
from tests.codegen.verdicts import Case, judge

_LEAF = {"$ref": "#/components/schemas/Leaf"}
_COMPONENTS = {"Leaf": {"type": "string", "maxLength": 5, "pattern": "^[a-z]*$"}}
_SCHEMAS: list[dict[str, Any]] = [
    _COMPONENTS["Leaf"],
    {"type": "integer", "format": "int32", "minimum": -5, "maximum": 5},
    {"type": "object", "properties": {"a": {"type": "boolean"}}, "additionalProperties": False},
    {"allOf": [{"type": "object", "properties": {"a": {"type": "boolean"}}}], "unevaluatedProperties": False},
    {"type": "array", "items": {"type": "boolean"}, "maxItems": 2},
    {"anyOf": [_LEAF, {"type": "null"}]},
    _LEAF,
]
_KEYWORDS = (
    "type enum const properties required additionalProperties unevaluatedProperties items oneOf anyOf allOf "
    "discriminator description format minLength maxLength pattern patterns minimum exclusiveMaximum multipleOf "
    "minItems maxItems uniqueItems minProperties maxProperties default example examples x-pii $ref not if prefixItems "
    "$defs deprecated $schema $id"
).split()
_VALUES: list[Any] = [
    *(None, True, False, 0, -1, 2.0, 1.5, "", "A", [], ["a"], ["string", "null"], {}, {"type": "null"}),
    *({"a": {"type": "boolean"}}, [{"type": "null"}], [_LEAF, {"type": "null"}], {"propertyName": "a"}, _LEAF),
]
_INSTANCES: list[object] = [
    *(
        None,
        True,
        False,
        0,
        1,
        2.0,
        1.5,
        6,
        "",
        "a",
        "A",
        "aaaaaa",
        [],
        [True],
        [True, True],
        [True, False, True],
        ["a"],
    ),
    *({}, {"a": True}, {"a": None}, {"a": 1}, {"a": "a"}, {"b": 1}, {"a": True, "b": "y"}),
]


def test_no_keyword_makes_the_generator_crash_or_is_read_differently() -> None:
    instances = tuple((one, False) for one in _INSTANCES)
    cases = [
        Case(f"{schema}, {keyword}: {value}", {**schema, keyword: value}, instances, dict(_COMPONENTS))
        for schema, keyword, value in itertools.product(_SCHEMAS, _KEYWORDS, _VALUES)
    ]
    # What the other validator cannot read either must be refused: every instance is expected to be.
    verdicts = judge([reference(case) or case for case in cases])
    assert disagreements(verdicts) == []
    assert [one.case.name for one in verdicts if one.taken and reference(one.case) is None] == []
