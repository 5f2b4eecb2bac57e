"""Pages of the problem types, to which `type` leads: meaning and remedy, taken from the contract."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup, escape
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from generated.policies import PROBLEM_TYPES
from impl.edge.contract import CONTRACT, Document
from impl.edge.plain_pages import HTML, PLAIN_POLICY, templates
from impl.edge.problems import TYPE_PREFIX

type Json = dict[str, Any]

_LIST: Final = ""  # the list has the empty name, as no type has
_CACHE: Final = "public, max-age=3600"
_METHODS: Final = frozenset({"get", "put", "post", "patch", "delete"})


@dataclass(frozen=True, slots=True)
class _Operation:
    id: str
    tag: str
    method: str
    path: str
    summary: str


@dataclass(frozen=True, slots=True)
class _Problem:
    slug: str
    uri: str
    title: str
    status: int
    meaning: str
    advice: str
    example: str | None
    operations: tuple[_Operation, ...]


class ProblemPages:
    """Serves the pages to everybody, since `type` has to lead somewhere.

    Operations are named only where the documentation is open. The pages are made at the first request for one, because
    parsing the contract takes longer than the rest of the start.
    """

    def __init__(self, path: Path = CONTRACT, *, documented: bool) -> None:
        self._path = path
        self._documented = documented
        self._pages: Mapping[str, Document] | None = None

    def routes(self) -> list[Route]:
        return [
            Route("/problems", self.list, methods=["GET"]),
            Route("/problems/{slug}", self.one, methods=["GET"]),
        ]

    async def list(self, request: Request) -> Response:
        return await self._show(request, _LIST)

    async def one(self, request: Request) -> Response:
        slug = request.path_params["slug"]
        if slug not in PROBLEM_TYPES:
            raise HTTPException(404)
        return await self._show(request, slug)

    async def _show(self, request: Request, name: str) -> Response:
        if self._pages is None:
            self._pages = await asyncio.to_thread(self._make)
        return await self._pages[name].answer(request, **{"Content-Security-Policy": PLAIN_POLICY})

    def _make(self) -> Mapping[str, Document]:
        from openapi.runtime.yaml_documents import load_mapping  # noqa: PLC0415 - slow to import, and needed once

        drawn = templates()
        drawn.filters["prose"] = _prose
        drawn.globals["documented"] = self._documented
        problems = sorted(_problems(load_mapping(self._path.read_bytes())), key=lambda one: (one.status, one.slug))
        pages = {one.slug: drawn.get_template("problem.html.jinja").render(problem=one) for one in problems}
        pages[_LIST] = drawn.get_template("problems.html.jinja").render(problems=problems)
        return {name: Document(page.encode(), HTML, cache=_CACHE) for name, page in pages.items()}


def _problems(contract: Json) -> Iterator[_Problem]:
    schemas: Mapping[str, Json] = contract["components"]["schemas"]
    examples = _examples(contract)
    operations = _operations(contract)
    for name, schema in schemas.items():
        described = _describe(schema)
        if described is None:
            continue
        uri = described["type"]["const"]
        meaning, _, advice = str(schema["description"]).strip().partition("\n\n")
        example = examples.get(uri)
        yield _Problem(
            slug=uri.removeprefix(TYPE_PREFIX),
            uri=uri,
            title=described["title"]["const"],
            status=described["status"]["const"],
            meaning=meaning,
            advice=advice,
            example=None if example is None else json.dumps(example, indent=2),
            operations=tuple(operations.get(name, ())),
        )


def _describe(schema: Json) -> Json | None:
    """Return the properties that make a schema a problem type, or None: a const `type` of ours, title and status."""
    for part in schema.get("allOf", ()):
        properties: Json = part.get("properties", {})
        if str(properties.get("type", {}).get("const", "")).startswith(TYPE_PREFIX):
            return properties
    return None


def _contents(response: Json) -> Iterator[Json]:
    yield from (content for media, content in response.get("content", {}).items() if media.endswith("problem+json"))


def _examples(contract: Json) -> dict[str, Json]:
    """Collect the first example of each problem type."""
    found: dict[str, Json] = {}
    for response in contract["components"]["responses"].values():
        for content in _contents(response):
            for example in content["examples"].values():
                found.setdefault(example["value"]["type"], example["value"])
    return found


def _operations(contract: Json) -> dict[str, list[_Operation]]:
    """Collect the operations that can answer with each problem, by the name of its schema."""
    responses: Mapping[str, Json] = contract["components"]["responses"]
    prefix = contract["servers"][0]["url"]
    found: dict[str, list[_Operation]] = {}
    for path, item in contract["paths"].items():
        for method, raw in item.items():
            if method not in _METHODS:
                continue
            operation = _Operation(raw["operationId"], raw["tags"][0], method.upper(), prefix + path, raw["summary"])
            for reference in raw["responses"].values():
                for content in _contents(responses[_named(reference)]):
                    for schema in content["schema"].get("oneOf", [content["schema"]]):
                        found.setdefault(_named(schema), []).append(operation)
    return found


def _named(reference: Json) -> str:
    return str(reference["$ref"]).rpartition("/")[2]


def _prose(text: str) -> Markup:
    """Render a description, whose Markdown has code and paragraphs only."""
    parts = [
        Markup("<code>{}</code>").format(part) if at % 2 else escape(part) for at, part in enumerate(text.split("`"))
    ]
    return Markup("").join(parts)
