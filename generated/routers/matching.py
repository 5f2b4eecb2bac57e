# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The matching operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod

from fastapi import APIRouter
from pydantic import TypeAdapter
from starlette.requests import Request

from generated import models, policies, replies
from openapi.runtime.bodies import Body, JsonMedia
from openapi.runtime.guard import Guard
from openapi.runtime.inputs import Inputs
from openapi.runtime.json_writer import JsonWriter
from openapi.runtime.parameters_reader import NoParameters, Parameters
from openapi.runtime.routing import OperationRoute
from openapi.runtime.signatures import check_handlers
from openapi.runtime.wire import Reply

_PROVIDER_MATCH_LIST: JsonWriter[replies.ProviderMatchList] = JsonWriter(replies.ProviderMatchList)


class MatchProvidersOk(Reply):
    """The businesses that would fit, the best first."""

    __slots__ = ()

    def __init__(self, body: replies.ProviderMatchList) -> None:
        super().__init__(200, {"content-type": "application/json"}, _PROVIDER_MATCH_LIST.dump_json(body))


class AbstractMatchingHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged matching."""

    @abstractmethod
    async def match_providers(self, caller: CallerT, *, body: models.ProviderMatchRequest) -> MatchProvidersOk:
        """Propose providers for an inquiry.

        Proposes up to ten businesses for a category and one of the caller's properties, the best first, and says of each why. Nothing is sent to anybody.

        Who is proposed has a published service in the category or below it, and comes to the square kilometre in which the property is. `score` is the sum of the points of `reasons`: nearness
        (`NEAR`, up to 40), a verified licence (`LICENSED`, 25) and insurance (`INSURED`, 10), quick answers to inquiries of the last 90 days (`RESPONDS_QUICKLY`, 15 within four hours in the mean, 8 within a day),
        good reviews (`WELL_RATED`, up to 20, by the score of `sort=rating` of `GET /providers`; none for what is no better than a business without reviews), few inquiries that wait for an answer
        (`HAS_CAPACITY`, 10 below five), and a free slot of the service within fourteen days (`FREE_SOON`, 10; `earliest_slot` is the first of `GET /providers/{slug}/slots`). Of equal scores the nearer is first.

        The caller's own business is left out. 422 `no_place`: nobody knows where the property is, so give it coordinates first. 404: there is no such property or category.
        """


_MATCH_PROVIDERS = Inputs(
    Parameters(NoParameters),
    Body[models.ProviderMatchRequest]({"application/json": JsonMedia(TypeAdapter(models.ProviderMatchRequest))}),
)


def build_router[CallerT, ClientT](
    handlers: AbstractMatchingHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractMatchingHandlers, handlers)

    async def match_providers(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.MATCH_PROVIDERS)
        given = await _MATCH_PROVIDERS.read(request)
        return await handlers.match_providers(caller, body=given.body)

    router = APIRouter()
    router.routes.extend([OperationRoute(policies.MATCH_PROVIDERS, match_providers)])
    return router
