# Generated from library.yaml by openapi/codegen. Change that, then `make generate`.
"""The shelf-search operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod

from fastapi import APIRouter
from pydantic import TypeAdapter
from starlette.requests import Request

from openapi.runtime import texts
from openapi.runtime.bodies import Body, FormMedia, JsonMedia, NoBody
from openapi.runtime.forms import UrlencodedForm
from openapi.runtime.guard import Guard
from openapi.runtime.inputs import Inputs
from openapi.runtime.json_writer import JsonWriter
from openapi.runtime.parameters_reader import NoParameters, Parameters
from openapi.runtime.routing import OperationRoute
from openapi.runtime.signatures import check_handlers
from openapi.runtime.texts import Field
from openapi.runtime.wire import Reply
from tests.codegen.golden.library import models, parameters, policies, replies

_BOOK: JsonWriter[replies.Book] = JsonWriter(replies.Book)
_TOKEN: JsonWriter[replies.Token] = JsonWriter(replies.Token)


class GetLatestBookOk(Reply):
    """The book, for everyone."""

    __slots__ = ()

    def __init__(self, body: replies.Book) -> None:
        super().__init__(200, {"content-type": "application/json"}, _BOOK.dump_json(body))


class GetLatestBookNotModified(Reply):
    """Nothing changed."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(304, {})


class IssueTokenOk(Reply):
    """A token."""

    __slots__ = ()

    def __init__(self, body: replies.Token) -> None:
        super().__init__(200, {"content-type": "application/json"}, _TOKEN.dump_json(body))


class TradeTokenOk(Reply):
    """A token."""

    __slots__ = ()

    def __init__(self, body: replies.Token) -> None:
        super().__init__(200, {"content-type": "application/json"}, _TOKEN.dump_json(body))


class OpenDoorSeeOther(Reply):
    """Elsewhere."""

    __slots__ = ()

    def __init__(self, *, location: str, set_cookie: str | None = None) -> None:
        headers = {"location": location}
        if set_cookie is not None:
            headers["set-cookie"] = set_cookie
        super().__init__(303, headers)


class AbstractShelfSearchHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged shelf-search."""

    @abstractmethod
    async def get_latest_book(self, client: ClientT) -> GetLatestBookOk | GetLatestBookNotModified:
        """Get the newest book."""

    @abstractmethod
    async def issue_token(self, client: ClientT, *, body: models.TokenRequest | models.TokenForm) -> IssueTokenOk:
        """Issue a token, as OAuth does."""

    @abstractmethod
    async def trade_token(self, client: ClientT, *, body: models.TradeForm) -> TradeTokenOk:
        """Trade a token for another, with the errors of OAuth."""

    @abstractmethod
    async def open_door(self, client: ClientT, *, host_visit: str | None, visit: int | None) -> OpenDoorSeeOther:
        """Send a browser on, and know it again."""


_GET_LATEST_BOOK = Inputs(
    Parameters(parameters.GetLatestBookParameters, headers={"if_none_match": ("If-None-Match", Field())}), NoBody()
)

_ISSUE_TOKEN = Inputs(
    Parameters(NoParameters, open_query=True),
    Body[models.TokenRequest | models.TokenForm](
        {
            "application/json": JsonMedia(TypeAdapter(models.TokenRequest)),
            "application/x-www-form-urlencoded": FormMedia(
                TypeAdapter(models.TokenForm),
                UrlencodedForm(
                    {"username": Field(), "password": Field(), "remember": Field(texts.boolean)}, open_fields=True
                ),
            ),
        }
    ),
)

_TRADE_TOKEN = Inputs(
    Parameters(NoParameters, open_query=True),
    Body[models.TradeForm](
        {
            "application/x-www-form-urlencoded": FormMedia(
                TypeAdapter(models.TradeForm), UrlencodedForm({"token": Field()}, open_fields=True)
            )
        }
    ),
)

_OPEN_DOOR = Inputs(
    Parameters(
        parameters.OpenDoorParameters,
        cookies={"host_visit": ("__Host-visit", Field()), "visit": ("visit", Field(texts.integer))},
    ),
    NoBody(),
)


def build_router[CallerT, ClientT](
    handlers: AbstractShelfSearchHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractShelfSearchHandlers, handlers)

    async def get_latest_book(request: Request) -> Reply:
        client = await guard.admit(request, policies.GET_LATEST_BOOK)
        await _GET_LATEST_BOOK.read(request)
        return await guard.cached(request, policies.GET_LATEST_BOOK, lambda: handlers.get_latest_book(client))

    async def issue_token(request: Request) -> Reply:
        client = await guard.admit(request, policies.ISSUE_TOKEN)
        given = await _ISSUE_TOKEN.read(request)
        return await handlers.issue_token(client, body=given.body)

    async def trade_token(request: Request) -> Reply:
        client = await guard.admit(request, policies.TRADE_TOKEN)
        given = await _TRADE_TOKEN.read(request)
        return await handlers.trade_token(client, body=given.body)

    async def open_door(request: Request) -> Reply:
        client = await guard.admit(request, policies.OPEN_DOOR)
        given = await _OPEN_DOOR.read(request)
        return await handlers.open_door(client, host_visit=given.parameters.host_visit, visit=given.parameters.visit)

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.GET_LATEST_BOOK, get_latest_book),
            OperationRoute(policies.ISSUE_TOKEN, issue_token),
            OperationRoute(policies.TRADE_TOKEN, trade_token),
            OperationRoute(policies.OPEN_DOOR, open_door),
        ]
    )
    return router
