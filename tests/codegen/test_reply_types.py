"""A value that a schema allows fits the Python type of its reply, and a value of another kind does not."""

from __future__ import annotations

import json
import sys
import types
import warnings
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from openapi.codegen.document import Document
from openapi.codegen.models import typed_dict_module
from openapi.codegen.schemas import replies_source
from tests.codegen.test_json_schema import TAKEN
from tests.codegen.verdicts import Case, components_of

_KINDS: dict[str, list[object]] = {
    "string": [[], {}],
    "integer": ["a", [], {}],
    "number": ["a", [], {}],
    "boolean": ["a", [], {}, 5],
    "array": ["a", 5, {}],
    "object": ["a", 5, []],
}


def _plain(case: Case) -> bool:
    """Return whether the case has a type of its own; enums stand in another module."""
    return (
        isinstance(case.schema, dict)
        and "type" in case.schema
        and '"enum"' not in json.dumps([case.schema, case.components])
    )


CASES = {f"Case{index}": case for index, case in enumerate(TAKEN) if _plain(case)}


@pytest.fixture(scope="module")
def replies() -> types.ModuleType:
    """Generate the reply types of all cases together."""
    schemas: dict[str, Any] = {}
    paths: dict[str, Any] = {}
    for name, case in CASES.items():
        schemas |= components_of(name, case)
        content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
        paths[f"/{name}"] = {"get": {"operationId": f"get{name}", "responses": {"200": {"content": content}}}}
    source = replies_source(Document({"paths": paths, "components": {"schemas": schemas}}), "generated")
    module = types.ModuleType("tests.codegen.reply_types")
    sys.modules[module.__name__] = module
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        exec(compile(typed_dict_module(source, title="Cases."), module.__name__, "exec"), module.__dict__)  # noqa: S102 - what the generator has just written
    return module


@pytest.mark.parametrize("name", CASES)
def test_what_a_schema_allows_fits_its_type(replies: types.ModuleType, name: str) -> None:
    case = CASES[name]
    adapter = TypeAdapter(getattr(replies, name))
    for instance, valid in case.instances:
        if valid and not isinstance(instance, bytes) and not _is_leap_second(instance):
            adapter.validate_python(instance)
    assert isinstance(case.schema, dict)
    kinds = case.schema["type"]
    for other in _KINDS[kinds if isinstance(kinds, str) else next(kind for kind in kinds if kind != "null")]:
        with pytest.raises(ValidationError):
            adapter.validate_python(other)
    if isinstance(kinds, str):
        with pytest.raises(ValidationError):
            adapter.validate_python(None)


def _is_leap_second(instance: object) -> bool:
    return isinstance(instance, str) and instance[17:19] == "60"
