"""Queries and statements on one person's favourites, and on the businesses among them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Final
from uuid import UUID

from sqlalchemy import String, bindparam, delete, insert, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import TypedDict

from impl.kernel.database import take_turns
from impl.kernel.paging import EACH, Counted, Moment, bounded_count, keyset_page, total_of
from impl.kernel.reader import Reader
from impl.kernel.statements import Command, Query
from impl.kernel.tables import Uuid, core_table
from impl.marketplace.favourites.tables import Favourite, FavouriteKind, NewFavourite
from impl.marketplace.provider_profile.tables import VISIBLE, ProviderProfile

_TABLE: Final = core_table(Favourite)


class FavouriteRow(TypedDict):
    id: UUID
    kind: str
    subject_id: UUID
    created_at: datetime


class ProviderRow(TypedDict):
    """A business as everyone sees it."""

    id: UUID
    slug: str
    business_name: str
    website: str | None
    service_radius_km: int | None


_COLUMNS: Final = (
    Favourite.id,
    # Enums come as text: the wire has enums of its own.
    type_coerce(Favourite.kind, String).label("kind"),
    Favourite.subject_id,
    Favourite.created_at,
)
_OWN: Final = Favourite.owner_id == bindparam("owner_id")
_OF_KIND: Final = Favourite.kind == bindparam("kind")
_ONE: Final = Query(
    select(*_COLUMNS).where(_OWN, _OF_KIND, Favourite.subject_id == bindparam("subject_id")), FavouriteRow
)
_INSERT: Final = Command(insert(_TABLE), NewFavourite)
_PROVIDERS: Final = Query(
    select(
        ProviderProfile.id,
        ProviderProfile.slug,
        ProviderProfile.business_name,
        ProviderProfile.website,
        ProviderProfile.service_radius_km,
    ).where(VISIBLE, ProviderProfile.id.in_(bindparam("ids", type_=Uuid(), expanding=True))),
    ProviderRow,
)


@cache
def page_query(*, narrowed: bool, continued: bool) -> Query[FavouriteRow]:
    key = {"last_created_at": Favourite.created_at, "last_id": Favourite.id}
    statement = select(*_COLUMNS).where(_OWN)
    if narrowed:
        statement = statement.where(_OF_KIND)
    return Query(keyset_page(statement, key, descending=True, continued=continued), FavouriteRow)


@cache
def _count_query(*, narrowed: bool) -> Query[Counted]:
    rows = select(EACH).select_from(Favourite).where(_OWN)
    return Query(bounded_count(rows.where(_OF_KIND) if narrowed else rows), Counted)


class FavouriteRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def take_turns(self, tx: AsyncSession, owner_id: UUID) -> None:
        """Lock the favourites of this person against additions until the transaction ends."""
        await take_turns(tx, b"favourites" + owner_id.bytes)

    async def find(
        self, tx: AsyncSession, owner_id: UUID, kind: FavouriteKind, subject_id: UUID
    ) -> FavouriteRow | None:
        return await _ONE.fetch_first(tx, owner_id=owner_id, kind=kind, subject_id=subject_id)

    async def number(self, tx: AsyncSession, owner_id: UUID) -> int:
        return (await _count_query(narrowed=False).fetch_one(tx, owner_id=owner_id))["total"]

    async def insert(self, tx: AsyncSession, values: NewFavourite) -> None:
        await _INSERT.run(tx, values)

    async def delete(self, tx: AsyncSession, owner_id: UUID, kind: FavouriteKind, subject_id: UUID) -> None:
        mine = (_TABLE.c.owner_id == owner_id, _TABLE.c.kind == kind, _TABLE.c.subject_id == subject_id)
        await tx.execute(delete(_TABLE).where(*mine))

    async def page(
        self, owner_id: UUID, kind: FavouriteKind | None, *, after: Moment | None, limit: int
    ) -> Sequence[FavouriteRow]:
        binds: dict[str, object] = {} if kind is None else {"kind": kind}
        if after is not None:
            binds["last_created_at"], binds["last_id"] = after
        query = page_query(narrowed=kind is not None, continued=after is not None)
        return await self._reader.all(query, owner_id=owner_id, limit=limit, **binds)

    async def count(self, owner_id: UUID, kind: FavouriteKind | None) -> int:
        binds: dict[str, object] = {} if kind is None else {"kind": kind}
        return await total_of(self._reader, _count_query(narrowed=kind is not None), owner_id=owner_id, **binds)

    async def providers(self, ids: Collection[UUID]) -> Sequence[ProviderRow]:
        """Return those of the businesses that everyone sees now."""
        return await self._reader.all(_PROVIDERS, ids=list(ids))
