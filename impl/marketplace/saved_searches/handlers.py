"""Handlers of saved searches."""

from typing import override
from uuid import UUID

from generated import models, policies, replies
from generated.routers.saved_searches import (
    AbstractSavedSearchesHandlers,
    CreateSavedSearchCreated,
    DeleteSavedSearchNoContent,
    GetSavedSearchOk,
    ListSavedSearchesOk,
    OpenUnsubscribePageSeeOther,
    ReplaceSavedSearchOk,
    UnsubscribeNoContent,
)
from impl.kernel import etags
from impl.kernel.caller import AnonymousClient, Caller
from impl.kernel.paging import Cursors, Moment, capped
from impl.marketplace.saved_searches.repository import SavedSearchRow
from impl.marketplace.saved_searches.service import SavedSearchesService
from impl.marketplace.saved_searches.tables import (
    NewSavedSearch,
    SavedSearchContent,
    SavedSearchFrequency,
    SearchFilters,
)


def _filters_to_wire(filters: SearchFilters) -> replies.SavedFilters:
    pricing, currency, place = filters.get("pricing"), filters.get("currency"), filters.get("place")
    return {
        "q": filters.get("q"),
        "category": filters.get("category"),
        "pricing": None if pricing is None else models.PricingKind(pricing),
        "currency": None if currency is None else models.CurrencyCode(currency),
        "min_price_minor": filters.get("min_price_minor"),
        "max_price_minor": filters.get("max_price_minor"),
        "near": filters.get("near"),
        "place": None if place is None else UUID(place),
        "radius_km": filters.get("radius_km"),
        "include_remote": filters.get("include_remote"),
        "verified": filters.get("verified"),
        "min_rating": filters.get("min_rating"),
    }


def _to_wire(row: SavedSearchRow | NewSavedSearch) -> replies.SavedSearch:
    return {
        "id": row["id"],
        "name": row["name"],
        "filters": _filters_to_wire(row["filters"]),
        "frequency": models.SavedSearchFrequency(row["frequency"]),
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }


def _filters_of(given: models.ServiceFilters) -> SearchFilters:
    return {
        "q": given.q,
        "category": given.category,
        "pricing": None if given.pricing is None else given.pricing.value,
        "currency": None if given.currency is None else given.currency.value,
        "min_price_minor": given.min_price_minor,
        "max_price_minor": given.max_price_minor,
        "near": given.near,
        "place": None if given.place is None else str(given.place),
        "radius_km": given.radius_km,
        "include_remote": given.include_remote,
        "verified": given.verified,
        "min_rating": given.min_rating,
    }


def _content(body: models.SavedSearchCreate | models.SavedSearchReplace) -> SavedSearchContent:
    return {
        "name": body.name,
        "filters": _filters_of(body.filters),
        "frequency": SavedSearchFrequency(body.frequency),
    }


def _serialize_created(row: NewSavedSearch) -> CreateSavedSearchCreated:
    location = policies.GET_SAVED_SEARCH.path.format(saved_search_id=row["id"])
    return CreateSavedSearchCreated(_to_wire(row), location=location, etag=etags.etag(row["version"]))


def _moment(row: SavedSearchRow) -> Moment:
    return row["created_at"], row["id"]


class SavedSearchesHandlers(AbstractSavedSearchesHandlers[Caller, AnonymousClient]):
    def __init__(self, service: SavedSearchesService, cursors: Cursors) -> None:
        self._service = service
        self._cursors = cursors

    @override
    async def list_saved_searches(
        self, caller: Caller, *, limit: int, cursor: str | None, include_total: bool
    ) -> ListSavedSearchesOk:
        scope = f"listSavedSearches {caller.user_id}"
        after = self._cursors.decode_moment(cursor, scope=scope)
        page = await self._service.page(caller, after=after, limit=limit)
        total = await self._service.count(caller) if include_total else None
        return ListSavedSearchesOk(
            {
                "items": [_to_wire(row) for row in page.items],
                "next_cursor": self._cursors.encode_next_moment(page, _moment, scope=scope),
                **capped(total),
            }
        )

    @override
    async def create_saved_search(self, caller: Caller, *, body: models.SavedSearchCreate) -> CreateSavedSearchCreated:
        return await self._service.create(caller, _content(body), _serialize_created)

    @override
    async def get_saved_search(self, caller: Caller, *, saved_search_id: UUID) -> GetSavedSearchOk:
        row = await self._service.get(caller, saved_search_id)
        return GetSavedSearchOk(_to_wire(row), etag=etags.etag(row["version"]))

    @override
    async def replace_saved_search(
        self, caller: Caller, *, saved_search_id: UUID, if_match: str | None, body: models.SavedSearchReplace
    ) -> ReplaceSavedSearchOk:
        row = await self._service.replace(caller, saved_search_id, _content(body), if_match=if_match)
        return ReplaceSavedSearchOk(_to_wire(row), etag=etags.etag(row["version"]))

    @override
    async def delete_saved_search(
        self, caller: Caller, *, saved_search_id: UUID, if_match: str | None
    ) -> DeleteSavedSearchNoContent:
        await self._service.delete(caller, saved_search_id, if_match=if_match)
        return DeleteSavedSearchNoContent()

    @override
    async def open_unsubscribe_page(self, client: AnonymousClient, *, subscription: str) -> OpenUnsubscribePageSeeOther:
        return OpenUnsubscribePageSeeOther(location=self._service.page_of(subscription))

    @override
    async def unsubscribe(self, client: AnonymousClient, *, subscription: str) -> UnsubscribeNoContent:
        await self._service.unsubscribe(client, subscription)
        return UnsubscribeNoContent()
