"""Contract over HTTP: the YAML file as it is, and the same document as JSON."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from impl.edge.compression import BYTES_MIN, VARY, coding_of, compress, compress_once, is_compressible, tagged
from openapi.runtime.entity_tags import is_known

if TYPE_CHECKING:
    from impl.edge.compression import Coding

CONTRACT: Final = Path(__file__).resolve().parents[2] / "openapi" / "hestami.yaml"
YAML_PATH: Final = "/api/v1/openapi.yaml"
JSON_PATH: Final = "/api/v1/openapi.json"
_ADDRESS: Final = re.compile(rb"^(?P<name>[ -]*(?:url|tokenUrl|refreshUrl): )(?P<path>/api/v1)", re.MULTILINE)
_YAML_TYPE: Final = "application/yaml"
_JSON_TYPE: Final = "application/json"


class Document:
    """Static bytes with an ETag, so that a reload of the documentation costs a 304 only.

    They are compressed with the first request for them, and well, unless they are made anew for each: for the largest
    ones that takes a second.
    """

    def __init__(self, body: bytes, media_type: str, *, cache: str, is_lasting: bool = True) -> None:
        self._body = body
        self._by = compress_once if is_lasting else compress
        self._pays = len(body) >= BYTES_MIN and is_compressible(media_type)
        self._compressed: dict[Coding, bytes] = {}
        self._headers = {
            "ETag": f'"{hashlib.sha256(body).hexdigest()}"',
            "Cache-Control": cache,
            "Content-Type": media_type,
        }

    async def answer(self, request: Request, **headers: str) -> Response:
        """Answer with the document, compressed where the client takes it, or with 304 where the client has it."""
        lines, body = self._headers | headers, self._body
        known = request.headers.get("if-none-match")
        accepted = ",".join(request.headers.getlist("accept-encoding"))
        coding = coding_of(accepted.encode("latin-1")) if self._pays else None
        if self._pays:
            lines["Vary"] = VARY
        if coding is not None:
            lines["ETag"] = tagged(lines["ETag"], coding)
        if is_known(known, self._headers["ETag"]):
            del lines["Content-Type"]
            return Response(status_code=304, headers=lines)
        if coding is not None:
            body = self._compressed.get(coding) or await self._compress(coding)
            lines["Content-Encoding"] = coding
        return Response(body, headers=lines)

    async def _compress(self, coding: Coding) -> bytes:
        body = await asyncio.to_thread(self._by, self._body, coding)
        self._compressed[coding] = body
        return body


class ContractPages:
    """Serves the contract as YAML and JSON.

    The JSON is made at the first request for it, because parsing the contract takes longer than the rest of the start.
    """

    def __init__(self, path: Path = CONTRACT, *, prefix: str) -> None:
        """Serve the contract; all addresses in it stand under `prefix`, the path below which a proxy serves us."""
        self._source = _ADDRESS.sub(rb"\g<name>%b\g<path>" % prefix.encode("ascii"), path.read_bytes())
        self._yaml = Document(self._source, _YAML_TYPE, cache="no-cache")
        self._json: Document | None = None

    def routes(self) -> list[Route]:
        return [Route(YAML_PATH, self.yaml, methods=["GET"]), Route(JSON_PATH, self.json, methods=["GET"])]

    async def yaml(self, request: Request) -> Response:
        return await self._yaml.answer(request)

    async def json(self, request: Request) -> Response:
        if self._json is None:
            body = await asyncio.to_thread(_as_json, self._source)
            self._json = Document(body, _JSON_TYPE, cache="no-cache")
        return await self._json.answer(request)


def _as_json(source: bytes) -> bytes:
    from openapi.runtime.yaml_documents import load_mapping  # noqa: PLC0415 - slow to import, and needed once

    return json.dumps(load_mapping(source), ensure_ascii=False, separators=(",", ":")).encode()
