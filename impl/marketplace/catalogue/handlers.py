"""Handlers of the public catalogue."""

from dataclasses import replace
from datetime import datetime
from typing import TypedDict, Unpack, override
from uuid import UUID

from generated import models, replies
from generated.routers.catalogue import (
    AbstractCatalogueHandlers,
    CountServicesOk,
    GetServiceOk,
    ListCategoriesOk,
    SearchServicesOk,
    SuggestServicesOk,
)
from impl.kernel.caller import AnonymousClient, Caller
from impl.kernel.paging import Cursors, Position, capped
from impl.kernel.words import tokenize_query
from impl.marketplace.capabilities.businesses.service import public_business_of
from impl.marketplace.capabilities.categories.service import PublicCategory
from impl.marketplace.capabilities.listings.tables import PricingKind
from impl.marketplace.capabilities.pictures.wire import photo_to_wire
from impl.marketplace.capabilities.relevance.service import RANK_LENGTH, Rank
from impl.marketplace.capabilities.spelling.service import Found, search_corrected
from impl.marketplace.catalogue.service import CatalogueService, Tally
from impl.marketplace.catalogue.tables import CatalogueRow, CatalogueSort, Filters
from impl.marketplace.catalogue.wire import Cards, listed_to_wire, service_to_wire
from openapi.runtime.dates import http_date


def cursor_scope(order: CatalogueSort, filters: Filters, *, verbatim: bool) -> str:
    """Return the filters and the sort that a cursor of the catalogue is bound to."""
    return f"searchServices {order} {verbatim} {filters.cursor_scope()}"


def _position(row: CatalogueRow, sort: CatalogueSort) -> Position:
    match sort:
        case CatalogueSort.CHEAPEST:
            return [row["price_rank_up"], str(row["id"])]
        case CatalogueSort.DEAREST:
            return [row["price_rank_down"], str(row["id"])]
        case CatalogueSort.NEAREST:
            return [row["nearness"], str(row["id"])]
        case CatalogueSort.BEST_RATED:
            return [row["rating_rank"], str(row["id"])]
        case _:
            return [row["published_at"].isoformat(), str(row["id"])]


def _after(last: Position | None) -> tuple[datetime | float, UUID] | None:
    if last is None:
        return None
    value, last_id = last
    return value if isinstance(value, int | float) else datetime.fromisoformat(str(value)), UUID(str(last_id))


def _category(row: PublicCategory) -> replies.CategorySummary:
    return {"id": row["id"], "slug": row["slug"], "name": row["name"]}


def _facet_count(tally: Tally) -> replies.FacetCount:
    return {"count": tally.count, "capped": tally.capped}


def _with_text(filters: Filters, text: str) -> Filters:
    return replace(filters, words=tokenize_query(text))


class _FilterParameters(TypedDict):
    """Parameters that filter, the same for a search and for its counts."""

    q: str | None
    category: str | None
    pricing: models.PricingKind | None
    currency: models.CurrencyCode | None
    min_price_minor: int | None
    max_price_minor: int | None
    near: str | None
    place: UUID | None
    radius_km: int | None
    include_remote: bool
    verified: bool
    min_rating: int | None


