"""Service of favourites: only what the catalogue shows can be kept, a bounded number, and each once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from impl.kernel.caller import Caller
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.errors import LimitReached, NotFound
from impl.kernel.ids import new_id
from impl.kernel.paging import Moment, Page, fetched
from impl.marketplace.capabilities.pictures.service import ShownPhoto
from impl.marketplace.catalogue.service import CatalogueService
from impl.marketplace.catalogue.tables import CatalogueRow
from impl.marketplace.favourites.repository import FavouriteRepository, FavouriteRow, ProviderRow
from impl.marketplace.favourites.tables import FavouriteKind, NewFavourite

MOST: Final = 500


@dataclass(frozen=True, slots=True)
class ShownFavourite:
    """A favourite with what the catalogue shows of it now, which is nothing when it is not available."""

    row: FavouriteRow
    service: CatalogueRow | None
    # The first photo of the service.
    photo: ShownPhoto | None
    provider: ProviderRow | None


class FavouritesService:
    def __init__(self, database: Database, catalogue: CatalogueService, clock: Clock) -> None:
        self._database = database
        self._catalogue = catalogue
        self._repository = FavouriteRepository(database.reader)
        self._clock = clock

    async def page(
        self, caller: Caller, kind: FavouriteKind | None, *, after: Moment | None, limit: int
    ) -> Page[ShownFavourite]:
        found = await self._repository.page(caller.user_id, kind, after=after, limit=fetched(limit))
        page = Page.of(found, limit)
        return Page(await self._shown(page.items), more=page.more)

    async def count(self, caller: Caller, kind: FavouriteKind | None) -> int:
        return await self._repository.count(caller.user_id, kind)

    async def keep(self, caller: Caller, kind: FavouriteKind, subject_id: UUID) -> ShownFavourite:
        """Add a favourite that the catalogue shows; an existing favourite stays, whether it is shown or not."""
        new: NewFavourite = {
            "id": new_id(),
            "owner_id": caller.user_id,
            "kind": kind,
            "subject_id": subject_id,
            "created_at": self._clock.now(),
        }
        row: FavouriteRow = {"id": new["id"], "kind": kind, "subject_id": subject_id, "created_at": new["created_at"]}
        # Read first, because the catalogue's connection is another one than the transaction's.
        (shown,) = await self._shown([row])
        async with self._database.begin() as tx:
            await self._repository.take_turns(tx, caller.user_id)
            there = await self._repository.find(tx, caller.user_id, kind, subject_id)
            if there is not None:
                return ShownFavourite(there, shown.service, shown.photo, shown.provider)
            if shown.service is None and shown.provider is None:
                raise NotFound
            if await self._repository.number(tx, caller.user_id) >= MOST:
                raise LimitReached(f"You keep {MOST} already. Drop one first.", MOST)
            await self._repository.insert(tx, new)
        return shown

    async def drop(self, caller: Caller, kind: FavouriteKind, subject_id: UUID) -> None:
        async with self._database.begin() as tx:
            await self._repository.delete(tx, caller.user_id, kind, subject_id)

    async def _shown(self, rows: Sequence[FavouriteRow]) -> list[ShownFavourite]:
        """Return the rows with what the catalogue shows of them now: one query for each kind."""
        of_kind = {kind: [row["subject_id"] for row in rows if row["kind"] == kind] for kind in FavouriteKind}
        services = await self._catalogue.some(of_kind[FavouriteKind.SERVICE])
        covers = await self._catalogue.covers(services)
        providers = (
            {found["id"]: found for found in await self._repository.providers(ids)}
            if (ids := of_kind[FavouriteKind.PROVIDER])
            else {}
        )
        return [
            ShownFavourite(row, services.get(row["subject_id"]), covers.get(row["subject_id"]), None)
            if row["kind"] == FavouriteKind.SERVICE
            else ShownFavourite(row, None, None, providers.get(row["subject_id"]))
            for row in rows
        ]
