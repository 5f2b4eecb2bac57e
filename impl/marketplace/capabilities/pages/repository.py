"""Statements on the pages of providers and on their slugs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, delete, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel.statements import Change, Command, Query
from impl.kernel.tables import core_table
from impl.kernel.upserts import Upsert
from impl.marketplace.capabilities.pages.tables import (
    NewPage,
    NewSlug,
    PageValues,
    ProviderPage,
    ProviderSlug,
    SlugOwner,
    SlugRow,
)

_PAGES: Final = core_table(ProviderPage)
_SLUGS: Final = core_table(ProviderSlug)


# Not an upsert, which uses up a number of the row each time, and parts of the sitemap are ranges of numbers.
_RENEW: Final = Change(
    update(_PAGES).where(_PAGES.c.profile_id == bindparam("page_of")).returning(_PAGES.c.profile_id),
    PageValues,
    SlugOwner,
)
_ADD: Final = Command(insert(_PAGES), NewPage)
_TAKE: Final = Upsert(
    _SLUGS, lambda into: Change(into.on_conflict_do_nothing().returning(_SLUGS.c.slug), NewSlug, SlugRow)
)
_OWNER: Final = Query(select(ProviderSlug.profile_id).where(ProviderSlug.slug == bindparam("slug")), SlugOwner)
_OF_PROFILE: Final = Query(
    select(ProviderSlug.slug)
    .where(ProviderSlug.profile_id == bindparam("profile_id"))
    .order_by(ProviderSlug.taken_at.desc(), ProviderSlug.slug),
    SlugRow,
)


class PagesRepository:
    async def put(self, tx: AsyncSession, profile_id: UUID, values: PageValues) -> None:
        """Write the page of a profile, which is locked, so that nobody else writes it at the same time."""
        if await _RENEW.fetch_first(tx, values, page_of=profile_id) is None:
            await _ADD.run(tx, {**values, "profile_id": profile_id})

    async def take(self, tx: AsyncSession, slug: str, profile_id: UUID, now: datetime) -> bool:
        """Store the slug for the profile unless another one has it; a former slug of its own is used again."""
        values: NewSlug = {"slug": slug, "profile_id": profile_id, "taken_at": now}
        if await _TAKE.on(tx).fetch_first(tx, values) is not None:
            return True
        owner = await _OWNER.fetch_first(tx, slug=slug)
        if owner is None or owner["profile_id"] != profile_id:
            return False
        await tx.execute(update(_SLUGS).where(_SLUGS.c.slug == slug).values(taken_at=now))
        return True

    async def slugs_of(self, tx: AsyncSession, profile_id: UUID) -> Sequence[SlugRow]:
        """Return the slugs that the profile has or had, the newest first."""
        return await _OF_PROFILE.fetch_all(tx, profile_id=profile_id)

    async def release(self, tx: AsyncSession, slugs: Sequence[str]) -> None:
        await tx.execute(delete(_SLUGS).where(_SLUGS.c.slug.in_(slugs)))

    async def compact(self, tx: AsyncSession) -> None:
        """Merge the index of FTS5, which only marks what is deleted; PostgreSQL's vectors go with their rows."""
        if tx.get_bind().dialect.name == "sqlite":
            await tx.execute(text("INSERT INTO provider_pages_fts (provider_pages_fts) VALUES ('optimize')"))
