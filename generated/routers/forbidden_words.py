# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The forbidden-words operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod
from uuid import UUID

from fastapi import APIRouter
from pydantic import TypeAdapter
from starlette.requests import Request

from generated import models, parameters, policies, replies
from openapi.runtime import texts
from openapi.runtime.bodies import Body, JsonMedia, NoBody
from openapi.runtime.guard import Guard
from openapi.runtime.inputs import Inputs
from openapi.runtime.json_writer import JsonWriter
from openapi.runtime.parameters_reader import Parameters
from openapi.runtime.routing import OperationRoute
from openapi.runtime.signatures import check_handlers
from openapi.runtime.texts import Field
from openapi.runtime.wire import Reply

_FORBIDDEN_WORD_PAGE: JsonWriter[replies.ForbiddenWordPage] = JsonWriter(replies.ForbiddenWordPage)
_FORBIDDEN_WORD: JsonWriter[replies.ForbiddenWord] = JsonWriter(replies.ForbiddenWord)


class ListForbiddenWordsOk(Reply):
    """A page of words."""

    __slots__ = ()

    def __init__(self, body: replies.ForbiddenWordPage) -> None:
        super().__init__(200, {"content-type": "application/json"}, _FORBIDDEN_WORD_PAGE.dump_json(body))


class CreateForbiddenWordCreated(Reply):
    """The word is on the list."""

    __slots__ = ()

    def __init__(self, body: replies.ForbiddenWord, *, location: str, etag: str) -> None:
        super().__init__(
            201,
            {"content-type": "application/json", "location": location, "etag": etag},
            _FORBIDDEN_WORD.dump_json(body),
        )


class GetForbiddenWordOk(Reply):
    """The word."""

    __slots__ = ()

    def __init__(self, body: replies.ForbiddenWord, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _FORBIDDEN_WORD.dump_json(body))


class GetForbiddenWordNotModified(Reply):
    """What you hold is current."""

    __slots__ = ()

    def __init__(self, *, etag: str) -> None:
        super().__init__(304, {"etag": etag})


class ReplaceForbiddenWordOk(Reply):
    """The word."""

    __slots__ = ()

    def __init__(self, body: replies.ForbiddenWord, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _FORBIDDEN_WORD.dump_json(body))


class DeleteForbiddenWordNoContent(Reply):
    """Deleted."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(204, {})


class AbstractForbiddenWordsHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged forbidden-words."""

    @abstractmethod
    async def list_forbidden_words(
        self, caller: CallerT, *, limit: int, cursor: str | None, include_total: bool
    ) -> ListForbiddenWordsOk:
        """List the forbidden words.

        The newest first.
        """

    @abstractmethod
    async def create_forbidden_word(
        self, caller: CallerT, *, body: models.ForbiddenWordCreate
    ) -> CreateForbiddenWordCreated:
        """Add a forbidden word.

        Texts submitted from now on are searched for it as a whole word, ignoring case, accents and punctuation. 409 `forbidden-word-taken`: the list has it
        already, in some spelling. 409 `limit-reached`: at most 2,000 words.
        """

    @abstractmethod
    async def get_forbidden_word(
        self, caller: CallerT, *, word_id: UUID
    ) -> GetForbiddenWordOk | GetForbiddenWordNotModified:
        """Get a forbidden word.

        Returns the same fields as the list.
        """

    @abstractmethod
    async def replace_forbidden_word(
        self, caller: CallerT, *, word_id: UUID, if_match: str | None, body: models.ForbiddenWordReplace
    ) -> ReplaceForbiddenWordOk:
        """Replace a forbidden word.

        Earlier hints stay. `If-Match` is required.
        """

    @abstractmethod
    async def delete_forbidden_word(
        self, caller: CallerT, *, word_id: UUID, if_match: str | None
    ) -> DeleteForbiddenWordNoContent:
        """Delete a forbidden word.

        Texts that are submitted from now on are not searched for it. `If-Match` is required.
        """


_LIST_FORBIDDEN_WORDS = Inputs(
    Parameters(
        parameters.ListForbiddenWordsParameters,
        query={"limit": Field(texts.integer), "cursor": Field(), "include_total": Field(texts.boolean)},
        defaults={"limit": 20, "include_total": False},
    ),
    NoBody(),
)

_CREATE_FORBIDDEN_WORD = Inputs(
    Parameters(parameters.CreateForbiddenWordParameters, headers={"idempotency_key": ("Idempotency-Key", Field())}),
    Body[models.ForbiddenWordCreate]({"application/json": JsonMedia(TypeAdapter(models.ForbiddenWordCreate))}),
)

_GET_FORBIDDEN_WORD = Inputs(
    Parameters(
        parameters.GetForbiddenWordParameters,
        path={"word_id": Field()},
        headers={"if_none_match": ("If-None-Match", Field())},
    ),
    NoBody(),
)

_REPLACE_FORBIDDEN_WORD = Inputs(
    Parameters(
        parameters.ReplaceForbiddenWordParameters,
        path={"word_id": Field()},
        headers={"if_match": ("If-Match", Field())},
    ),
    Body[models.ForbiddenWordReplace]({"application/json": JsonMedia(TypeAdapter(models.ForbiddenWordReplace))}),
)

_DELETE_FORBIDDEN_WORD = Inputs(
    Parameters(
        parameters.DeleteForbiddenWordParameters, path={"word_id": Field()}, headers={"if_match": ("If-Match", Field())}
    ),
    NoBody(),
)


def build_router[CallerT, ClientT](
    handlers: AbstractForbiddenWordsHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractForbiddenWordsHandlers, handlers)

    async def list_forbidden_words(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_FORBIDDEN_WORDS)
        given = await _LIST_FORBIDDEN_WORDS.read(request)
        return await handlers.list_forbidden_words(
            caller,
            limit=given.parameters.limit,
            cursor=given.parameters.cursor,
            include_total=given.parameters.include_total,
        )

    async def create_forbidden_word(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.CREATE_FORBIDDEN_WORD)
        given = await _CREATE_FORBIDDEN_WORD.read(request)
        claimed = await guard.once(request, policies.CREATE_FORBIDDEN_WORD, caller, given.payload)
        if isinstance(claimed, Reply):
            return claimed
        return await handlers.create_forbidden_word(claimed, body=given.body)

    async def get_forbidden_word(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_FORBIDDEN_WORD)
        given = await _GET_FORBIDDEN_WORD.read(request)
        return await handlers.get_forbidden_word(caller, word_id=given.parameters.word_id)

    async def replace_forbidden_word(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.REPLACE_FORBIDDEN_WORD)
        given = await _REPLACE_FORBIDDEN_WORD.read(request)
        return await handlers.replace_forbidden_word(
            caller, word_id=given.parameters.word_id, if_match=given.parameters.if_match, body=given.body
        )

    async def delete_forbidden_word(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.DELETE_FORBIDDEN_WORD)
        given = await _DELETE_FORBIDDEN_WORD.read(request)
        return await handlers.delete_forbidden_word(
            caller, word_id=given.parameters.word_id, if_match=given.parameters.if_match
        )

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.LIST_FORBIDDEN_WORDS, list_forbidden_words),
            OperationRoute(policies.CREATE_FORBIDDEN_WORD, create_forbidden_word),
            OperationRoute(policies.GET_FORBIDDEN_WORD, get_forbidden_word),
            OperationRoute(policies.REPLACE_FORBIDDEN_WORD, replace_forbidden_word),
            OperationRoute(policies.DELETE_FORBIDDEN_WORD, delete_forbidden_word),
        ]
    )
    return router
