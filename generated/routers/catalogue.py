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
    """What to look for."""

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

        The whole tree in one answer; it changes rarely, so keep it for minutes and revalidate with `If-None-Match`. Filter services by the `slug` of a
        leaf or of a group. Staff rename, move and retire categories: keep the `id`. What a category was called before still works as a filter.
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

        `q` finds services that have **all** its words in title, tags, business name, category name or description. Upper and lower case and accents are
        alike (`Zażółć` is `zazolc`, `ß` is `ss`, `ł` is `l`), hyphens and other punctuation part words, and two letters or more also stand for the beginning
        of a word: `leak tap` finds *Leaking taps*. English words are also found by other forms (`windows` and *window*, `plumber` and *plumbing*). There are no
        operators. The first 12 different words count. A text without a letter or digit finds nothing.

        Where a text finds nothing and has words that no listing has, each of them is replaced by the nearest that listings have, if one is near: one typo from
        4 letters on, two from 8. `corrected_query` then says what was searched for; `verbatim=true` searches for `q` as it is. What has just been published is
        known after some seconds.

        `sort=relevance`, the default with `q`, puts first what has all words in the title, then what has them in title, tags, business and category, then the rest;
        in each of these, words as they are come before other forms of them. Within that, services that tell more (a price, a duration, tags, a fuller description)
        come first, then newer ones. It ranks the best 1,000; all other sorts go to the end.

        Prices compare within one currency only: `min_price_minor`, `max_price_minor` and the price sorts need `currency` (422 without). A price bound leaves
        out services by quote; a price sort puts them last. For `PER_UNIT` and `HOURLY` the price of one unit or hour counts. `currency` alone keeps services in that
        currency and those by quote.

        `near` or `place` keeps the services of providers who come there: those whose own radius reaches the point, and who are within `radius_km` of it where that
        is given. With `include_remote=true` the provider's own radius does not count. `distance_km` then says how far the provider is, and `sort=distance` puts
        the nearest first. Distances are measured to the centre of the square kilometre that a provider sets out from.

        `sort=rating` puts first the services of the best rated providers: by the mean of their reviews and of five of four stars, with which everybody begins, so
        that one review of five stars is no better than twenty that are nearly as good. Of equally rated ones the newer service comes first.
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
    ) -> CountServicesOk | CountServicesNotModified:
        """Count services by filter.

        How many of the services that `GET /services` finds with the same filters are in each category, of each kind of pricing, in each band of prices and of
        providers rated so well or better, so that a form can show it beside each choice. Categories are those directly below `category`, or the groups at the
        top. A count leaves out the filter that it is about: `pricing=FIXED` does not change the counts of the kinds of pricing, nor a price bound those of the
        bands. Bands need `currency`, and are empty without. Counting stops at 1,000, and with `q` or a place also after 2,000 services that match; `capped` says
        where it did.
        """

    @abstractmethod
    async def suggest_services(self, client: ClientT, *, q: str) -> SuggestServicesOk | SuggestServicesNotModified:
        """Suggest completions for a search.

        Categories that have words beginning with those of `q` in their name, the services that `GET /services` would show first, and the businesses
        whose name has the words. Words are folded as there; typos are not corrected.
        """

    @abstractmethod
    async def get_service(self, client: ClientT, *, service_id: UUID) -> GetServiceOk | GetServiceNotModified:
        """Get a published service.

        With its photos. 404 when it does not exist, or is not published now, or its provider is not approved now.
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
        },
        headers={"if_none_match": ("If-None-Match", Field())},
        defaults={"include_remote": False, "verified": False},
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
