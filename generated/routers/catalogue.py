# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The catalogue operations: replies, abstract handlers, router."""

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

_CATEGORY_TREE: JsonWriter[replies.CategoryTree] = JsonWriter(replies.CategoryTree)
_CATALOGUE_SERVICE_PAGE: JsonWriter[replies.CatalogueServicePage] = JsonWriter(replies.CatalogueServicePage)
_SERVICE_FACETS: JsonWriter[replies.ServiceFacets] = JsonWriter(replies.ServiceFacets)
_SERVICE_SUGGESTIONS: JsonWriter[replies.ServiceSuggestions] = JsonWriter(replies.ServiceSuggestions)
_PUBLIC_SERVICE: JsonWriter[replies.PublicService] = JsonWriter(replies.PublicService)


class ListCategoriesOk(Reply):
    """The tree."""

    __slots__ = ()

    def __init__(self, body: replies.CategoryTree) -> None:
        super().__init__(200, {"content-type": "application/json"}, _CATEGORY_TREE.dump_json(body))


class ListCategoriesNotModified(Reply):
    """What you hold is current."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(304, {})


class SearchServicesOk(Reply):
    """A page of services."""

    __slots__ = ()

    def __init__(self, body: replies.CatalogueServicePage) -> None:
        super().__init__(200, {"content-type": "application/json"}, _CATALOGUE_SERVICE_PAGE.dump_json(body))


class SearchServicesNotModified(Reply):
    """What you hold is current."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(304, {})


class CountServicesOk(Reply):
    """Counts for each filter."""

    __slots__ = ()

    def __init__(self, body: replies.ServiceFacets) -> None:
        super().__init__(200, {"content-type": "application/json"}, _SERVICE_FACETS.dump_json(body))


class CountServicesNotModified(Reply):
    """What you hold is current."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(304, {})


class SuggestServicesOk(Reply):
    """The suggestions."""

    __slots__ = ()

    def __init__(self, body: replies.ServiceSuggestions) -> None:
        super().__init__(200, {"content-type": "application/json"}, _SERVICE_SUGGESTIONS.dump_json(body))


class SuggestServicesNotModified(Reply):
    """What you hold is current."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(304, {})


class GetServiceOk(Reply):
    """The service."""

    __slots__ = ()

    def __init__(self, body: replies.PublicService, *, last_modified: str) -> None:
        super().__init__(
            200, {"content-type": "application/json", "last-modified": last_modified}, _PUBLIC_SERVICE.dump_json(body)
        )


class GetServiceNotModified(Reply):
    """What you hold is current."""

    __slots__ = ()

    def __init__(self, *, last_modified: str) -> None:
        super().__init__(304, {"last-modified": last_modified})


class AbstractCatalogueHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged catalogue."""

    @abstractmethod
    async def list_categories(self, client: ClientT) -> ListCategoriesOk | ListCategoriesNotModified:
        """List the categories as a tree.

        The whole tree in one response. It changes rarely: cache it for minutes and revalidate with `If-None-Match`. Filter services by the `slug` of a leaf or a
        group. Staff rename, move and retire categories, so store the `id`. A former slug still works as a filter.
        """

    @abstractmethod
    async def search_services(
        self,
        client: ClientT,
        *,
        q: str | None,
        category: str | None,
        pricing: models.PricingKind | None,
        currency: models.CurrencyCode | None,
        min_price_minor: int | None,
        max_price_minor: int | None,
        near: str | None,
        place: UUID | None,
        radius_km: int | None,
        include_remote: bool,
        verified: bool,
        min_rating: int | None,
        sort: models.CatalogueSort | None,
        verbatim: bool,
        limit: int,
        cursor: str | None,
        include_total: bool,
    ) -> SearchServicesOk | SearchServicesNotModified:
        """Search published services.

        Published services of approved providers. `category` includes everything below it in the tree.

        **Text (`q`)**
        - Finds services that contain **all** words in title, tags, business name, category name or description. There are no operators. The first 12 different
          words count. A text without a letter or digit finds nothing.
        - Case and accents are ignored (`Zażółć` is `zazolc`, `ß` is `ss`, `ł` is `l`), hyphens and other punctuation separate words, and words of two letters or
          more match as prefixes: `leak tap` finds *Leaking taps*.
        - English words match other forms too (`windows` and *window*, `plumber` and *plumbing*).
        - **Typos**: if nothing is found and the text has words that no listing contains, each is replaced by the nearest known word: one typo from 4 letters on,
          two from 8. `corrected_query` then contains the text that was searched. `verbatim=true` searches for `q` as it is. Words of new listings are known
          after some seconds.

        **Order (`sort`)**
        - `relevance`, the default with `q`: first services with all words in the title, then those with them in title, tags, business and category, then the
          rest. In each group exact words come before other forms, then services with more details (a price, a duration, tags, a fuller description), then newer
          ones. It ranks the best 1,000; all other sorts are complete.
        - `distance`: the nearest first. Needs `near` or `place`.
        - `rating`: by the mean of the provider's reviews and of five additional reviews of four stars, so that a single review of five stars does not come first.
          Of equal ratings the newer service comes first.
        - Price sorts put services by quote last.

        **Price**: `min_price_minor`, `max_price_minor` and the price sorts need `currency` (422 without). A price bound leaves out services by quote. For
        `PER_UNIT` and `HOURLY` the price of one unit or hour counts. `currency` alone selects services in that currency and those by quote.

        **Place**: `near` or `place` selects services of providers whose own radius includes the point, and, with `radius_km`, who are within this distance. With
        `include_remote=true` the provider's radius is ignored. `distance_km` is the distance to the provider, measured to the centre of their square kilometre.
        """

    @abstractmethod
    async def count_services(
        self,
        client: ClientT,
        *,
        q: str | None,
        category: str | None,
        pricing: models.PricingKind | None,
        currency: models.CurrencyCode | None,
        min_price_minor: int | None,
        max_price_minor: int | None,
        near: str | None,
        place: UUID | None,
        radius_km: int | None,
        include_remote: bool,
        verified: bool,
        min_rating: int | None,
        verbatim: bool,
    ) -> CountServicesOk | CountServicesNotModified:
        """Count services by filter.

        Counts the services that `GET /services` finds with the same filters, for each category, kind of pricing, price band and minimum rating, to be shown beside
        the choices of a form.

        - Categories are those directly below `category`, or the top level.
        - Typos are corrected as there, and `corrected_query` contains the text that was counted.
        - Each count ignores its own filter: `pricing=FIXED` does not change the counts of pricing kinds, and a price bound does not change the price bands.
        - Price bands need `currency`, and are empty without it.
        - Counting stops at 1,000, and with `q`, a place or `verified` it may stop after 2,000 matching services; `capped` says which counts stopped.
        """

    @abstractmethod
    async def suggest_services(self, client: ClientT, *, q: str) -> SuggestServicesOk | SuggestServicesNotModified:
        """Suggest completions for a search.

        Categories whose name contains words that begin with those of `q`, the first services of `GET /services`, and businesses whose name contains the words.
        Words are compared as there; typos are not corrected.
        """

    @abstractmethod
    async def get_service(self, client: ClientT, *, service_id: UUID) -> GetServiceOk | GetServiceNotModified:
        """Get a published service.

        Includes its photos. 404: it does not exist, is not published, or its provider is not approved.
        """


_LIST_CATEGORIES = Inputs(
    Parameters(parameters.ListCategoriesParameters, headers={"if_none_match": ("If-None-Match", Field())}), NoBody()
)

_SEARCH_SERVICES = Inputs(
    Parameters(
        parameters.SearchServicesParameters,
        query={
            "q": Field(),
            "category": Field(),
            "pricing": Field(),
            "currency": Field(),
            "min_price_minor": Field(texts.integer),
            "max_price_minor": Field(texts.integer),
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

_COUNT_SERVICES = Inputs(
    Parameters(
        parameters.CountServicesParameters,
        query={
            "q": Field(),
            "category": Field(),
            "pricing": Field(),
            "currency": Field(),
            "min_price_minor": Field(texts.integer),
            "max_price_minor": Field(texts.integer),
            "near": Field(),
            "place": Field(),
            "radius_km": Field(texts.integer),
            "include_remote": Field(texts.boolean),
            "verified": Field(texts.boolean),
            "min_rating": Field(texts.integer),
            "verbatim": Field(texts.boolean),
        },
        headers={"if_none_match": ("If-None-Match", Field())},
        defaults={"include_remote": False, "verified": False, "verbatim": False},
    ),
    NoBody(),
)

_SUGGEST_SERVICES = Inputs(
    Parameters(
        parameters.SuggestServicesParameters,
        query={"q": Field()},
        headers={"if_none_match": ("If-None-Match", Field())},
    ),
    NoBody(),
)

_GET_SERVICE = Inputs(
    Parameters(
        parameters.GetServiceParameters,
        path={"service_id": Field()},
        headers={"if_none_match": ("If-None-Match", Field()), "if_modified_since": ("If-Modified-Since", Field())},
    ),
    NoBody(),
)


def build_router[CallerT, ClientT](
    handlers: AbstractCatalogueHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractCatalogueHandlers, handlers)

    async def list_categories(request: Request) -> Reply:
        client = await guard.admit(request, policies.LIST_CATEGORIES)
        await _LIST_CATEGORIES.read(request)
        return await guard.cached(request, policies.LIST_CATEGORIES, lambda: handlers.list_categories(client))

    async def search_services(request: Request) -> Reply:
        client = await guard.admit(request, policies.SEARCH_SERVICES)
        given = await _SEARCH_SERVICES.read(request)
        return await guard.cached(
            request,
            policies.SEARCH_SERVICES,
            lambda: handlers.search_services(
                client,
                q=given.parameters.q,
                category=given.parameters.category,
                pricing=given.parameters.pricing,
                currency=given.parameters.currency,
                min_price_minor=given.parameters.min_price_minor,
                max_price_minor=given.parameters.max_price_minor,
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

    async def count_services(request: Request) -> Reply:
        client = await guard.admit(request, policies.COUNT_SERVICES)
        given = await _COUNT_SERVICES.read(request)
        return await guard.cached(
            request,
            policies.COUNT_SERVICES,
            lambda: handlers.count_services(
                client,
                q=given.parameters.q,
                category=given.parameters.category,
                pricing=given.parameters.pricing,
                currency=given.parameters.currency,
                min_price_minor=given.parameters.min_price_minor,
                max_price_minor=given.parameters.max_price_minor,
                near=given.parameters.near,
                place=given.parameters.place,
                radius_km=given.parameters.radius_km,
                include_remote=given.parameters.include_remote,
                verified=given.parameters.verified,
                min_rating=given.parameters.min_rating,
                verbatim=given.parameters.verbatim,
            ),
        )

    async def suggest_services(request: Request) -> Reply:
        client = await guard.admit(request, policies.SUGGEST_SERVICES)
        given = await _SUGGEST_SERVICES.read(request)
        return await guard.cached(
            request, policies.SUGGEST_SERVICES, lambda: handlers.suggest_services(client, q=given.parameters.q)
        )

    async def get_service(request: Request) -> Reply:
        client = await guard.admit(request, policies.GET_SERVICE)
        given = await _GET_SERVICE.read(request)
        return await guard.cached(
            request, policies.GET_SERVICE, lambda: handlers.get_service(client, service_id=given.parameters.service_id)
        )

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.LIST_CATEGORIES, list_categories),
            OperationRoute(policies.SEARCH_SERVICES, search_services),
            OperationRoute(policies.COUNT_SERVICES, count_services),
            OperationRoute(policies.SUGGEST_SERVICES, suggest_services),
            OperationRoute(policies.GET_SERVICE, get_service),
        ]
    )
    return router
