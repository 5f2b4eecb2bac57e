"""Small service over the generated sample: real handlers, a guard that reads one header, problems as JSON."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, Self, override
from uuid import UUID

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from openapi.runtime.routing import SegmentTree
from openapi.runtime.wire import HEARTBEAT, Event, Heartbeat, Operation, Refusal, Reply
from tests.codegen.golden.library import models, replies
from tests.codegen.golden.library.routers import books, shelf_search

# The Last-Event-ID whose stream has no end.
ENDLESS = 999
BOOK_ID = UUID("0198a2c4-e1b0-7c3f-9d5e-6a7b8c9d0e1f")


@dataclass
class Seen:
    """Last input of the handlers, for tests to read."""

    arguments: dict[str, object] = field(default_factory=dict)
    bodies: list[object] = field(default_factory=list)
    pictures: list[bytes] = field(default_factory=list)
    opened: list[AsyncGenerator[bytes, None]] = field(default_factory=list)
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    kept: dict[str, Reply] = field(default_factory=dict)


def book(title: str = "Emma") -> replies.Book:
    """Return a book as replies have it."""
    return {
        "id": BOOK_ID,
        "title": title,
        "subtitle": None,
        "genre": models.Genre.NOVEL,
        "added_at": datetime(2026, 1, 31, 9, 30, tzinfo=UTC),
        "chapters": [{"name": "One", "pages": 12}],
    }


class Bindings:
    """Two events and a sign of life between them, and, where they are endless, no end."""

    def __init__(self, seen: Seen, *, endless: bool) -> None:
        self._seen = seen
        self._endless = endless
        self._left: list[Event[replies.Binding] | Heartbeat] = [
            Event("7", {"kind": "SOFT"}),
            HEARTBEAT,
            Event("8", {"kind": "HARD", "weight_grams": 90}),
        ]

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event[replies.Binding] | Heartbeat:
        if self._left:
            return self._left.pop(0)
        if self._endless:
            await asyncio.Event().wait()
        raise StopAsyncIteration

    async def aclose(self) -> None:
        self._seen.closed.set()


class BooksHandlers(books.AbstractBooksHandlers[str, str]):
    """Handlers that record their input."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen

    @override
    async def list_books(
        self,
        caller: str,
        *,
        limit: int,
        cursor: str | None,
        title: str | None,
        available: bool | None,
        max_weight: float | None,
        sort: models.BookSort,
        genre: list[models.Genre] | None,
        ids: list[UUID] | None,
        since: datetime | None,
        accept_shelf: int | None,
        media_type: Literal["application/json", "text/csv"],
    ) -> books.ListBooksOk | books.ListBooksOkCsv:
        self._seen.arguments = {
            "caller": caller,
            "limit": limit,
            "cursor": cursor,
            "title": title,
            "available": available,
            "max_weight": max_weight,
            "sort": sort,
            "genre": genre,
            "ids": ids,
            "since": since,
            "accept_shelf": accept_shelf,
        }
        if media_type == "text/csv":
            return books.ListBooksOkCsv("title\r\nÉmma\r\n")
        return books.ListBooksOk({"items": [book()], "next_cursor": None})

    @override
    async def create_book(self, caller: str, *, body: models.BookCreate) -> books.CreateBookCreated:
        self._seen.bodies.append(body)
        reply = books.CreateBookCreated(book(body.title), location=f"/api/v1/books/{BOOK_ID}", etag='"1"')
        self._seen.kept[caller] = reply
        return reply

    @override
    async def watch_books(self, caller: str, *, last_event_id: int | None) -> books.WatchBooksOk:
        self._seen.arguments = {"last_event_id": last_event_id}
        return books.WatchBooksOk(Bindings(self._seen, endless=last_event_id == ENDLESS))

    @override
    async def get_book(self, caller: str, *, book_id: UUID) -> books.GetBookOk:
        self._seen.arguments = {"book_id": book_id}
        return books.GetBookOk(book(), etag='"7"')

    @override
    async def update_book(
        self, caller: str, *, book_id: UUID, if_match: str | None, body: models.BookUpdate
    ) -> books.UpdateBookOk:
        self._seen.arguments = {"if_match": if_match}
        self._seen.bodies.append(body)
        return books.UpdateBookOk(book(), etag='"8"')

    @override
    async def delete_book(self, caller: str, *, book_id: UUID) -> books.DeleteBookNoContent:
        return books.DeleteBookNoContent()

    @override
    async def get_cover(self, caller: str, *, book_id: UUID) -> books.GetCoverOk:
        async def chunks() -> AsyncGenerator[bytes, None]:
            for picture in self._seen.pictures:
                yield picture

        self._seen.opened.append(opened := chunks())

        size = sum(map(len, self._seen.pictures))
        return books.GetCoverOk(
            opened, size=size, media_type="image/png", content_disposition="attachment", content_language="en"
        )

    @override
    async def replace_cover(self, caller: str, *, book_id: UUID, body: models.CoverForm) -> books.ReplaceCoverNoContent:
        self._seen.bodies.append(body)
        self._seen.pictures.append(body.picture.file.read())
        return books.ReplaceCoverNoContent()

    @override
    async def replace_binding(self, caller: str, *, book_id: UUID, body: models.Binding) -> books.ReplaceBindingOk:
        self._seen.bodies.append(body)
        if isinstance(body, models.HardCover):
            return books.ReplaceBindingOk({"kind": "HARD", "weight_grams": body.weight_grams})
        return books.ReplaceBindingOk({"kind": "SOFT"})

    @override
    async def lend_book(self, caller: str, *, book_id: UUID, body: models.Loan | None) -> books.LendBookNoContent:
        self._seen.bodies.append(body)
        return books.LendBookNoContent()


