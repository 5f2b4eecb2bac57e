# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The places operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request

from generated import models, parameters, policies, replies
from openapi.runtime.bodies import NoBody
from openapi.runtime.guard import Guard
from openapi.runtime.inputs import Inputs
from openapi.runtime.json_writer import JsonWriter
from openapi.runtime.parameters_reader import Parameters
from openapi.runtime.routing import OperationRoute
from openapi.runtime.signatures import check_handlers
from openapi.runtime.texts import Field
from openapi.runtime.wire import Reply

_PLACE_SUGGESTIONS: JsonWriter[replies.PlaceSuggestions] = JsonWriter(replies.PlaceSuggestions)
_PLACE: JsonWriter[replies.Place] = JsonWriter(replies.Place)


class SuggestPlacesOk(Reply):
    """The places, best first."""

    __slots__ = ()

    def __init__(self, body: replies.PlaceSuggestions) -> None:
        super().__init__(200, {"content-type": "application/json"}, _PLACE_SUGGESTIONS.dump_json(body))


class SuggestPlacesNotModified(Reply):
    """What you hold is current."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(304, {})


class GetPlaceOk(Reply):
    """The place."""

    __slots__ = ()

    def __init__(self, body: replies.Place) -> None:
        super().__init__(200, {"content-type": "application/json"}, _PLACE.dump_json(body))


class GetPlaceNotModified(Reply):
    """What you hold is current."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(304, {})


class AbstractPlacesHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged places."""

    @abstractmethod
    async def suggest_places(
        self, client: ClientT, *, q: str, country: models.CountryCode | None
    ) -> SuggestPlacesOk | SuggestPlacesNotModified:
        """Suggest places for a search.

        Towns and postal codes that begin with `q`. Send the `id` of the chosen one as `place` to `GET /services`.

        - Case, accents and punctuation are ignored (`sao` finds *São Paulo*). A state may follow the name of a town in the United States (`portland, or`).
        - Towns of 100,000 people and more are also found by other names, in Latin letters or the script of their country (`wien` and *Vienna*, `москва` and
          *Moscow*); `matched_name` contains that name.
        - Places that contain `q` as whole words come before those that only begin with it; then a place's own name before its other names; then the larger town.
        """

    @abstractmethod
    async def get_place(self, client: ClientT, *, place_id: UUID) -> GetPlaceOk | GetPlaceNotModified:
        """Get a place.

        The name of the place that a search names by its `id`: in an address that somebody opens, or in a saved search. 404: there is no such place.
        """


_SUGGEST_PLACES = Inputs(
    Parameters(
        parameters.SuggestPlacesParameters,
        query={"q": Field(), "country": Field()},
        headers={"if_none_match": ("If-None-Match", Field())},
    ),
    NoBody(),
)

_GET_PLACE = Inputs(
    Parameters(
        parameters.GetPlaceParameters, path={"place_id": Field()}, headers={"if_none_match": ("If-None-Match", Field())}
    ),
    NoBody(),
)


def build_router[CallerT, ClientT](
    handlers: AbstractPlacesHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractPlacesHandlers, handlers)

    async def suggest_places(request: Request) -> Reply:
        client = await guard.admit(request, policies.SUGGEST_PLACES)
        given = await _SUGGEST_PLACES.read(request)
        return await guard.cached(
            request,
            policies.SUGGEST_PLACES,
            lambda: handlers.suggest_places(client, q=given.parameters.q, country=given.parameters.country),
        )

    async def get_place(request: Request) -> Reply:
        client = await guard.admit(request, policies.GET_PLACE)
        given = await _GET_PLACE.read(request)
        return await guard.cached(
            request, policies.GET_PLACE, lambda: handlers.get_place(client, place_id=given.parameters.place_id)
        )

    router = APIRouter()
    router.routes.extend(
        [OperationRoute(policies.SUGGEST_PLACES, suggest_places), OperationRoute(policies.GET_PLACE, get_place)]
    )
    return router
