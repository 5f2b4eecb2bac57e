"""Documentation pages: Swagger UI and Redoc over the contract, from our own files, each with its own policy."""

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
# No inline script or style is allowed: markup in a description of the contract could run nothing.
PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# Redoc makes empty style elements, which it fills by script, and one for its scrollbars; a new release may need a new
# digest of that one, which the browser test then reports. Its search runs in a worker of its own.
_REDOC_STYLES: Final = (
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' 'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='"
)
REDOC_POLICY: Final = (
    PAGE_POLICY.replace("style-src 'self'", f"style-src 'self' {_REDOC_STYLES}") + "; worker-src blob:"
)
_SWAGGER: Final = ("fastapi_swagger", "resources", ("swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png"))
_LOGO: Final = "logo-mini.svg"
_REDOC: Final = ("fastapi_standalone_docs", "static/redoc", ("redoc.standalone.js", _LOGO))
_OURS: Final = ("docs.js", "links.js", "links.css", "redoc.css", "redoc.js")
_TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}
_ASSET_CACHE: Final = "public, max-age=3600"
_PAGE_CACHE: Final = "no-cache"


class Assets:
    """Closed list of static files; a name from a request never becomes a path."""

    def __init__(self) -> None:
        self._paths: dict[str, Path] = {name: PAGES / name for name in _OURS}
        for package, folder, names in (_SWAGGER, _REDOC):
            self._paths |= {name: package_folder(package) / folder / name for name in names}
        self._documents: dict[str, Document] = {}

    def route(self) -> Route:
        return Route("/docs/assets/{name}", self.asset, methods=["GET"])

    def logo_route(self) -> Route:
        """Return the route of Redoc's logo, which it requests below the page's own address."""
        return Route(f"/redoc/{_LOGO}", self.asset, methods=["GET"])

    async def asset(self, request: Request) -> Response:
        name = request.path_params.get("name", _LOGO)
        path = self._paths.get(name)
        if path is None:
            raise HTTPException(404)
        if name not in self._documents:
            self._documents[name] = await asyncio.to_thread(_document, path, _ASSET_CACHE)
        return await self._documents[name].answer(request)


class Page:
    """HTML page of ours, served with a Content-Security-Policy for pages."""

    def __init__(self, name: str, policy: str = PAGE_POLICY) -> None:
        self._document = _document(PAGES / name, _PAGE_CACHE)
        self._policy = policy

    def route(self, path: str) -> Route:
        return Route(path, self.show, methods=["GET"])

    async def show(self, request: Request) -> Response:
        return await self._document.answer(request, **{"Content-Security-Policy": self._policy})


def package_folder(package: str) -> Path:
    """Find the folder of a package that ships a page, without importing it, since its code patches FastAPI."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError(f"the package {package} is not installed")
    return Path(spec.submodule_search_locations[0])


def _document(path: Path, cache: str) -> Document:
    return Document(path.read_bytes(), _TYPES[path.suffix], cache=cache)
