"""The docs page: Swagger UI over the contract, from files that the service itself serves, under a policy of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from impl.edge.contract import Document

PAGES: Final = Path(__file__).resolve().parent / "pages"
# No inline script or style anywhere: a description in the contract that smuggled markup in could run nothing.
PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_BUNDLE: Final = "fastapi_swagger"
_BUNDLED: Final = ("swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png")
_OURS: Final = ("docs.js", "links.js", "links.css")
_TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
}
_ASSET_CACHE: Final = "public, max-age=3600"
_PAGE_CACHE: Final = "no-cache"


class Assets:
    """A closed list of files: a name from a request never becomes a path."""

    def __init__(self) -> None:
        bundle = bundle_folder()
        self._paths: dict[str, Path] = {name: PAGES / name for name in _OURS}
        self._paths |= {name: bundle / name for name in _BUNDLED}
        self._documents: dict[str, Document] = {}

    def route(self) -> Route:
        return Route("/docs/assets/{name}", self.asset, methods=["GET"])

    async def asset(self, request: Request) -> Response:
        name = request.path_params["name"]
        path = self._paths.get(name)
        if path is None:
            raise HTTPException(404)
        if name not in self._documents:
            self._documents[name] = await asyncio.to_thread(_document, path, _ASSET_CACHE)
        return self._documents[name].answer(request)


class Page:
    """One of our HTML files, under the policy for pages."""

    def __init__(self, name: str) -> None:
        self._document = _document(PAGES / name, _PAGE_CACHE)

    def route(self, path: str) -> Route:
        return Route(path, self.show, methods=["GET"])

    async def show(self, request: Request) -> Response:
        return self._document.answer(request, **{"Content-Security-Policy": PAGE_POLICY})


def bundle_folder() -> Path:
    """Where the package that ships Swagger UI keeps its files; found, not imported, since its code patches FastAPI."""
    spec = find_spec(_BUNDLE)
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError(f"the package {_BUNDLE} is not installed")
    return Path(spec.submodule_search_locations[0]) / "resources"


def _document(path: Path, cache: str) -> Document:
    return Document(path.read_bytes(), _TYPES[path.suffix], cache=cache)
