"""The contract on the wire: the file itself, and the same document as JSON."""

from __future__ import annotations

import asyncio
import hashlib
import json
from pathlib import Path
from typing import Any, Final

import yaml
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

CONTRACT: Final = Path(__file__).resolve().parents[2] / "openapi" / "hestami.yaml"
YAML_PATH: Final = "/api/v1/openapi.yaml"
JSON_PATH: Final = "/api/v1/openapi.json"
_YAML_TYPE: Final = "application/yaml"
_JSON_TYPE: Final = "application/json"
_TIMESTAMP: Final = "tag:yaml.org,2002:timestamp"


class _Loader(yaml.CSafeLoader):
    """Keeps timestamps as the text that they are in an OpenAPI document: JSON has no other way to say them."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


class Document:
    """Bytes with a validator; `If-None-Match` makes a reload of the docs page cost nothing."""

    def __init__(self, body: bytes, media_type: str, *, cache: str) -> None:
        self._body = body
        self._headers = {
            "ETag": f'"{hashlib.sha256(body).hexdigest()[:32]}"',
            "Cache-Control": cache,
            "Content-Type": media_type,
        }

    def answer(self, request: Request, **headers: str) -> Response:
        lines = self._headers | headers
        if _matches(request.headers.get("if-none-match"), lines["ETag"]):
            del lines["Content-Type"]
            return Response(status_code=304, headers=lines)
        return Response(self._body, headers=lines)


class ContractPages:
    """JSON is made at the first request for it: parsing a contract takes longer than the rest of the start."""

    def __init__(self, path: Path = CONTRACT) -> None:
        self._source = path.read_bytes()
        self._yaml = Document(self._source, _YAML_TYPE, cache="no-cache")
        self._json: Document | None = None

    def routes(self) -> list[Route]:
        return [Route(YAML_PATH, self.yaml, methods=["GET"]), Route(JSON_PATH, self.json, methods=["GET"])]

    async def yaml(self, request: Request) -> Response:
        return self._yaml.answer(request)

    async def json(self, request: Request) -> Response:
        if self._json is None:
            body = await asyncio.to_thread(_as_json, self._source)
            self._json = Document(body, _JSON_TYPE, cache="no-cache")
        return self._json.answer(request)


def load(source: bytes) -> dict[str, Any]:
    # A subclass of the safe loader, which ruff cannot see through.
    loaded: dict[str, Any] = yaml.load(source, Loader=_Loader)  # noqa: S506
    return loaded


def _as_json(source: bytes) -> bytes:
    return json.dumps(load(source), ensure_ascii=False, separators=(",", ":")).encode()


def _matches(header: str | None, etag: str) -> bool:
    """RFC 9110, section 13.1.2: weak comparison over a list, or `*`."""
    if header is None:
        return False
    candidates = [candidate.strip().removeprefix("W/") for candidate in header.split(",")]
    return etag in candidates or "*" in candidates
