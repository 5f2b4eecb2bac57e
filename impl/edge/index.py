"""Index at `/`: a JSON document that links to the API, its documentation and the health check."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from starlette.routing import Route

from impl.edge.contract import JSON_PATH, YAML_PATH, Document

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


class Index:
    """Serves the index; its links are absolute, so that they hold behind any proxy."""

    def __init__(self, *, issuer: str, documented: bool) -> None:
        """Take the addresses to link to; `documented` says whether the documentation is served."""
        places = {"api": "/api/v1", "health": "/health", "problems": "/problems"}
        if documented:
            places |= {"documentation": "/docs", "reference": "/redoc", "openapi": YAML_PATH, "openapi_json": JSON_PATH}
        content = {"name": "Hestami API", **{name: issuer + path for name, path in places.items()}}
        self._document = Document(
            json.dumps(content, indent=2).encode(), "application/json", cache="public, max-age=300"
        )

    def route(self) -> Route:
        """Return the route that shows it."""
        return Route("/", self.show, methods=["GET"])

    async def show(self, request: Request) -> Response:
        """Answer with the places."""
        return await self._document.answer(request)
