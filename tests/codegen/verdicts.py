"""Verdicts of the generator on schemas as request bodies, and of its readers on their instances."""

from __future__ import annotations

import asyncio
import copy
import json
import sys
import types
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from pydantic import TypeAdapter

from openapi.codegen.document import Document
from openapi.codegen.models import pydantic_module
from openapi.codegen.rules import findings
from openapi.codegen.schemas import models_source
from openapi.runtime.bodies import Body, JsonMedia
from openapi.runtime.wire import Refusal

type Schema = dict[str, Any] | bool


_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Case:
    """Schema, the components that it refers to, and instances with whether each is valid."""

    name: str
    schema: Schema
    instances: tuple[tuple[object, bool], ...]
    components: dict[str, Schema] = field(default_factory=dict)


@dataclass(slots=True)
class Verdict:
    """Verdict on a case: the generator's reason to refuse it, or the readers' answers to its instances."""

    case: Case
    refused: list[str] = field(default_factory=list)
    crashes: list[str] = field(default_factory=list)
    let_in: list[object] = field(default_factory=list)
    kept_out: list[object] = field(default_factory=list)

    @property
    def taken(self) -> bool:
        """Return whether the generator made a model of the schema."""
        return not self.refused and not self.crashes


def document_of(components: dict[str, Schema], bodies: Sequence[str]) -> Document:
    """Return a contract that keeps every rule, with one operation for each of these bodies."""
    named = "#/components"
    header = {"$ref": f"{named}/headers/Any"}
    headers = {"Request-Id": header, "Cache-Control": header, "Retry-After": header}
    responses: dict[str, Any] = {"NoContent": {"description": "Done.", "headers": headers}}
    schemas: dict[str, Any] = dict(components)
    for status in (400, 413, 415, 422, 429, 500):
        uri = f"https://example.org/problems/p{status}"
        schemas[f"Problem{status}"] = {
            "type": "object",
            "properties": {"type": {"const": uri}, "status": {"const": status}},
        }
        content = {"schema": {"$ref": f"{named}/schemas/Problem{status}"}, "example": {}}
        responses[f"P{status}"] = {
            "description": "No.",
            "headers": headers,
            "content": {"application/problem+json": content},
        }
    paths = {
        f"/bodies/{name.lower()}": {
            "put": {
                "operationId": f"put{name}",
                "tags": ["bodies"],
                "summary": "Put.",
                "security": [],
                "x-rate-limit": "all",
                "requestBody": {
                    "required": True,
                    "content": {_JSON: {"schema": {"$ref": f"{named}/schemas/{name}"}, "example": None}},
                },
                "responses": {
                    "204": {"$ref": f"{named}/responses/NoContent"},
                    **{
                        str(status): {"$ref": f"{named}/responses/P{status}"}
                        for status in (400, 413, 415, 422, 429, 500)
                    },
                },
            }
        }
        for name in bodies
    }
    return Document(
        {
            "openapi": "3.1.0",
            "info": {"title": "Cases", "version": "1"},
            "servers": [{"url": "/api"}],
            "tags": [{"name": "bodies"}],
            "x-permission-catalogue": {},
            "x-rate-limit-policies": {"all": {"quota": 1, "window": 1, "partition": "address"}},
            "paths": paths,
            "components": {
                "headers": {"Any": {"schema": {"type": "string"}}},
                "responses": responses,
                "schemas": schemas,
            },
        }
    )


def judge(cases: Sequence[Case]) -> list[Verdict]:
    """Put the cases through the rules one by one, through the generator together, and read their instances."""
    verdicts = [Verdict(case) for case in cases]
    taken = [(f"Case{index}", verdict) for index, verdict in enumerate(verdicts) if _passes(f"Case{index}", verdict)]
    for name, verdict, model in _models(taken):
        del name
        asyncio.run(_read(verdict, model))
    return verdicts


def passing(cases: Sequence[Case]) -> list[Case]:
    """Return the cases that no rule refuses, without a look at what becomes of their instances."""
    return [case for index, case in enumerate(cases) if _passes(f"Case{index}", Verdict(case))]


def components_of(name: str, case: Case) -> dict[str, Schema]:
    """Return the case's components, each under a name of its own."""
    text = json.dumps({"": case.schema, **case.components})
    for inner in case.components:
        text = text.replace(f'"#/components/schemas/{inner}"', f'"#/components/schemas/{name}{inner}"')
    renamed = cast("dict[str, Schema]", json.loads(text))
    return {f"{name}{inner}": schema for inner, schema in renamed.items()}


def _passes(name: str, verdict: Verdict) -> bool:
    try:
        found = findings(document_of(components_of(name, verdict.case), [name]))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a crash of the generator
        verdict.crashes.append(f"rules: {error!r}")
        return False
    verdict.refused = [str(one).replace(name, "Case") for one in found]
    return not found


def _models(taken: Sequence[tuple[str, Verdict]]) -> Iterator[tuple[str, Verdict, type]]:
    """Make all models in one run of the generator; where that fails, halve until the guilty one stands alone."""
    if not taken:
        return
    components = {part: schema for name, verdict in taken for part, schema in components_of(name, verdict.case).items()}
    try:
        document = document_of(components, [name for name, _ in taken])
        source = pydantic_module(models_source(document, "generated"), title="Cases.")
        module = types.ModuleType(f"tests.codegen.cases_from_{taken[0][0].lower()}_{len(taken)}")
        sys.modules[module.__name__] = module
        exec(compile(source, module.__name__, "exec"), module.__dict__)  # noqa: S102 - what the generator has just written
        models = [(name, verdict, getattr(module, name)) for name, verdict in taken]
        for _, _, model in models:
            TypeAdapter(model).rebuild(raise_errors=True)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a crash of the generator
        if len(taken) == 1:
            taken[0][1].crashes.append(f"models: {error!r}"[:300])
            return
        middle = len(taken) // 2
        yield from _models(taken[:middle])
        yield from _models(taken[middle:])
        return
    yield from models


async def _read(verdict: Verdict, model: type) -> None:
    media: JsonMedia[object] = JsonMedia(TypeAdapter(model))
    body: Body[object] = Body({_JSON: media}, max_size=1_000_000)
    for instance, valid in verdict.case.instances:
        payload = instance if isinstance(instance, bytes) else json.dumps(instance).encode()
        try:
            _, errors = body.collect(replace(media.parse(payload, ""), media=_JSON))
            accepted = not errors
        except Refusal:
            accepted = False
        except Exception as error:  # noqa: BLE001 - it would be a 500
            verdict.crashes.append(f"{instance!r:.80}: {error!r:.200}")
            continue
        if accepted and not valid:
            verdict.let_in.append(copy.deepcopy(instance))
        if valid and not accepted:
            verdict.kept_out.append(copy.deepcopy(instance))
