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

        Proposes up to ten businesses for a category and a property of the caller, the best first, with reasons. Nothing is sent to anybody. A proposed business
        has a published service in the category or below it, and serves the square kilometre of the property. The caller's own business is left out. `score` is
        the sum of the points of `reasons`; of equal scores the nearer comes first.

        | reason | points |
        |---|---|
        | `NEAR` | up to 40 |
        | `LICENSED`, a verified licence | 25 |
        | `INSURED`, a verified insurance | 10 |
        | `WELL_RATED`, by the score of `sort=rating` of `GET /providers` | up to 20; 0 if no better than a business without reviews |
        | `RESPONDS_QUICKLY`, mean time to answer inquiries of the last 90 days | 15 within 4 hours, 8 within a day |
        | `HAS_CAPACITY`, fewer than five inquiries wait for an answer | 10 |
        | `FREE_SOON`, a free slot within 14 days (`earliest_slot`, the first of `GET /providers/{slug}/slots`) | 10 |

        - 422 `no_place`: the property has no coordinates; set them first.
        - 404: the property or the category does not exist.
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
