"""A page for each problem type, where `type` leads: what it means and what to do, from the contract."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from generated.policies import PROBLEM_TYPES
from impl.edge.contract import CONTRACT, Document, load
from impl.edge.docs import PAGES
from impl.edge.problems import TYPE_PREFIX

type Json = dict[str, Any]

_LIST: Final = ""  # no type has an empty name
_HTML: Final = "text/html; charset=utf-8"
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
    """Open everywhere, since a `type` has to lead somewhere; operations are named only where the docs are open.

    The pages are made at the first request for one: parsing a contract takes longer than the rest of the start.
    """

    def __init__(self, path: Path = CONTRACT, *, documented: bool) -> None:
        self._path = path
        self._documented = documented
        # The pages run nothing and load nothing, and their one style is known by its digest.
        style = (PAGES / "problems.css").read_text(encoding="utf-8")
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        self._style = Markup(style)  # noqa: S704  our own file
        self._policy = (
            f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
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
        return self._pages[name].answer(request, **{"Content-Security-Policy": self._policy})

    def _make(self) -> Mapping[str, Document]:
        templates = Environment(loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined)
        templates.filters["prose"] = _prose
        templates.globals.update(style=self._style, documented=self._documented)
        problems = sorted(_problems(load(self._path.read_bytes())), key=lambda one: (one.status, one.slug))
        pages = {one.slug: templates.get_template("problem.html.jinja").render(problem=one) for one in problems}
        pages[_LIST] = templates.get_template("problems.html.jinja").render(problems=problems)
        return {name: Document(page.encode(), _HTML, cache=_CACHE) for name, page in pages.items()}


def _problems(contract: Json) -> Iterator[_Problem]:
    schemas: Mapping[str, Json] = contract["components"]["schemas"]
    examples = _examples(contract)
    operations = _operations(contract)
    for name, schema in schemas.items():
        told = _told(schema)
        if told is None:
            continue
        uri = told["type"]["const"]
        meaning, _, advice = str(schema["description"]).strip().partition("\n\n")
        example = examples.get(uri)
        yield _Problem(
            slug=uri.removeprefix(TYPE_PREFIX),
            uri=uri,
            title=told["title"]["const"],
            status=told["status"]["const"],
            meaning=meaning,
            advice=advice,
            example=None if example is None else json.dumps(example, ensure_ascii=False, indent=2),
            operations=tuple(operations.get(name, ())),
        )


def _told(schema: Json) -> Json | None:
    """The properties that make a schema a problem type: a const `type` of ours, with its title and status."""
    for part in schema.get("allOf", ()):
        properties: Json = part.get("properties", {})
        if str(properties.get("type", {}).get("const", "")).startswith(TYPE_PREFIX):
            return properties
    return None


def _contents(response: Json) -> Iterator[Json]:
    yield from (content for media, content in response.get("content", {}).items() if media.endswith("problem+json"))


def _examples(contract: Json) -> dict[str, Json]:
    """The first example of each type."""
    found: dict[str, Json] = {}
    for response in contract["components"]["responses"].values():
        for content in _contents(response):
            for example in content["examples"].values():
                found.setdefault(example["value"]["type"], example["value"])
    return found


def _operations(contract: Json) -> dict[str, list[_Operation]]:
    """The operations that can answer with it, by the name of the problem's schema."""
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
    """Descriptions are Markdown, of which they use code and paragraphs only."""
    parts = [
        Markup("<code>{}</code>").format(part) if at % 2 else escape(part) for at, part in enumerate(text.split("`"))
    ]
    return Markup("").join(parts)
