"""Contract over HTTP: the YAML file as it is, and the same document as JSON."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from openapi.runtime.entity_tags import is_known
from openapi.runtime.yaml_documents import load_mapping

CONTRACT: Final = Path(__file__).resolve().parents[2] / "openapi" / "hestami.yaml"
YAML_PATH: Final = "/api/v1/openapi.yaml"
JSON_PATH: Final = "/api/v1/openapi.json"
_ADDRESS: Final = re.compile(rb"^(?P<name>[ -]*(?:url|tokenUrl|refreshUrl): )(?P<path>/api/v1)", re.MULTILINE)
_YAML_TYPE: Final = "application/yaml"
_JSON_TYPE: Final = "application/json"


class Document:
    """Static bytes with an ETag, so that a reload of the documentation costs a 304 only."""

    def __init__(self, body: bytes, media_type: str, *, cache: str) -> None:
        self._body = body
        self._headers = {
            "ETag": f'"{hashlib.sha256(body).hexdigest()[:32]}"',
            "Cache-Control": cache,
            "Content-Type": media_type,
        }

    def answer(self, request: Request, **headers: str) -> Response:
        lines = self._headers | headers
        if is_known(request.headers.get("if-none-match"), lines["ETag"]):
            del lines["Content-Type"]
            return Response(status_code=304, headers=lines)
        return Response(self._body, headers=lines)


class ContractPages:
    """Serves the contract as YAML and JSON.

    The JSON is made at the first request for it, because parsing the contract takes longer than the rest of the start.
    """

    def __init__(self, path: Path = CONTRACT, *, prefix: str = "") -> None:
        """Serve the contract; all addresses in it stand under `prefix`, the path below which a proxy serves us."""
        self._source = _ADDRESS.sub(rb"\g<name>%b\g<path>" % prefix.encode("ascii"), path.read_bytes())
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


def _as_json(source: bytes) -> bytes:
    return json.dumps(load_mapping(source), ensure_ascii=False, separators=(",", ":")).encode()
