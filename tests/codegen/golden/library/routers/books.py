# Generated from library.yaml by openapi/codegen. Change that, then `make generate`.
"""The books operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import TypeAdapter
from starlette.requests import Request

from openapi.runtime import texts
from openapi.runtime.bodies import Body, FormMedia, JsonMedia, NoBody, OptionalBody
from openapi.runtime.forms import MultipartForm
from openapi.runtime.guard import Guard
from openapi.runtime.inputs import Inputs
from openapi.runtime.json_writer import JsonWriter
from openapi.runtime.parameters_reader import Parameters
from openapi.runtime.routing import OperationRoute
from openapi.runtime.signatures import check_handlers
from openapi.runtime.texts import Field
from openapi.runtime.wire import EventReply, Events, FileReply, Reply
from tests.codegen.golden.library import models, parameters, policies, replies

_BOOK_PAGE: JsonWriter[replies.BookPage] = JsonWriter(replies.BookPage)
_BOOK: JsonWriter[replies.Book] = JsonWriter(replies.Book)
_BINDING: JsonWriter[replies.Binding] = JsonWriter(replies.Binding)


class ListBooksOk(Reply):
    """A page of books."""

    __slots__ = ()

    def __init__(self, body: replies.BookPage) -> None:
        super().__init__(200, {"content-type": "application/json"}, _BOOK_PAGE.dump_json(body))


class ListBooksOkCsv(Reply):
    """A page of books."""

    __slots__ = ()

    def __init__(self, text: str) -> None:
        super().__init__(200, {"content-type": "text/csv; charset=utf-8"}, text.encode())


class CreateBookCreated(Reply):
    """The book is on the shelf."""

    __slots__ = ()

    def __init__(self, body: replies.Book, *, location: str, etag: str, shelf: str | None = None) -> None:
        headers = {"content-type": "application/json", "location": location, "etag": etag}
        if shelf is not None:
            headers["shelf"] = shelf
        super().__init__(201, headers, _BOOK.dump_json(body))


class WatchBooksOk(EventReply):
    """One event for each thing that happens."""

    __slots__ = ()

    def __init__(self, events: Events[replies.Binding]) -> None:
        super().__init__(200, {}, events, _BINDING.dump_json)


class GetBookOk(Reply):
    """The book."""

    __slots__ = ()

    def __init__(self, body: replies.Book, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _BOOK.dump_json(body))


class GetBookNotModified(Reply):
    """Nothing changed."""

    __slots__ = ()

    def __init__(self, *, etag: str) -> None:
        super().__init__(304, {"etag": etag})


class UpdateBookOk(Reply):
    """The book."""

    __slots__ = ()

    def __init__(self, body: replies.Book, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _BOOK.dump_json(body))


class DeleteBookNoContent(Reply):
    """Done."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(204, {})


class GetCoverOk(FileReply):
    """The picture, as it was sent."""

    __slots__ = ()

    def __init__(
        self,
        chunks: AsyncGenerator[bytes, None],
        *,
        size: int,
        media_type: Literal["image/png", "image/jpeg"],
        content_disposition: str,
        content_language: str | None = None,
    ) -> None:
        headers = {"content-type": media_type, "content-disposition": content_disposition}
        if content_language is not None:
            headers["content-language"] = content_language
        super().__init__(200, headers, chunks, size=size)


class ReplaceCoverNoContent(Reply):
    """Done."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(204, {})


class ReplaceBindingOk(Reply):
    """The binding."""

    __slots__ = ()

    def __init__(self, body: replies.Binding) -> None:
        super().__init__(200, {"content-type": "application/json"}, _BINDING.dump_json(body))


class LendBookNoContent(Reply):
    """Done."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(204, {})


class AbstractBooksHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged books."""

    @abstractmethod
    async def list_books(
        self,
        caller: CallerT,
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
    ) -> ListBooksOk | ListBooksOkCsv:
        """List books."""

    @abstractmethod
    async def create_book(self, caller: CallerT, *, body: models.BookCreate) -> CreateBookCreated:
        """Add a book.

        The second paragraph has "quotes", a \\d backslash
        and two lines.
        """

    @abstractmethod
    async def watch_books(self, caller: CallerT, *, last_event_id: int | None) -> WatchBooksOk:
        """Watch what happens to the books."""

    @abstractmethod
    async def get_book(self, caller: CallerT, *, book_id: UUID) -> GetBookOk | GetBookNotModified:
        """Get a book."""

    @abstractmethod
    async def update_book(
        self, caller: CallerT, *, book_id: UUID, if_match: str | None, body: models.BookUpdate
    ) -> UpdateBookOk:
        """Change a book."""

    @abstractmethod
    async def delete_book(self, caller: CallerT, *, book_id: UUID) -> DeleteBookNoContent:
        """Remove a book."""

    @abstractmethod
    async def get_cover(self, caller: CallerT, *, book_id: UUID) -> GetCoverOk:
        """Get the cover of a book."""

    @abstractmethod
    async def replace_cover(self, caller: CallerT, *, book_id: UUID, body: models.CoverForm) -> ReplaceCoverNoContent:
        """Give a book a cover."""

    @abstractmethod
    async def replace_binding(self, caller: CallerT, *, book_id: UUID, body: models.Binding) -> ReplaceBindingOk:
        """Bind a book anew."""

    @abstractmethod
    async def lend_book(self, caller: CallerT, *, book_id: UUID, body: models.Loan | None) -> LendBookNoContent:
        """Lend a book, to oneself unless a body says to whom."""


_LIST_BOOKS = Inputs(
    Parameters(
        parameters.ListBooksParameters,
        query={
            "limit": Field(texts.integer),
            "cursor": Field(),
            "title": Field(),
            "available": Field(texts.boolean),
            "max_weight": Field(texts.number),
            "sort": Field(),
            "genre": Field(many=True),
            "ids": Field(many=True, comma=True),
            "since": Field(),
        },
        headers={"accept_shelf": ("Accept-Shelf", Field(texts.integer))},
        defaults={"limit": 20, "sort": "-published_date"},
    ),
    NoBody(),
)

_CREATE_BOOK = Inputs(
    Parameters(parameters.CreateBookParameters, headers={"idempotency_key": ("Idempotency-Key", Field())}),
    Body[models.BookCreate]({"application/json": JsonMedia(TypeAdapter(models.BookCreate))}),
)

_WATCH_BOOKS = Inputs(
    Parameters(parameters.WatchBooksParameters, headers={"last_event_id": ("Last-Event-ID", Field(texts.integer))}),
    NoBody(),
)

_GET_BOOK = Inputs(
    Parameters(
        parameters.GetBookParameters, path={"book_id": Field()}, headers={"if_none_match": ("If-None-Match", Field())}
    ),
    NoBody(),
)

_UPDATE_BOOK = Inputs(
    Parameters(parameters.UpdateBookParameters, path={"book_id": Field()}, headers={"if_match": ("If-Match", Field())}),
    Body[models.BookUpdate](
        {
            "application/merge-patch+json": JsonMedia(TypeAdapter(models.BookUpdate)),
            "application/json": JsonMedia(TypeAdapter(models.BookUpdate)),
        }
    ),
)

_DELETE_BOOK = Inputs(Parameters(parameters.DeleteBookParameters, path={"book_id": Field()}), NoBody())

_GET_COVER = Inputs(Parameters(parameters.GetCoverParameters, path={"book_id": Field()}), NoBody())

_REPLACE_COVER = Inputs(
    Parameters(parameters.ReplaceCoverParameters, path={"book_id": Field()}),
    Body[models.CoverForm](
        {
            "multipart/form-data": FormMedia(
                TypeAdapter(models.CoverForm),
                MultipartForm(
                    {"caption": Field(), "width": Field(texts.integer), "picture": Field()},
                    files=frozenset(["picture"]),
                ),
            )
        },
        max_size=1024,
    ),
)

_REPLACE_BINDING = Inputs(
    Parameters(parameters.ReplaceBindingParameters, path={"book_id": Field()}),
    Body[models.Binding]({"application/json": JsonMedia(TypeAdapter(models.Binding))}),
)

_LEND_BOOK = Inputs(
    Parameters(parameters.LendBookParameters, path={"book_id": Field()}),
    OptionalBody[models.Loan]({"application/json": JsonMedia(TypeAdapter(models.Loan))}),
)


def build_router[CallerT, ClientT](
    handlers: AbstractBooksHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractBooksHandlers, handlers)

    async def list_books(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_BOOKS)
        given = await _LIST_BOOKS.read(request)
        return await handlers.list_books(
            caller,
            limit=given.parameters.limit,
            cursor=given.parameters.cursor,
            title=given.parameters.title,
            available=given.parameters.available,
            max_weight=given.parameters.max_weight,
            sort=given.parameters.sort,
            genre=given.parameters.genre,
            ids=given.parameters.ids,
            since=given.parameters.since,
            accept_shelf=given.parameters.accept_shelf,
            media_type=guard.preferred(request, ("application/json", "text/csv")),
        )

    async def create_book(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.CREATE_BOOK)
        given = await _CREATE_BOOK.read(request)
        claimed = await guard.once(request, policies.CREATE_BOOK, caller, given.payload)
        if isinstance(claimed, Reply):
            return claimed
        return await handlers.create_book(claimed, body=given.body)

    async def watch_books(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.WATCH_BOOKS)
        given = await _WATCH_BOOKS.read(request)
        return await handlers.watch_books(caller, last_event_id=given.parameters.last_event_id)

    async def get_book(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_BOOK)
        given = await _GET_BOOK.read(request)
        return await handlers.get_book(caller, book_id=given.parameters.book_id)

    async def update_book(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.UPDATE_BOOK)
        given = await _UPDATE_BOOK.read(request)
        return await handlers.update_book(
            caller, book_id=given.parameters.book_id, if_match=given.parameters.if_match, body=given.body
        )

    async def delete_book(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.DELETE_BOOK)
        given = await _DELETE_BOOK.read(request)
        return await handlers.delete_book(caller, book_id=given.parameters.book_id)

    async def get_cover(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_COVER)
        given = await _GET_COVER.read(request)
        return await handlers.get_cover(caller, book_id=given.parameters.book_id)

    async def replace_cover(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.REPLACE_COVER)
        given = await _REPLACE_COVER.read(request)
        return await handlers.replace_cover(caller, book_id=given.parameters.book_id, body=given.body)

    async def replace_binding(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.REPLACE_BINDING)
        given = await _REPLACE_BINDING.read(request)
        return await handlers.replace_binding(caller, book_id=given.parameters.book_id, body=given.body)

    async def lend_book(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LEND_BOOK)
        given = await _LEND_BOOK.read(request)
        return await handlers.lend_book(caller, book_id=given.parameters.book_id, body=given.body)

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.LIST_BOOKS, list_books),
            OperationRoute(policies.CREATE_BOOK, create_book),
            OperationRoute(policies.WATCH_BOOKS, watch_books),
            OperationRoute(policies.GET_BOOK, get_book),
            OperationRoute(policies.UPDATE_BOOK, update_book),
            OperationRoute(policies.DELETE_BOOK, delete_book),
            OperationRoute(policies.GET_COVER, get_cover),
            OperationRoute(policies.REPLACE_COVER, replace_cover),
            OperationRoute(policies.REPLACE_BINDING, replace_binding),
            OperationRoute(policies.LEND_BOOK, lend_book),
        ]
    )
    return router
