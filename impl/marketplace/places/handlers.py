"""Handlers of places."""

from typing import override
from uuid import UUID

from generated import models, replies
from generated.routers.places import AbstractPlacesHandlers, GetPlaceOk, SuggestPlacesOk
from impl.kernel.caller import AnonymousClient, Caller
from impl.marketplace.capabilities.geography.wire import COUNTRIES
from impl.marketplace.places.repository import NamedRow, PlaceRow
from impl.marketplace.places.service import PlacesService

KINDS = {kind.value: kind for kind in models.PlaceKind}


def _to_wire(row: PlaceRow) -> replies.Place:
    return {
        "id": row["id"],
        "kind": KINDS[row["kind"]],
        "name": row["name"],
        "locality": row["locality"],
        "admin_area": row["admin_area"],
        "country": COUNTRIES[row["country"]],
        "coordinates": {"latitude": row["latitude"], "longitude": row["longitude"]},
    }


def _suggested(row: NamedRow) -> replies.SuggestedPlace:
    return {**_to_wire(row), "matched_name": row["matched_name"]}


class PlacesHandlers(AbstractPlacesHandlers[Caller, AnonymousClient]):
    def __init__(self, service: PlacesService) -> None:
        self._service = service

    @override
    async def suggest_places(
        self, client: AnonymousClient, *, q: str, country: models.CountryCode | None
    ) -> SuggestPlacesOk:
        rows = await self._service.suggest(q, None if country is None else country.value)
        return SuggestPlacesOk({"items": [_suggested(row) for row in rows]})

    @override
    async def get_place(self, client: AnonymousClient, *, place_id: UUID) -> GetPlaceOk:
        return GetPlaceOk(_to_wire(await self._service.get(place_id)))
