"""Pictures at addresses that hold their content's hash: for everybody, or signed and good for some minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from impl.marketplace.capabilities.pictures.service import MEDIA_PATH, Signature
from openapi.runtime.entity_tags import is_known

if TYPE_CHECKING:
    from starlette.requests import Request

    from impl.marketplace.photos.service import PhotosService

# What is at such an address never changes. But it may leave the catalogue, or staff may hide it: shared caches ask
# again after a minute, and whoever has seen it keeps it.
_PUBLIC: Final = "public, max-age=31536000, s-maxage=60, immutable"
_PRIVATE: Final = "private, max-age=300"
_HIDDEN: Final = "no-store"
_POLICY: Final = "default-src 'none'; frame-ancestors 'none'; sandbox"


class Media:
    """Serves pictures in pieces, as the storage reads them."""

    def __init__(self, photos: PhotosService) -> None:
        self._photos = photos

    def route(self) -> Route:
        return Route(f"{MEDIA_PATH}/{{content_hash}}/{{name}}", self.show, methods=["GET"])

    async def show(self, request: Request) -> Response:
        content_hash, name = request.path_params["content_hash"], request.path_params["name"]
        given = [request.query_params.get(part, "") for part in ("expires", "signature", "for")]
        picture = await self._photos.find_served(content_hash, name, Signature(*given))
        if picture is None:
            raise HTTPException(404)
        headers = {
            "Cache-Control": _HIDDEN if picture.is_hidden else _PUBLIC if picture.is_public else _PRIVATE,
            "Content-Disposition": f'inline; filename="{name}"',
            "Content-Security-Policy": _POLICY,
            # Pages of other origins show it, by an <img> without CORS.
            "Cross-Origin-Resource-Policy": "cross-origin",
            "ETag": f'"{content_hash}-{name}"',
        }
        if is_known(request.headers.get("if-none-match"), headers["ETag"]):
            return Response(status_code=304, headers=headers)
        content = await self._photos.open(picture)
        if content is None:
            raise HTTPException(404)
        headers["Content-Length"] = str(content.size)
        if request.method == "HEAD":
            await content.chunks.aclose()
            return Response(headers=headers, media_type=picture.media_type)
        return StreamingResponse(content.chunks, headers=headers, media_type=picture.media_type)
