"""Chapters in which the homeowner compares what was found, looks at the business, and keeps both."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from hestami_client import AuthenticatedClient, Client, models
from hestami_client.api.catalogue import count_services, search_services
from hestami_client.api.favourites import keep_provider, keep_service, list_favourites
from hestami_client.api.places import suggest_places
from hestami_client.api.providers import get_provider, search_providers
from hestami_client.api.saved_searches import create_saved_search, list_saved_searches
from hestami_client.types import Response
from report import Teller

_TYPO, _CORRECTED = "laeking", "leaking"


class Trust:
    """Walks the part of the journey that leads from a search to what is kept."""

    def __init__(self, teller: Teller, stranger: Client, homeowner: AuthenticatedClient) -> None:
        self._teller = teller
        self._stranger = stranger
        self._homeowner = homeowner

    def walk(self, service: models.Service) -> None:
        """Find the service, by a typo and near a postal code; keep it, its business and the search."""
        place = self._place()
        self._compare(service, place)
        self._open_the_page(service)
        self._keep(service)
        self._save_the_search(place)

    def _place(self) -> UUID:
        self._teller.chapter("Homer says where he lives")
        answer = suggest_places.sync_detailed(client=self._stranger, q="97214", country="US")
        found = self._teller.done("he types his postal code", answer, models.PlaceSuggestions)
        self._teller.expect([place.name for place in found.items], ["97214"], "it is suggested")
        return found.items[0].id

    def _compare(self, service: models.Service, place: UUID) -> None:
        self._teller.chapter("Homer searches with a typo, and compares by distance")
        # The words of what was published a moment ago are known after some seconds.
        page = self._teller.until(
            "he types in a hurry",
            lambda: self._search(place, service.category.slug),
            models.CatalogueServicePage,
            lambda page: bool(page.items),
        )
        self._teller.expect(page.corrected_query, _CORRECTED, "what he meant is searched for")
        distances = [item.distance_km for item in page.items if item.distance_km is not None]
        self._teller.expect(len(distances), len(page.items), "everything has a distance")
        self._teller.expect(distances, sorted(distances), "the nearest come first")
        as_typed = self._search(place, service.category.slug, verbatim=True)
        page = self._teller.done("he insists on his spelling", as_typed, models.CatalogueServicePage)
        self._teller.expect((page.items, page.corrected_query), ([], None), "nothing is found")
        counted = count_services.sync_detailed(
            client=self._stranger, q=_CORRECTED, category=service.category.slug, place=place, currency="USD"
        )
        facets = self._teller.done("he looks what he could narrow by", counted, models.ServiceFacets)
        fixed = [facet.count.count for facet in facets.pricing if facet.pricing == "FIXED"]
        self._teller.expect(sum(fixed) > 0, wanted=True, words="there is something at a fixed price")
        nowhere = search_services.sync_detailed(client=self._stranger, q=_CORRECTED, sort="distance")
        self._teller.refused("a distance from nowhere", nowhere, models.ValidationFailedProblem)

    def _search(self, place: UUID, category: str, *, verbatim: bool = False) -> Response[Any]:
        return search_services.sync_detailed(
            client=self._stranger,
            q=_TYPO,
            category=category,
            place=place,
            radius_km=50,
            sort="distance",
            verbatim=verbatim,
            limit=100,
        )

    def _open_the_page(self, service: models.Service) -> None:
        self._teller.chapter("Homer opens the page of the business")
        provider = service.provider
        assert provider is not None  # noqa: S101 - a published service has a business
        searched = search_providers.sync_detailed(client=self._stranger, q=provider.business_name, limit=100)
        cards = self._teller.done("he looks for it by its name", searched, models.ProviderCardPage)
        self._teller.expect(provider.slug in [card.slug for card in cards.items], wanted=True, words="it is found")
        answer = get_provider.sync_detailed(provider.slug, client=self._stranger)
        page = self._teller.done("he opens it", answer, models.PublicProvider)
        shown = [item.id for group in page.services for item in group.items]
        self._teller.expect(service.id in shown, wanted=True, words="the service is there")
        etag = answer.headers["ETag"]
        known = get_provider.sync_detailed(provider.slug, client=self._stranger, if_none_match=etag)
        self._teller.expect(int(known.status_code), 304, "it has not changed since")

    def _keep(self, service: models.Service) -> None:
        self._teller.chapter("Homer keeps what he liked")
        assert service.provider is not None  # noqa: S101 - a published service has a business
        client = self._homeowner
        kept = keep_service.sync_detailed(service.id, client=client)
        self._teller.done("the service", kept, models.Favourite)
        kept = keep_provider.sync_detailed(service.provider.id, client=client)
        self._teller.done("its business", kept, models.Favourite)
        listed = self._teller.done("he lists them", list_favourites.sync_detailed(client=client), models.FavouritePage)
        self._teller.expect([one.available for one in listed.items], [True, True], "both are available")

    def _save_the_search(self, place: UUID) -> None:
        self._teller.chapter("Homer saves the search")
        filters = models.ServiceFilters(q=_CORRECTED, place=place, radius_km=50)
        body = models.SavedSearchCreate(name="Taps near home", filters=filters, frequency="DAILY")
        made = create_saved_search.sync_detailed(client=self._homeowner, body=body)
        saved = self._teller.done("with a daily mail", made, models.SavedSearch)
        listed = list_saved_searches.sync_detailed(client=self._homeowner)
        page = self._teller.done("he lists them", listed, models.SavedSearchPage)
        self._teller.expect([one.id for one in page.items], [saved.id], "there it is")
