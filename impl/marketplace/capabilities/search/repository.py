"""Statements on the search index of listings."""

from typing import Final
from uuid import UUID

from sqlalchemy import text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel.statements import Command
from impl.kernel.tables import core_table
from impl.marketplace.capabilities.search.tables import IndexedText, ListingText, NewListingText

_TABLE: Final = core_table(ListingText)


def _upsert(statement: postgresql.Insert | sqlite.Insert) -> postgresql.Insert | sqlite.Insert:
    changed = {name: statement.excluded[name] for name in IndexedText.__annotations__}
    return statement.on_conflict_do_update(index_elements=["service_id"], set_=changed)


_PUT: Final = {
    name: Command(_upsert(insert(_TABLE)), NewListingText)
    for name, insert in (("postgresql", postgresql.insert), ("sqlite", sqlite.insert))
}


class SearchRepository:
    async def put(self, tx: AsyncSession, values: NewListingText) -> None:
        await _PUT[tx.get_bind().dialect.name].run(tx, values)

    async def set_live(self, tx: AsyncSession, service_id: UUID, *, live: bool) -> None:
        await tx.execute(update(_TABLE).where(_TABLE.c.service_id == service_id).values(live=live))

    async def compact(self, tx: AsyncSession) -> None:
        """Merge the index of FTS5, which only marks what is deleted; PostgreSQL's vectors go with their rows."""
        if tx.get_bind().dialect.name == "sqlite":
            await tx.execute(text("INSERT INTO listing_texts_fts (listing_texts_fts) VALUES ('optimize')"))

    async def rename_business(self, tx: AsyncSession, profile_id: UUID, business: str) -> None:
        await tx.execute(update(_TABLE).where(_TABLE.c.profile_id == profile_id).values(business=business))
