"""Queries on the category tree, and the statements that change it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, delete, exists, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import TypedDict

from impl.kernel.reader import Reader
from impl.kernel.statements import Command, Query
from impl.kernel.tables import core_table
from impl.marketplace.capabilities.categories.tables import (
    IN_USE,
    Category,
    CategoryAncestor,
    CategoryChanges,
    CategoryRetirement,
    CategorySlug,
    NewAncestor,
    NewCategory,
    NewRetirement,
    NewSlug,
)

_CATEGORIES: Final = core_table(Category)
_SLUGS: Final = core_table(CategorySlug)


class CategoryRow(TypedDict):
    id: UUID
    parent_id: UUID | None
    slug: str
    name: str
    position: int
    created_at: datetime
    updated_at: datetime
    version: int
    replaced_by_id: UUID | None
    retired_at: datetime | None


class PublicCategory(TypedDict):
    id: UUID
    parent_id: UUID | None
    slug: str
    name: str


class SlugRow(TypedDict):
    slug: str
    category_id: UUID
    leads_to_id: UUID


class NameRow(TypedDict):
    id: UUID
    name: str


class _Replaced(TypedDict):
    replacement_id: UUID


_ROWS: Final = select(
    Category.id,
    Category.parent_id,
    Category.slug,
    Category.name,
    Category.position,
    Category.created_at,
    Category.updated_at,
    Category.version,
    CategoryRetirement.replacement_id.label("replaced_by_id"),
    CategoryRetirement.retired_at,
).outerjoin(CategoryRetirement, CategoryRetirement.category_id == Category.id)
_ALL: Final = Query(_ROWS.order_by(Category.position, Category.id), CategoryRow)
_ONE: Final = Query(_ROWS.where(Category.id == bindparam("id")), CategoryRow)
_NAMES: Final = select(CategorySlug.slug, CategorySlug.category_id, CategorySlug.leads_to_id).order_by(
    CategorySlug.created_at.desc(), CategorySlug.slug
)
_EVERY_SLUG: Final = Query(_NAMES, SlugRow)
_OWN_SLUGS: Final = Query(_NAMES.where(CategorySlug.category_id == bindparam("id")), SlugRow)
_SLUG: Final = Query(_NAMES.where(CategorySlug.slug == bindparam("slug")), SlugRow)
_REPLACED: Final = Query(
    select(CategoryRetirement.replacement_id).where(CategoryRetirement.category_id == bindparam("id")), _Replaced
)
_HELD: Final = Query(
    select(Category.id, Category.name).where(Category.id == bindparam("id")).with_for_update(read=True), NameRow
)
_INSERT: Final = Command(insert(_CATEGORIES), NewCategory)
_UPDATE: Final = Command(
    update(_CATEGORIES).where(_CATEGORIES.c.id == bindparam("category_id")).values(version=_CATEGORIES.c.version + 1),
    CategoryChanges,
)
_INSERT_SLUG: Final = Command(insert(_SLUGS), NewSlug)
_INSERT_ANCESTOR: Final = Command(insert(core_table(CategoryAncestor)), NewAncestor)
_INSERT_RETIREMENT: Final = Command(insert(core_table(CategoryRetirement)), NewRetirement)


_IN_USE: Final = Query(
    select(Category.id, Category.parent_id, Category.slug, Category.name)
    .where(IN_USE)
    .order_by(Category.position, Category.id),
    PublicCategory,
)


class PublicTree:
    """Categories as everybody sees them."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def rows(self) -> Sequence[PublicCategory]:
        """Return all categories in use, in the order to show; `parent_id` has the tree."""
        return await self._reader.all(_IN_USE)

    async def find(self, slug: str) -> UUID | None:
        """Return the id of the category that the slug leads to: the one that has or had it, or what replaced that."""
        row = await self._reader.first(_SLUG, slug=slug)
        return None if row is None else row["leads_to_id"]


class CategoryRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def lock(self, tx: AsyncSession) -> None:
        """Lock the tree against other changes until the transaction ends; SQLite has one writer anyway.

        It waits for those who file something under a category, and not for rows that only refer to one: whoever writes
        such a row has locked a service before, and would wait for a lock on services.
        """
        if tx.get_bind().dialect.name == "postgresql":
            await tx.execute(text("LOCK TABLE marketplace.categories IN SHARE ROW EXCLUSIVE MODE"))
            await tx.execute(select(Category.id).order_by(Category.id).with_for_update(key_share=True))

    async def all(self) -> Sequence[CategoryRow]:
        return await self._reader.all(_ALL)

    async def all_in(self, tx: AsyncSession) -> Sequence[CategoryRow]:
        return await _ALL.fetch_all(tx)

    async def slugs(self) -> Sequence[SlugRow]:
        return await self._reader.all(_EVERY_SLUG)

    async def find(self, category_id: UUID) -> CategoryRow | None:
        return await self._reader.first(_ONE, id=category_id)

    async def one_in(self, tx: AsyncSession, category_id: UUID) -> CategoryRow:
        return await _ONE.fetch_one(tx, id=category_id)

    async def slugs_of(self, category_id: UUID) -> Sequence[SlugRow]:
        return await self._reader.all(_OWN_SLUGS, id=category_id)

    async def slugs_in(self, tx: AsyncSession, category_id: UUID) -> Sequence[SlugRow]:
        return await _OWN_SLUGS.fetch_all(tx, id=category_id)

    async def find_slug(self, tx: AsyncSession, slug: str) -> SlugRow | None:
        return await _SLUG.fetch_first(tx, slug=slug)

    async def lock_replacement(self, tx: AsyncSession, category_id: UUID) -> NameRow | None:
        """Return the category, or the last one that has replaced it, which stays as it is until the commit.

        None is returned when that has changed while it was waited for.
        """
        while (replaced := await _REPLACED.fetch_first(tx, id=category_id)) is not None:
            category_id = replaced["replacement_id"]
        held = await _HELD.fetch_one(tx, id=category_id)
        return held if await _REPLACED.fetch_first(tx, id=category_id) is None else None

    async def insert(self, tx: AsyncSession, values: NewCategory) -> None:
        await _INSERT.run(tx, values)

    async def insert_slug(self, tx: AsyncSession, values: NewSlug) -> None:
        await _INSERT_SLUG.run(tx, values)

    async def update(self, tx: AsyncSession, category_id: UUID, changes: CategoryChanges) -> None:
        await _UPDATE.run(tx, changes, category_id=category_id)

    async def place(self, tx: AsyncSession, category_id: UUID, position: int) -> None:
        """Put a category in order, which is no change of its own."""
        await tx.execute(update(_CATEGORIES).where(_CATEGORIES.c.id == category_id).values(position=position))

    async def put_ancestors(
        self, tx: AsyncSession, category_ids: Collection[UUID], ancestors: Sequence[NewAncestor]
    ) -> None:
        """Write anew what lies above these categories, each of them included."""
        await tx.execute(delete(CategoryAncestor).where(CategoryAncestor.category_id.in_(category_ids)))
        await _INSERT_ANCESTOR.run_many(tx, ancestors)

    async def retire(self, tx: AsyncSession, values: NewRetirement) -> None:
        await _INSERT_RETIREMENT.run(tx, values)

    async def redirect(self, tx: AsyncSession, category_id: UUID, into_id: UUID) -> None:
        """Redirect all slugs of the one category to the other."""
        led = update(_SLUGS).where(_SLUGS.c.leads_to_id == category_id)
        await tx.execute(led.values(leads_to_id=into_id))

    async def has_replaced(self, tx: AsyncSession, category_id: UUID) -> bool:
        replaced = exists().where(CategoryRetirement.replacement_id == category_id)
        return bool(await tx.scalar(select(replaced)))

    async def lock_one(self, tx: AsyncSession, category_id: UUID) -> None:
        """Lock the category against services being filed under it until the transaction ends."""
        await tx.execute(select(Category.id).where(Category.id == category_id).with_for_update())

    async def delete(self, tx: AsyncSession, category_id: UUID) -> None:
        await tx.execute(delete(Category).where(Category.id == category_id))
