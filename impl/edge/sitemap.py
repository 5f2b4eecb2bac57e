"""Sitemap of the public pages, in parts (sitemaps.org), and the rules for robots (RFC 9309)."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from impl.edge.contract import Document
from impl.operations.capabilities.sitemap.service import SitemapKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from starlette.requests import Request

    from impl.operations.capabilities.sitemap.service import SitemapService

INDEX_PATH: Final = "/sitemap.xml"
PART_PATH: Final = "/sitemaps/{name}.xml"
# Paths of the front end below APP_URL, as those of mailed links are.
FRONT_END: Final = {SitemapKind.PROVIDERS: "/providers/", SitemapKind.SERVICES: "/services/"}
_NAMESPACE: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"
_TYPE: Final = "application/xml"
_CACHE: Final = "public, max-age=3600"
# Number of a part as the index writes it; one of more digits would name nothing.
_NUMBER: Final = re.compile("0|[1-9][0-9]{0,8}")


class Sitemap:
    """Serves the index and its parts, made when they are asked for; one at a time, because a part is large."""

    def __init__(self, service: SitemapService, *, issuer: str, app_url: str) -> None:
        """Take the address of the service, where the parts are, and that of the front end, where the pages are."""
        self._service = service
        self._issuer = issuer
        self._app_url = app_url.rstrip("/")
        self._turn = asyncio.Lock()
        rules = (
            "User-agent: *",
            f"Allow: {INDEX_PATH}",
            "Allow: /sitemaps/",
            "Disallow: /",
            "",
            f"Sitemap: {issuer}{INDEX_PATH}",
        )
        robots = "".join(f"{line}\n" for line in rules).encode()
        self._robots = Document(robots, "text/plain; charset=utf-8", cache=_CACHE)

    def routes(self) -> list[Route]:
        return [
            Route(INDEX_PATH, self.index, methods=["GET"]),
            Route(PART_PATH, self.part, methods=["GET"]),
            Route("/robots.txt", self.robots, methods=["GET"]),
        ]

    async def robots(self, request: Request) -> Response:
        return await self._robots.answer(request)

    async def index(self, request: Request) -> Response:
        """Answer with the addresses of the parts that are not empty."""
        async with self._turn:
            parts = [(kind, number) for kind in SitemapKind for number in await self._service.parts(kind)]
        entries = (
            f"<sitemap><loc>{self._issuer}/sitemaps/{kind}-{number}.xml</loc></sitemap>" for kind, number in parts
        )
        return await _document("sitemapindex", entries).answer(request)

    async def part(self, request: Request) -> Response:
        """Answer with the addresses of a part; one in which there is nothing does not exist."""
        word, _, number = request.path_params["name"].rpartition("-")
        if word not in FRONT_END or not _NUMBER.fullmatch(number):
            raise HTTPException(404)
        kind = SitemapKind(word)
        async with self._turn:
            addresses = await self._service.part(kind, int(number))
        if not addresses:
            raise HTTPException(404)
        before = escape(self._app_url + FRONT_END[kind])
        entries: Sequence[str] = [
            f"<url><loc>{before}{address.name}</loc><lastmod>{address.changed_at:%Y-%m-%dT%H:%M:%SZ}</lastmod></url>"
            for address in addresses
        ]
        return await _document("urlset", entries).answer(request)


def _document(root: str, entries: Iterable[str]) -> Document:
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<{root} xmlns="{_NAMESPACE}">', *entries, f"</{root}>", ""]
    return Document("\n".join(lines).encode(), _TYPE, cache=_CACHE, is_lasting=False)
