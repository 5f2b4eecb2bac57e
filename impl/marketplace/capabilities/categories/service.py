"""Service of the category tree: what may lie where, under which slugs, and what replaces what."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel import etags
from impl.kernel.clock import Clock
from impl.kernel.errors import NotFound
from impl.kernel.ids import new_id
from impl.kernel.reader import Reader
from impl.marketplace.capabilities.categories.errors import (
    CategoryCircle,
    CategoryInUse,
    CategoryLimit,
    CategoryRetired,
    CategorySlugTaken,
    CategoryTooDeep,
)
from impl.marketplace.capabilities.categories.repository import (
    CategoryRepository,
    CategoryRow,
    NameRow,
    PublicCategory,
    PublicTree,
)
from impl.marketplace.capabilities.categories.tables import CategoryChanges, NewAncestor

__all__ = ["CategoriesService", "CategoryRow", "CategoryTree", "Move", "NameRow", "PublicCategory", "PublicTree"]

LEVELS_MAX: Final = 4
CHILDREN_MAX: Final = 200
CATEGORIES_MAX: Final = 2000
FORMER_SLUGS_MAX: Final = 100


class CategoryTree:
    """Tree of all categories, as one transaction or reading has found it."""

    def __init__(self, rows: Sequence[CategoryRow]) -> None:
        self.rows: Mapping[UUID, CategoryRow] = {row["id"]: row for row in rows}
        self._below: dict[UUID | None, list[CategoryRow]] = {}
        for row in rows:
            self._below.setdefault(row["parent_id"], []).append(row)

    def below(self, parent_id: UUID | None) -> Sequence[CategoryRow]:
        """Return what lies directly below a category, or at the top, in order."""
        return self._below.get(parent_id, ())

    def walk(self, parent_id: UUID | None = None, depth: int = 1) -> Iterator[tuple[CategoryRow, int]]:
        """Yield the categories below a category with their levels, parents first."""
        for row in self.below(parent_id):
            yield row, depth
            yield from self.walk(row["id"], depth + 1)

    def above(self, category_id: UUID | None) -> list[UUID]:
        """Return the category and what it lies below, up to the top."""
        path: list[UUID] = []
        while category_id is not None:
            path.append(category_id)
            category_id = self.rows[category_id]["parent_id"]
        return path

    def get(self, category_id: UUID) -> CategoryRow:
        row = self.rows.get(category_id)
        if row is None:
            raise NotFound("There is no such category.")
        return row

    def get_in_use(self, category_id: UUID) -> CategoryRow:
        row = self.get(category_id)
        if row["retired_at"] is not None:
            raise CategoryRetired(f"The category {row['slug']} is retired.")
        return row


@dataclass(frozen=True, slots=True)
class Move:
    """New place of a category: its parent, the order there, and whose ancestors change with it."""

    category_id: UUID
    parent_id: UUID | None
    order: Sequence[UUID]
    refiled: Sequence[UUID]


class CategoriesService:
    """Changes the tree inside its callers' transactions, of which one after the other has it."""

    def __init__(self, reader: Reader, clock: Clock) -> None:
        self._repository = CategoryRepository(reader)
        self._clock = clock

    async def tree(self) -> CategoryTree:
        return CategoryTree(await self._repository.all())

    async def former_slugs(self, tree: CategoryTree) -> Mapping[UUID, list[str]]:
        """Return the slugs that lead to each category beside its own, the newest first."""
        former: dict[UUID, list[str]] = {}
        for row in await self._repository.slugs():
            category = tree.rows.get(row["category_id"])
            if category is not None and category["slug"] != row["slug"]:
                former.setdefault(row["category_id"], []).append(row["slug"])
        return former

    async def get(self, category_id: UUID) -> tuple[CategoryRow, list[str]]:
        """Return the category and its former slugs."""
        row = await self._repository.find(category_id)
        if row is None:
            raise NotFound("There is no such category.")
        slugs = await self._repository.slugs_of(category_id)
        return row, [one["slug"] for one in slugs if one["slug"] != row["slug"]]

    async def get_in(self, tx: AsyncSession, category_id: UUID) -> tuple[CategoryRow, list[str]]:
        """Return the category and its former slugs as they are in the transaction."""
        row = await self._repository.one_in(tx, category_id)
        slugs = await self._repository.slugs_in(tx, category_id)
        return row, [one["slug"] for one in slugs if one["slug"] != row["slug"]]

    async def lock_replacement(self, tx: AsyncSession, category_id: UUID) -> NameRow:
        """Return the category or its replacement, locked against renaming and retiring until the commit."""
        while (row := await self._repository.lock_replacement(tx, category_id)) is None:
            pass
        return row

    # ---- changes, in the transaction that has the tree

    async def lock_tree(self, tx: AsyncSession) -> CategoryTree:
        """Return the tree, locked until the transaction ends."""
        await self._repository.lock(tx)
        return CategoryTree(await self._repository.all_in(tx))

    async def add(self, tx: AsyncSession, tree: CategoryTree, parent_id: UUID | None, slug: str, name: str) -> UUID:
        """Add a category as the last below its parent, and return its id."""
        self._check_place(tree, parent_id, levels=1)
        if len(tree.rows) >= CATEGORIES_MAX:
            raise CategoryLimit(f"There are {CATEGORIES_MAX} categories.")
        category_id, now = new_id(), self._clock.now()
        if await self._repository.find_slug(tx, slug) is not None:
            raise CategorySlugTaken
        await self._repository.insert(
            tx,
            {
                "id": category_id,
                "parent_id": parent_id,
                "slug": slug,
                "name": name,
                "position": _end(tree.below(parent_id)),
                "created_at": now,
                "updated_at": now,
                "version": etags.FIRST_VERSION,
            },
        )
        await self._put_slug(tx, category_id, slug)
        await self._put_ancestors(tx, {category_id: [category_id, *tree.above(parent_id)]})
        return category_id

    async def check_rename(
        self, tx: AsyncSession, tree: CategoryTree, category_id: UUID, slug: str, name: str, *, if_match: str | None
    ) -> bool:
        """Refuse slug and name that the category cannot have; return whether they would change anything."""
        row = self._get_to_change(tree, category_id, if_match)
        if slug != row["slug"]:
            owner = await self._repository.find_slug(tx, slug)
            if owner is not None and owner["category_id"] != category_id:
                raise CategorySlugTaken
            if owner is None and len(await self._repository.slugs_in(tx, category_id)) > FORMER_SLUGS_MAX:
                raise CategoryLimit(f"The category had {FORMER_SLUGS_MAX} other slugs.")
        return (row["slug"], row["name"]) != (slug, name)

    async def rename(self, tx: AsyncSession, category_id: UUID, slug: str, name: str) -> None:
        """Set slug and name, which have been checked."""
        if await self._repository.find_slug(tx, slug) is None:
            await self._put_slug(tx, category_id, slug)
        await self._change(tx, category_id, {"slug": slug, "name": name})

    def find_move(
        self,
        tree: CategoryTree,
        category_id: UUID,
        parent_id: UUID | None,
        after_id: UUID | None,
        *,
        if_match: str | None,
    ) -> Move | None:
        """Return the changes that move the category there, or None if it is there already."""
        row = self._get_to_change(tree, category_id, if_match)
        neighbours = [one["id"] for one in tree.below(parent_id)]
        if parent_id is not None and category_id in tree.above(tree.get(parent_id)["id"]):
            raise CategoryCircle
        order = [one for one in neighbours if one != category_id]
        if after_id is not None and after_id not in order:
            raise NotFound("There is no such category below that parent.")
        order.insert(0 if after_id is None else order.index(after_id) + 1, category_id)
        if order == neighbours:
            return None
        if parent_id == row["parent_id"]:
            return Move(category_id, parent_id, order, refiled=())
        self._check_place(tree, parent_id, levels=max([1, *(depth for _, depth in tree.walk(category_id, 2))]))
        refiled = (category_id, *(below["id"] for below, _ in tree.walk(category_id)))
        return Move(category_id, parent_id, order, refiled)

    async def move(self, tx: AsyncSession, tree: CategoryTree, move: Move) -> None:
        """Put the category and all below it elsewhere.

        Its new neighbours are numbered anew behind the last number, as no two of them may ever have the same.
        """
        end = _end(tree.below(move.parent_id))
        position = end + move.order.index(move.category_id)
        await self._change(tx, move.category_id, {"parent_id": move.parent_id, "position": position})
        for number, other_id in enumerate(move.order):
            if other_id != move.category_id:
                await self._repository.place(tx, other_id, end + number)
        if not move.refiled:
            return
        above = [move.category_id, *tree.above(move.parent_id)]
        inside = set(move.refiled)
        await self._put_ancestors(
            tx, {one: [*(up for up in tree.above(one) if up in inside), *above[1:]] for one in move.refiled}
        )

    def check_retirement(
        self, tree: CategoryTree, category_id: UUID, replacement_id: UUID, *, if_match: str | None
    ) -> CategoryRow:
        """Refuse a category that cannot be retired in favour of the other one; return that one."""
        self._get_to_change(tree, category_id, if_match)
        if replacement_id == category_id:
            raise CategoryCircle
        replacement = tree.get_in_use(replacement_id)
        if any(below["retired_at"] is None for below in tree.below(category_id)):
            raise CategoryInUse("Something lies below this category: move or retire that first.")
        return replacement

    async def retire(self, tx: AsyncSession, category_id: UUID, replacement_id: UUID) -> None:
        """Retire the category in favour of another; its slugs lead to it until all services are moved."""
        await self._change(tx, category_id, {})
        retired_at = self._clock.now()
        await self._repository.retire(
            tx, {"category_id": category_id, "replacement_id": replacement_id, "retired_at": retired_at}
        )

    async def redirect(self, tx: AsyncSession, category_id: UUID, into_id: UUID) -> None:
        """Redirect the slugs of a retired category, under which nothing is left, to another one."""
        await self._repository.redirect(tx, category_id, into_id)

    async def get_to_delete(
        self, tx: AsyncSession, tree: CategoryTree, category_id: UUID, *, if_match: str | None
    ) -> CategoryRow:
        """Return the category, locked against use, unless another one refers to it."""
        row = tree.get(category_id)
        etags.check(if_match, row["version"], required=True)
        if tree.below(category_id) or row["retired_at"] is not None:
            raise CategoryInUse("Something lies below this category, or it is retired.")
        if await self._repository.has_replaced(tx, category_id):
            raise CategoryInUse("This category has replaced another one.")
        await self._repository.lock_one(tx, category_id)
        return row

    async def delete(self, tx: AsyncSession, category_id: UUID) -> None:
        await self._repository.delete(tx, category_id)

    async def _change(self, tx: AsyncSession, category_id: UUID, changes: CategoryChanges) -> None:
        await self._repository.update(tx, category_id, {**changes, "updated_at": self._clock.now()})

    async def _put_slug(self, tx: AsyncSession, category_id: UUID, slug: str) -> None:
        now = self._clock.now()
        await self._repository.insert_slug(
            tx, {"slug": slug, "category_id": category_id, "leads_to_id": category_id, "created_at": now}
        )

    async def _put_ancestors(self, tx: AsyncSession, above: Mapping[UUID, Sequence[UUID]]) -> None:
        ancestors: list[NewAncestor] = [
            {"ancestor_id": ancestor_id, "category_id": category_id}
            for category_id, ancestor_ids in above.items()
            for ancestor_id in ancestor_ids
        ]
        await self._repository.put_ancestors(tx, list(above), ancestors)

    def _get_to_change(self, tree: CategoryTree, category_id: UUID, if_match: str | None) -> CategoryRow:
        row = tree.get(category_id)
        etags.check(if_match, row["version"], required=True)
        return tree.get_in_use(category_id)

    @staticmethod
    def _check_place(tree: CategoryTree, parent_id: UUID | None, *, levels: int) -> None:
        """Refuse a place below a retired category, or where these levels or one more neighbour are too many."""
        if parent_id is not None:
            tree.get_in_use(parent_id)
        if len(tree.above(parent_id)) + levels > LEVELS_MAX:
            raise CategoryTooDeep(LEVELS_MAX)
        if len(tree.below(parent_id)) >= CHILDREN_MAX:
            raise CategoryLimit(f"There are {CHILDREN_MAX} categories here.")


def _end(neighbours: Sequence[CategoryRow]) -> int:
    return neighbours[-1]["position"] + 1 if neighbours else 0
