# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The saved-searches operations: replies, abstract handlers, router."""

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

_SAVED_SEARCH_PAGE: JsonWriter[replies.SavedSearchPage] = JsonWriter(replies.SavedSearchPage)
_SAVED_SEARCH: JsonWriter[replies.SavedSearch] = JsonWriter(replies.SavedSearch)


class ListSavedSearchesOk(Reply):
    """A page of the caller's saved searches."""

    __slots__ = ()

    def __init__(self, body: replies.SavedSearchPage) -> None:
        super().__init__(200, {"content-type": "application/json"}, _SAVED_SEARCH_PAGE.dump_json(body))


class CreateSavedSearchCreated(Reply):
    """The search was saved."""

    __slots__ = ()

    def __init__(self, body: replies.SavedSearch, *, location: str, etag: str) -> None:
        super().__init__(
            201, {"content-type": "application/json", "location": location, "etag": etag}, _SAVED_SEARCH.dump_json(body)
        )


class GetSavedSearchOk(Reply):
    """The saved search."""

    __slots__ = ()

    def __init__(self, body: replies.SavedSearch, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _SAVED_SEARCH.dump_json(body))


class GetSavedSearchNotModified(Reply):
    """What you hold is current."""

    __slots__ = ()

    def __init__(self, *, etag: str) -> None:
        super().__init__(304, {"etag": etag})


class ReplaceSavedSearchOk(Reply):
    """The saved search."""

    __slots__ = ()

    def __init__(self, body: replies.SavedSearch, *, etag: str) -> None:
        super().__init__(200, {"content-type": "application/json", "etag": etag}, _SAVED_SEARCH.dump_json(body))


class DeleteSavedSearchNoContent(Reply):
    """Deleted."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(204, {})


class OpenUnsubscribePageSeeOther(Reply):
    """A redirect to the page of the application that asks for a click."""

    __slots__ = ()

    def __init__(self, *, location: str) -> None:
        super().__init__(303, {"location": location})


class UnsubscribeNoContent(Reply):
    """Unsubscribed."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(204, {})


class AbstractSavedSearchesHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged saved-searches."""

    @abstractmethod
    async def list_saved_searches(
        self, caller: CallerT, *, limit: int, cursor: str | None, include_total: bool
    ) -> ListSavedSearchesOk:
        """List my saved searches.

        The caller's saved searches, the newest first.
        """

    @abstractmethod
    async def create_saved_search(self, caller: CallerT, *, body: models.SavedSearchCreate) -> CreateSavedSearchCreated:
        """Save a search.

        `filters` are the query parameters of `GET /services`, with the same names and rules; errors are 422 at `/filters/...`.

        With the frequency `DAILY` or `WEEKLY`, a mail lists services that match and were published since the last mail: their number, and the first 10. No mail
        is sent if there are none, and no service is listed twice. 409 `limit-reached`: at most 20 saved searches.
        """

    @abstractmethod
    async def get_saved_search(
        self, caller: CallerT, *, saved_search_id: UUID
    ) -> GetSavedSearchOk | GetSavedSearchNotModified:
        """Get one of my saved searches.

        Returns the same fields as the list. 404: it belongs to somebody else.
        """

    @abstractmethod
    async def replace_saved_search(
        self, caller: CallerT, *, saved_search_id: UUID, if_match: str | None, body: models.SavedSearchReplace
    ) -> ReplaceSavedSearchOk:
        """Replace a saved search.

        Sets name, filters and frequency. Changed filters apply from the last mail on, and a service that was mailed before is not mailed again. After `NEVER`,
        `DAILY` and `WEEKLY` start with services that are published from now on.
        """

    @abstractmethod
    async def delete_saved_search(
        self, caller: CallerT, *, saved_search_id: UUID, if_match: str | None
    ) -> DeleteSavedSearchNoContent:
        """Delete a saved search.

        Afterwards it is 404, and sends no more mails.
        """

    @abstractmethod
    async def open_unsubscribe_page(self, client: ClientT, *, subscription: str) -> OpenUnsubscribePageSeeOther:
        """Send the browser to the page that unsubscribes.

        Opened by browsers from the `List-Unsubscribe` header of a mail. It changes nothing, because mail scanners open links: it redirects to the page
        `/unsubscribe` of the application, which asks for a click and then sends the `POST`.
        """

    @abstractmethod
    async def unsubscribe(self, client: ClientT, *, subscription: str) -> UnsubscribeNoContent:
        """Unsubscribe from mails.

        For mail programs with one-click unsubscription (RFC 8058), and for the page of the application. Needs no sign-in. The form that mail programs send
        (`List-Unsubscribe=One-Click`) is accepted and ignored, and repeating the request changes nothing. It sets the frequency of the saved search to `NEVER`, or the mails
        of the notification group to `OFF`. Returns 204 too if the search was deleted.
        """


_LIST_SAVED_SEARCHES = Inputs(
    Parameters(
        parameters.ListSavedSearchesParameters,
        query={"limit": Field(texts.integer), "cursor": Field(), "include_total": Field(texts.boolean)},
        defaults={"limit": 20, "include_total": False},
    ),
    NoBody(),
)

_CREATE_SAVED_SEARCH = Inputs(
    Parameters(parameters.CreateSavedSearchParameters, headers={"idempotency_key": ("Idempotency-Key", Field())}),
    Body[models.SavedSearchCreate]({"application/json": JsonMedia(TypeAdapter(models.SavedSearchCreate))}),
)

_GET_SAVED_SEARCH = Inputs(
    Parameters(
        parameters.GetSavedSearchParameters,
        path={"saved_search_id": Field()},
        headers={"if_none_match": ("If-None-Match", Field())},
    ),
    NoBody(),
)

_REPLACE_SAVED_SEARCH = Inputs(
    Parameters(
        parameters.ReplaceSavedSearchParameters,
        path={"saved_search_id": Field()},
        headers={"if_match": ("If-Match", Field())},
    ),
    Body[models.SavedSearchReplace]({"application/json": JsonMedia(TypeAdapter(models.SavedSearchReplace))}),
)

_DELETE_SAVED_SEARCH = Inputs(
    Parameters(
        parameters.DeleteSavedSearchParameters,
        path={"saved_search_id": Field()},
        headers={"if_match": ("If-Match", Field())},
    ),
    NoBody(),
)

_OPEN_UNSUBSCRIBE_PAGE = Inputs(
    Parameters(parameters.OpenUnsubscribePageParameters, path={"subscription": Field()}), NoBody()
)

_UNSUBSCRIBE = Inputs(Parameters(parameters.UnsubscribeParameters, path={"subscription": Field()}), NoBody())


def build_router[CallerT, ClientT](
    handlers: AbstractSavedSearchesHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractSavedSearchesHandlers, handlers)

    async def list_saved_searches(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_SAVED_SEARCHES)
        given = await _LIST_SAVED_SEARCHES.read(request)
        return await handlers.list_saved_searches(
            caller,
            limit=given.parameters.limit,
            cursor=given.parameters.cursor,
            include_total=given.parameters.include_total,
        )

    async def create_saved_search(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.CREATE_SAVED_SEARCH)
        given = await _CREATE_SAVED_SEARCH.read(request)
        claimed = await guard.once(request, policies.CREATE_SAVED_SEARCH, caller, given.payload)
        if isinstance(claimed, Reply):
            return claimed
        return await handlers.create_saved_search(claimed, body=given.body)

    async def get_saved_search(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_SAVED_SEARCH)
        given = await _GET_SAVED_SEARCH.read(request)
        return await handlers.get_saved_search(caller, saved_search_id=given.parameters.saved_search_id)

    async def replace_saved_search(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.REPLACE_SAVED_SEARCH)
        given = await _REPLACE_SAVED_SEARCH.read(request)
        return await handlers.replace_saved_search(
            caller,
            saved_search_id=given.parameters.saved_search_id,
            if_match=given.parameters.if_match,
            body=given.body,
        )

    async def delete_saved_search(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.DELETE_SAVED_SEARCH)
        given = await _DELETE_SAVED_SEARCH.read(request)
        return await handlers.delete_saved_search(
            caller, saved_search_id=given.parameters.saved_search_id, if_match=given.parameters.if_match
        )

    async def open_unsubscribe_page(request: Request) -> Reply:
        client = await guard.admit(request, policies.OPEN_UNSUBSCRIBE_PAGE)
        given = await _OPEN_UNSUBSCRIBE_PAGE.read(request)
        return await handlers.open_unsubscribe_page(client, subscription=given.parameters.subscription)

    async def unsubscribe(request: Request) -> Reply:
        client = await guard.admit(request, policies.UNSUBSCRIBE)
        given = await _UNSUBSCRIBE.read(request)
        return await handlers.unsubscribe(client, subscription=given.parameters.subscription)

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.LIST_SAVED_SEARCHES, list_saved_searches),
            OperationRoute(policies.CREATE_SAVED_SEARCH, create_saved_search),
            OperationRoute(policies.GET_SAVED_SEARCH, get_saved_search),
            OperationRoute(policies.REPLACE_SAVED_SEARCH, replace_saved_search),
            OperationRoute(policies.DELETE_SAVED_SEARCH, delete_saved_search),
            OperationRoute(policies.OPEN_UNSUBSCRIBE_PAGE, open_unsubscribe_page),
            OperationRoute(policies.UNSUBSCRIBE, unsubscribe),
        ]
    )
    return router
