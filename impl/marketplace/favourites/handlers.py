"""Handlers of favourites."""

from collections.abc import Mapping, Sequence
from typing import override
from uuid import UUID

from generated import models, replies
from generated.routers.favourites import (
    AbstractFavouritesHandlers,
    DropProviderNoContent,
    DropServiceNoContent,
    KeepProviderOk,
    KeepServiceOk,
    ListFavouritesOk,
)
from impl.kernel.caller import AnonymousClient, Caller
from impl.kernel.paging import Cursors, Moment, capped
from impl.marketplace.catalogue.wire import Cards, listed_to_wire
from impl.marketplace.favourites.repository import ProviderRow
from impl.marketplace.favourites.service import FavouritesService, ShownFavourite
from impl.marketplace.favourites.tables import FavouriteKind
from impl.marketplace.verifications.tables import CardColumns


def _provider(row: ProviderRow) -> replies.ProviderSummary:
    return {
        "id": row["id"],
        "slug": row["slug"],
        "business_name": row["business_name"],
        "website": row["website"],
        "service_radius_km": row["service_radius_km"],
    }


def _moment(favourite: ShownFavourite) -> Moment:
    return favourite.row["created_at"], favourite.row["id"]


def _to_wire(favourite: ShownFavourite, cards: Mapping[UUID, CardColumns]) -> replies.Favourite:
    return {
        "kind": models.FavouriteKind(favourite.row["kind"]),
        "id": favourite.row["subject_id"],
        "kept_at": favourite.row["created_at"],
        "available": favourite.service is not None or favourite.provider is not None,
        "service": None if favourite.service is None else listed_to_wire(favourite.service, favourite.photo, cards),
        "provider": None if favourite.provider is None else _provider(favourite.provider),
    }


class FavouritesHandlers(AbstractFavouritesHandlers[Caller, AnonymousClient]):
    def __init__(self, service: FavouritesService, cursors: Cursors, *, cards: Cards) -> None:
        """Take the dependencies; `cards` returns what a list shows of businesses beside their names."""
        self._service = service
        self._cursors = cursors
        self._cards = cards

    async def _cards_of(self, favourites: Sequence[ShownFavourite]) -> Mapping[UUID, CardColumns]:
        return await self._cards({one.service["profile_id"] for one in favourites if one.service is not None})

    @override
    async def list_favourites(
        self, caller: Caller, *, kind: models.FavouriteKind | None, limit: int, cursor: str | None, include_total: bool
    ) -> ListFavouritesOk:
        wanted = None if kind is None else FavouriteKind(kind)
        scope = f"listFavourites {caller.user_id} {wanted}"
        after = self._cursors.decode_moment(cursor, scope=scope)
        page = await self._service.page(caller, wanted, after=after, limit=limit)
        total = await self._service.count(caller, wanted) if include_total else None
        cards = await self._cards_of(page.items)
        return ListFavouritesOk(
            {
                "items": [_to_wire(one, cards) for one in page.items],
                "next_cursor": self._cursors.encode_next_moment(page, _moment, scope=scope),
                **capped(total),
            }
        )

    @override
    async def keep_service(self, caller: Caller, *, service_id: UUID) -> KeepServiceOk:
        kept = await self._service.keep(caller, FavouriteKind.SERVICE, service_id)
        return KeepServiceOk(_to_wire(kept, await self._cards_of([kept])))

    @override
    async def drop_service(self, caller: Caller, *, service_id: UUID) -> DropServiceNoContent:
        await self._service.drop(caller, FavouriteKind.SERVICE, service_id)
        return DropServiceNoContent()

    @override
    async def keep_provider(self, caller: Caller, *, profile_id: UUID) -> KeepProviderOk:
        return KeepProviderOk(_to_wire(await self._service.keep(caller, FavouriteKind.PROVIDER, profile_id), {}))

    @override
    async def drop_provider(self, caller: Caller, *, profile_id: UUID) -> DropProviderNoContent:
        await self._service.drop(caller, FavouriteKind.PROVIDER, profile_id)
        return DropProviderNoContent()
