# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The favourites operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request

from generated import models, parameters, policies, replies
from openapi.runtime import texts
from openapi.runtime.bodies import NoBody
from openapi.runtime.guard import Guard
from openapi.runtime.inputs import Inputs
from openapi.runtime.json_writer import JsonWriter
from openapi.runtime.parameters_reader import Parameters
from openapi.runtime.routing import OperationRoute
from openapi.runtime.signatures import check_handlers
from openapi.runtime.texts import Field
from openapi.runtime.wire import Reply

_FAVOURITE_PAGE: JsonWriter[replies.FavouritePage] = JsonWriter(replies.FavouritePage)
_FAVOURITE: JsonWriter[replies.Favourite] = JsonWriter(replies.Favourite)


class ListFavouritesOk(Reply):
    """A page of the caller's favourites."""

    __slots__ = ()

    def __init__(self, body: replies.FavouritePage) -> None:
        super().__init__(200, {"content-type": "application/json"}, _FAVOURITE_PAGE.dump_json(body))


class KeepServiceOk(Reply):
    """It is a favourite."""

    __slots__ = ()

    def __init__(self, body: replies.Favourite) -> None:
        super().__init__(200, {"content-type": "application/json"}, _FAVOURITE.dump_json(body))


class DropServiceNoContent(Reply):
    """It is not a favourite."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(204, {})


class KeepProviderOk(Reply):
    """It is a favourite."""

    __slots__ = ()

    def __init__(self, body: replies.Favourite) -> None:
        super().__init__(200, {"content-type": "application/json"}, _FAVOURITE.dump_json(body))


class DropProviderNoContent(Reply):
    """It is not a favourite."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(204, {})


class AbstractFavouritesHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged favourites."""

    @abstractmethod
    async def list_favourites(
        self, caller: CallerT, *, kind: models.FavouriteKind | None, limit: int, cursor: str | None, include_total: bool
    ) -> ListFavouritesOk:
        """List my favourites.

        Services and businesses that the caller has saved, the newest first, as the catalogue shows them now. One that the catalogue does not show at present has
        `available: false`, and stays in the list until it is removed.
        """

    @abstractmethod
    async def keep_service(self, caller: CallerT, *, service_id: UUID) -> KeepServiceOk:
        """Add a service to my favourites.

        Adding it again changes nothing. 404: the catalogue does not show such a service. 409 `limit-reached`: at most 500 favourites.
        """

    @abstractmethod
    async def drop_service(self, caller: CallerT, *, service_id: UUID) -> DropServiceNoContent:
        """Remove a service from my favourites.

        Returns 204 too if it was not a favourite.
        """

    @abstractmethod
    async def keep_provider(self, caller: CallerT, *, profile_id: UUID) -> KeepProviderOk:
        """Add a business to my favourites.

        Adding it again changes nothing. The id is that of the profile (`provider.id` of its services). 404: the catalogue does not show such a business. 409
        `limit-reached`: at most 500 favourites.
        """

    @abstractmethod
    async def drop_provider(self, caller: CallerT, *, profile_id: UUID) -> DropProviderNoContent:
        """Remove a business from my favourites.

        Returns 204 too if it was not a favourite.
        """


_LIST_FAVOURITES = Inputs(
    Parameters(
        parameters.ListFavouritesParameters,
        query={
            "kind": Field(),
            "limit": Field(texts.integer),
            "cursor": Field(),
            "include_total": Field(texts.boolean),
        },
        defaults={"limit": 20, "include_total": False},
    ),
    NoBody(),
)

_KEEP_SERVICE = Inputs(Parameters(parameters.KeepServiceParameters, path={"service_id": Field()}), NoBody())

_DROP_SERVICE = Inputs(Parameters(parameters.DropServiceParameters, path={"service_id": Field()}), NoBody())

_KEEP_PROVIDER = Inputs(Parameters(parameters.KeepProviderParameters, path={"profile_id": Field()}), NoBody())

_DROP_PROVIDER = Inputs(Parameters(parameters.DropProviderParameters, path={"profile_id": Field()}), NoBody())


def build_router[CallerT, ClientT](
    handlers: AbstractFavouritesHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractFavouritesHandlers, handlers)

    async def list_favourites(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.LIST_FAVOURITES)
        given = await _LIST_FAVOURITES.read(request)
        return await handlers.list_favourites(
            caller,
            kind=given.parameters.kind,
            limit=given.parameters.limit,
            cursor=given.parameters.cursor,
            include_total=given.parameters.include_total,
        )

    async def keep_service(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.KEEP_SERVICE)
        given = await _KEEP_SERVICE.read(request)
        return await handlers.keep_service(caller, service_id=given.parameters.service_id)

    async def drop_service(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.DROP_SERVICE)
        given = await _DROP_SERVICE.read(request)
        return await handlers.drop_service(caller, service_id=given.parameters.service_id)

    async def keep_provider(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.KEEP_PROVIDER)
        given = await _KEEP_PROVIDER.read(request)
        return await handlers.keep_provider(caller, profile_id=given.parameters.profile_id)

    async def drop_provider(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.DROP_PROVIDER)
        given = await _DROP_PROVIDER.read(request)
        return await handlers.drop_provider(caller, profile_id=given.parameters.profile_id)

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.LIST_FAVOURITES, list_favourites),
            OperationRoute(policies.KEEP_SERVICE, keep_service),
            OperationRoute(policies.DROP_SERVICE, drop_service),
            OperationRoute(policies.KEEP_PROVIDER, keep_provider),
            OperationRoute(policies.DROP_PROVIDER, drop_provider),
        ]
    )
    return router
