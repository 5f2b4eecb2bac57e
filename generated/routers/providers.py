# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The providers operations: replies, abstract handlers, router."""

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

_PROVIDER_CARD_PAGE: JsonWriter[replies.ProviderCardPage] = JsonWriter(replies.ProviderCardPage)
_PUBLIC_PROVIDER: JsonWriter[replies.PublicProvider] = JsonWriter(replies.PublicProvider)
_OFFERED_SERVICE_PAGE: JsonWriter[replies.OfferedServicePage] = JsonWriter(replies.OfferedServicePage)


class SearchProvidersOk(Reply):
    """A page of businesses."""

    __slots__ = ()

    def __init__(self, body: replies.ProviderCardPage) -> None:
        super().__init__(200, {"content-type": "application/json"}, _PROVIDER_CARD_PAGE.dump_json(body))


class SearchProvidersNotModified(Reply):
    """What you hold is current."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(304, {})


class GetProviderOk(Reply):
    """The page."""

    __slots__ = ()

    def __init__(self, body: replies.PublicProvider, *, last_modified: str) -> None:
        super().__init__(
            200, {"content-type": "application/json", "last-modified": last_modified}, _PUBLIC_PROVIDER.dump_json(body)
        )


class GetProviderMovedPermanently(Reply):
    """It has another address now."""

    __slots__ = ()

    def __init__(self, *, location: str) -> None:
        super().__init__(301, {"location": location})


class GetProviderNotModified(Reply):
    """What you hold is current."""

    __slots__ = ()

    def __init__(self, *, last_modified: str) -> None:
        super().__init__(304, {"last-modified": last_modified})


class ListServicesOfProviderOk(Reply):
    """A page of what the business offers."""

    __slots__ = ()

    def __init__(self, body: replies.OfferedServicePage) -> None:
        super().__init__(200, {"content-type": "application/json"}, _OFFERED_SERVICE_PAGE.dump_json(body))


class ListServicesOfProviderMovedPermanently(Reply):
    """It has another address now."""

    __slots__ = ()

    def __init__(self, *, location: str) -> None:
        super().__init__(301, {"location": location})


class ListServicesOfProviderNotModified(Reply):
    """What you hold is current."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(304, {})


class AbstractProvidersHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged providers."""

    @abstractmethod
    async def search_providers(
        self,
        client: ClientT,
        *,
        q: str | None,
        category: str | None,
        near: str | None,
        place: UUID | None,
        radius_km: int | None,
        include_remote: bool,
        verified: bool,
        min_rating: int | None,
        sort: models.ProviderSort | None,
        verbatim: bool,
        limit: int,
        cursor: str | None,
        include_total: bool,
    ) -> SearchProvidersOk | SearchProvidersNotModified:
        """Search businesses.

        Businesses whose page is public. `category` selects those with a service in it or below it in the tree.

        `q` finds businesses that contain **all** its words in name or description, by the rules of `GET /services`, with the same correction of typos
        (`corrected_query`, `verbatim`). `sort=relevance`, the default with `q`, puts businesses with all words in the name first; then those with more details,
        then newer ones. It ranks the best 1,000; all other sorts are complete.

        `near` or `place` selects the businesses that serve the point, as in `GET /services`. `distance_km` is the distance to the centre of their square
        kilometre, and `sort=distance` puts the nearest first. `sort=rating` uses the same score as there.
        """

    @abstractmethod
    async def get_provider(
        self, client: ClientT, *, slug: str
    ) -> GetProviderOk | GetProviderMovedPermanently | GetProviderNotModified:
        """Get the page of a business.

        A business that changes its name gets another slug. The last 20 former slugs are 301 with the new address in `Location`, and are not given to another
        business. 404: there is no such business, or its page is not public.

        `services` are grouped by category, with the newest three of each; `GET /providers/{slug}/services` has them all.
        """

    @abstractmethod
    async def list_services_of_provider(
        self, client: ClientT, *, slug: str, category: str | None, limit: int, cursor: str | None, include_total: bool
    ) -> ListServicesOfProviderOk | ListServicesOfProviderMovedPermanently | ListServicesOfProviderNotModified:
        """List the published services of a business.

        Its published services, the newest first. A former slug is 301 to the same query under the current slug.
        """


_SEARCH_PROVIDERS = Inputs(
    Parameters(
        parameters.SearchProvidersParameters,
        query={
            "q": Field(),
            "category": Field(),
            "near": Field(),
            "place": Field(),
            "radius_km": Field(texts.integer),
            "include_remote": Field(texts.boolean),
            "verified": Field(texts.boolean),
            "min_rating": Field(texts.integer),
            "sort": Field(),
            "verbatim": Field(texts.boolean),
            "limit": Field(texts.integer),
            "cursor": Field(),
            "include_total": Field(texts.boolean),
        },
        headers={"if_none_match": ("If-None-Match", Field())},
        defaults={"include_remote": False, "verified": False, "verbatim": False, "limit": 20, "include_total": False},
    ),
    NoBody(),
)

_GET_PROVIDER = Inputs(
    Parameters(
        parameters.GetProviderParameters,
        path={"slug": Field()},
        headers={"if_none_match": ("If-None-Match", Field()), "if_modified_since": ("If-Modified-Since", Field())},
    ),
    NoBody(),
)

_LIST_SERVICES_OF_PROVIDER = Inputs(
    Parameters(
        parameters.ListServicesOfProviderParameters,
        path={"slug": Field()},
        query={
            "category": Field(),
            "limit": Field(texts.integer),
            "cursor": Field(),
            "include_total": Field(texts.boolean),
        },
        headers={"if_none_match": ("If-None-Match", Field())},
        defaults={"limit": 20, "include_total": False},
    ),
    NoBody(),
)


def build_router[CallerT, ClientT](
    handlers: AbstractProvidersHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractProvidersHandlers, handlers)

    async def search_providers(request: Request) -> Reply:
        client = await guard.admit(request, policies.SEARCH_PROVIDERS)
        given = await _SEARCH_PROVIDERS.read(request)
        return await guard.cached(
            request,
            policies.SEARCH_PROVIDERS,
            lambda: handlers.search_providers(
                client,
                q=given.parameters.q,
                category=given.parameters.category,
                near=given.parameters.near,
                place=given.parameters.place,
                radius_km=given.parameters.radius_km,
                include_remote=given.parameters.include_remote,
                verified=given.parameters.verified,
                min_rating=given.parameters.min_rating,
                sort=given.parameters.sort,
                verbatim=given.parameters.verbatim,
                limit=given.parameters.limit,
                cursor=given.parameters.cursor,
                include_total=given.parameters.include_total,
            ),
        )

    async def get_provider(request: Request) -> Reply:
        client = await guard.admit(request, policies.GET_PROVIDER)
        given = await _GET_PROVIDER.read(request)
        return await guard.cached(
            request, policies.GET_PROVIDER, lambda: handlers.get_provider(client, slug=given.parameters.slug)
        )

    async def list_services_of_provider(request: Request) -> Reply:
        client = await guard.admit(request, policies.LIST_SERVICES_OF_PROVIDER)
        given = await _LIST_SERVICES_OF_PROVIDER.read(request)
        return await guard.cached(
            request,
            policies.LIST_SERVICES_OF_PROVIDER,
            lambda: handlers.list_services_of_provider(
                client,
                slug=given.parameters.slug,
                category=given.parameters.category,
                limit=given.parameters.limit,
                cursor=given.parameters.cursor,
                include_total=given.parameters.include_total,
            ),
        )

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.SEARCH_PROVIDERS, search_providers),
            OperationRoute(policies.GET_PROVIDER, get_provider),
            OperationRoute(policies.LIST_SERVICES_OF_PROVIDER, list_services_of_provider),
        ]
    )
    return router