class CatalogueHandlers(AbstractCatalogueHandlers[Caller, AnonymousClient]):
    def __init__(self, service: CatalogueService, cursors: Cursors, *, cards: Cards) -> None:
        """Take the dependencies; `cards` returns what a list shows of businesses beside their names."""
        self._service = service
        self._cursors = cursors
        self._cards = cards

    @override
    async def list_categories(self, client: AnonymousClient) -> ListCategoriesOk:
        rows = await self._service.categories()
        nodes: dict[UUID, replies.CategoryNode] = {
            row["id"]: {"id": row["id"], "slug": row["slug"], "name": row["name"], "children": []} for row in rows
        }
        top: list[replies.CategoryNode] = []
        for row in rows:
            parent_id = row["parent_id"]
            (top if parent_id is None else nodes[parent_id]["children"]).append(nodes[row["id"]])
        return ListCategoriesOk({"items": top})

    @override
    async def search_services(
        self,
        client: AnonymousClient,
        *,
        sort: models.CatalogueSort | None,
        verbatim: bool,
        limit: int,
        cursor: str | None,
        include_total: bool,
        **given: Unpack[_FilterParameters],
    ) -> SearchServicesOk:
        q = given["q"]
        filters = await self._filters(given)
        default = CatalogueSort.NEWEST if q is None else CatalogueSort.RELEVANCE
        order = default if sort is None else CatalogueSort(sort)
        self._service.check(filters, order)
        scope = cursor_scope(order, filters, verbatim=verbatim)
        found = await search_corrected(
            filters,
            None if verbatim else q,
            None if cursor is None else self._cursors.decode(cursor, scope=scope),
            length=RANK_LENGTH if order is CatalogueSort.RELEVANCE else 2,
            with_text=_with_text,
            look=lambda filters, last: self._page(filters, order, last, limit),
            correct=self._service.correct,
        )
        following = found.page.following
        total = await self._service.count(found.filters) if include_total else None
        covers = await self._service.covers([row["id"] for row in found.page.rows])
        cards = await self._cards({row["profile_id"] for row in found.page.rows})
        return SearchServicesOk(
            {
                "items": [listed_to_wire(row, covers.get(row["id"]), cards) for row in found.page.rows],
                "corrected_query": found.text,
                "next_cursor": None if following is None else self._cursors.encode(following, scope=scope),
                **capped(total),
            }
        )

    @override
    async def count_services(
        self, client: AnonymousClient, *, verbatim: bool, **given: Unpack[_FilterParameters]
    ) -> CountServicesOk:
        filters = await self._filters(given)
        self._service.check(filters, CatalogueSort.NEWEST)
        facets = await self._service.facets(filters)
        corrected = None
        if given["q"] is not None and not verbatim and facets.is_empty:
            corrected = await self._service.correct(given["q"])
        if corrected is not None:
            others = _with_text(filters, corrected)
            # As a search does, which tells nothing of words that find nothing.
            if await self._service.count(others) > 0:
                facets = await self._service.facets(others)
            else:
                corrected = None
        return CountServicesOk(
            {
                "corrected_query": corrected,
                "categories": [
                    {"category": _category(facets.category_rows[one]), "count": _facet_count(count)}
                    for one, count in facets.categories.items()
                ],
                "pricing": [
                    {"pricing": models.PricingKind(kind.value), "count": _facet_count(count)}
                    for kind, count in facets.pricing.items()
                ],
                "prices": [
                    {"min_price_minor": low, "max_price_minor": high, "count": _facet_count(count)}
                    for (low, high), count in facets.prices.items()
                ],
                "ratings": [
                    {"min_rating": stars, "count": _facet_count(count)} for stars, count in facets.ratings.items()
                ],
            }
        )

    @override
    async def suggest_services(self, client: AnonymousClient, *, q: str) -> SuggestServicesOk:
        found = await self._service.suggest(q)
        return SuggestServicesOk(
            {
                "categories": [_category(row) for row in found.categories],
                "services": [
                    {"id": row["id"], "title": row["title"], "business_name": row["business_name"]}
                    for row in found.services
                ],
                "providers": [
                    public_business_of(row["id"], row["slug"], row["business_name"]) for row in found.providers
                ],
            }
        )

    async def _filters(self, given: _FilterParameters) -> Filters:
        pricing, currency = given["pricing"], given["currency"]
        return await self._service.filters(
            text=given["q"],
            category=given["category"],
            pricing=None if pricing is None else PricingKind(pricing),
            currency=None if currency is None else currency.value,
            min_price=given["min_price_minor"],
            max_price=given["max_price_minor"],
            near=given["near"],
            place_id=given["place"],
            radius_km=given["radius_km"],
            include_remote=given["include_remote"],
            verified=given["verified"],
            min_rating=given["min_rating"],
        )

    async def _page(
        self, filters: Filters, order: CatalogueSort, last: Position | None, limit: int
    ) -> Found[CatalogueRow]:
        if order is CatalogueSort.RELEVANCE:
            ranked = await self._service.ranked(filters, after=None if last is None else Rank.at(last), limit=limit)
            following = ranked.items[-1][0].position() if ranked.more else None
            return Found([row for _, row in ranked.items], following)
        page = await self._service.page(filters, order, after=_after(last), limit=limit)
        return Found(page.items, _position(page.items[-1], order) if page.more else None)

    @override
    async def get_service(self, client: AnonymousClient, *, service_id: UUID) -> GetServiceOk:
        opened = await self._service.get(service_id)
        cover = opened.photos[0] if opened.photos else None
        photos = [photo_to_wire(photo) for photo in opened.photos]
        shown: replies.PublicService = {**service_to_wire(opened.row, cover, opened.row), "photos": photos}
        return GetServiceOk(shown, last_modified=http_date(opened.changed_at))
