"""Validators and writers are built by their first use; that each can be built is asked here, not at the start."""

import importlib
import pkgutil
from typing import get_args, get_origin

from pydantic import BaseModel, GetCoreSchemaHandler, TypeAdapter
from pydantic_core import CoreSchema, core_schema

from generated import models, parameters, routers, webhooks
from openapi.runtime.formats import Closed
from openapi.runtime.json_writer import JsonWriter

_built: list[str] = []


class _Noticed:
    """Type that notes when something is built from it."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        _built.append(cls.__name__)
        return core_schema.any_schema()


class _Request(Closed):
    value: _Noticed


def test_a_validator_is_built_by_the_first_request_that_needs_it() -> None:
    """One for each operation: the start has no use for them."""
    _built.clear()
    adapter = TypeAdapter(_Request)
    assert _built == []
    for _ in range(2):
        adapter.validate_python({"value": 1})
    assert _built == ["_Noticed"]


def test_a_writer_is_built_by_the_first_reply() -> None:
    _built.clear()
    writer = JsonWriter[object](_Noticed)
    assert _built == []
    assert [writer.dump_json(1) for _ in range(2)] == [b"1", b"1"]
    assert _built == ["_Noticed"]


def test_each_validator_and_writer_of_the_contract_can_be_built() -> None:
    for module in (models, parameters, webhooks):
        for kind in vars(module).values():
            if isinstance(kind, type) and issubclass(kind, BaseModel) and kind is not BaseModel:
                kind.model_rebuild(raise_errors=True)
    written = 0
    for found in pkgutil.iter_modules(routers.__path__):
        for hint in importlib.import_module(f"{routers.__name__}.{found.name}").__annotations__.values():
            origin: object = get_origin(hint)
            if origin is JsonWriter:
                TypeAdapter(get_args(hint)[0])
                written += 1
    assert written