class SearchHandlers(shelf_search.AbstractShelfSearchHandlers[str, str]):
    """Handlers of the public operations."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen

    @override
    async def get_latest_book(self, client: str) -> shelf_search.GetLatestBookOk:
        return shelf_search.GetLatestBookOk(book())

    @override
    async def issue_token(
        self, client: str, *, body: models.TokenRequest | models.TokenForm
    ) -> shelf_search.IssueTokenOk:
        self._seen.bodies.append(body)
        return shelf_search.IssueTokenOk({"access_token": "abc"})

    @override
    async def trade_token(self, client: str, *, body: models.TradeForm) -> shelf_search.TradeTokenOk:
        return shelf_search.TradeTokenOk({"access_token": body.token})

    @override
    async def open_door(
        self, client: str, *, host_visit: str | None, visit: int | None
    ) -> shelf_search.OpenDoorSeeOther:
        self._seen.arguments = {"host_visit": host_visit, "visit": visit}
        return shelf_search.OpenDoorSeeOther(
            location="/inside", set_cookie=None if visit is None else f"visit={visit + 1}; Path=/"
        )


class HeaderGuard:
    """Guard that takes the caller's name from Authorization, and keeps one reply for each Idempotency-Key."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen

    async def admit(self, request: Request, operation: Operation) -> str:
        """Admit everyone."""
        return "client"

    async def authorize(self, request: Request, operation: Operation) -> str:
        """Authorize whoever names themselves."""
        caller = request.headers.get("authorization")
        if caller is None:
            raise Refusal(401, "unauthenticated", "Say who you are.", headers={"www-authenticate": "Bearer"})
        if operation.permissions == ("book:write",) and caller == "reader":
            raise Refusal(403, "forbidden", "Readers do not write.")
        return caller

    async def once(self, request: Request, operation: Operation, caller: str, payload: bytes) -> str | Reply:
        """Return the stored reply of this key, or the key as the caller's idempotency record."""
        key = request.headers.get("idempotency-key")
        return caller if key is None else self._seen.kept.get(key, key)

    async def cached(self, request: Request, operation: Operation, make: Callable[[], Awaitable[Reply]]) -> Reply:
        """Make each reply anew."""
        return await make()

    def preferred[MediaT: str](self, request: Request, offered: tuple[MediaT, ...]) -> MediaT:
        """Return the media type that Accept names, or the first one."""
        return next((media for media in offered if media == request.headers.get("accept")), offered[0])


async def _problem(request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)
    errors = [
        {"code": one.code, "detail": one.detail, "pointer": one.pointer, "parameter": one.parameter}
        for one in refusal.errors
    ]
    return JSONResponse(
        {"status": refusal.status, "slug": refusal.slug, "detail": refusal.detail, "errors": errors},
        refusal.status,
        headers=refusal.headers,
    )


def application(seen: Seen) -> FastAPI:
    """Build the service; what is no Refusal goes through to the test."""
    guard = HeaderGuard(seen)
    routers = [
        books.build_router(BooksHandlers(seen), guard),
        shelf_search.build_router(SearchHandlers(seen), guard),
    ]
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.add_exception_handler(Refusal, _problem)
    app.router.routes.append(SegmentTree(route for router in routers for route in router.routes))
    return app
