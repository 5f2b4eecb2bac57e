"""TypeScript types of schemas: they allow what the schemas allow, and refuse what a type can refuse."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs

from tests.clients.build import typescript_errors, typescript_of
from tests.codegen.test_json_schema import AS_PROPERTIES, TAKEN, official_cases
from tests.codegen.verdicts import Case, components_of, passing

# Keywords that no type of TypeScript can hold to; "integer" is a fraction where the schema says so.
_BEYOND_TYPES = {
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "integer",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "pattern",
    "uniqueItems",
}
_TYPE = re.compile(r"^export type (\w+) = (.*?);$(?=\n\n|\n*\Z)", re.DOTALL | re.MULTILINE)
_ERROR = re.compile(r"instances\.ts\((\d+),\d+\): error (TS\d+):")
# A fault of the clients' generator: it makes `unknown` of a text with an allOf of nothing but patterns.
_MADE_UNKNOWN = re.compile(r'"allOf": \[\{"pattern"')


def test_types_say_what_a_type_can_say_of_a_schema(tmp_path: Path) -> None:
    cases = {f"Case{index}": case for index, case in enumerate(_cases())}
    types = _types_of(cases, tmp_path)
    widened = {name for name, text in types.items() if "unknown" in text}
    assert {name for name in widened if not _MADE_UNKNOWN.search(json.dumps(cases[name].schema))} == set()
    assert widened, "the generator knows these now: take them out of the exceptions"

    lines = list(_assignments(cases))
    refused = _refused_lines([text for text, *_ in lines], tmp_path)
    assert [text for number, (text, _, _, valid) in enumerate(lines) if valid and number in refused] == []

    missed: set[str] = set()
    for number, (text, name, instance, valid) in enumerate(lines):
        if not valid and number not in refused and name not in widened:
            reasons = _reasons(cases[name], instance)
            assert reasons <= _BEYOND_TYPES, text
            missed |= reasons
    assert missed == _BEYOND_TYPES
    assert len(refused) > 500


def _cases() -> list[Case]:
    """Return what the generator takes of the official suite and of our own schemas, as values and as properties."""
    return passing([*official_cases(), *TAKEN, *AS_PROPERTIES])


def _types_of(cases: dict[str, Case], folder: Path) -> dict[str, str]:
    schemas = {part: schema for name, case in cases.items() for part, schema in components_of(name, case).items()}
    document = folder / "cases.json"
    contract = {"openapi": "3.1.0", "info": {"title": "Cases", "version": "1"}, "paths": {}}
    document.write_text(json.dumps({**contract, "components": {"schemas": schemas}}), encoding="utf-8")
    types = dict(_TYPE.findall(typescript_of(document, folder / "types")))
    assert cases.keys() - types.keys() == set()
    return {name: types[name] for name in cases}


def _assignments(cases: dict[str, Case]) -> Iterator[tuple[str, str, object, bool]]:
    """Give a line of TypeScript for each instance, with its case, itself and whether it is valid."""
    for name, case in cases.items():
        for instance, valid in case.instances:
            if not isinstance(instance, bytes):
                yield (
                    f"((_: t.{name}) => _)({json.dumps(instance)}); // {json.dumps(case.schema)}",
                    name,
                    instance,
                    valid,
                )


def _refused_lines(lines: list[str], folder: Path) -> set[int]:
    source = folder / "instances.ts"
    source.write_text("\n".join(["import type * as t from './types/types.gen.js';", *lines, ""]), encoding="utf-8")
    told = typescript_errors(source)
    errors = _ERROR.findall(told)
    assert len(errors) == told.count("error TS"), told
    assert [code for _, code in errors if code.startswith("TS1")] == [], "each line is a sentence of the language"
    return {int(line) - 2 for line, _ in errors}


def _reasons(case: Case, instance: object) -> set[str]:
    document = {"$ref": "#/components/schemas/", "components": {"schemas": {"": case.schema, **case.components}}}
    validator = jsonschema_rs.Draft202012Validator(document, validate_formats=True)
    # It takes any minute's 60th second for a leap second, where the suite does not.
    return {_reason(error) for error in validator.iter_errors(instance)} or {"format"}


def _reason(error: Any) -> str:  # noqa: ANN401 - the package has no type for it
    keyword = str(error.schema_path[-1])
    is_fraction = keyword == "type" and isinstance(error.instance, float) and "integer" in error.kind.types
    return "integer" if is_fraction else keyword
