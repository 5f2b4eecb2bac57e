"""Service of changes of the category tree by staff, with their effects on services and their audit events."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import batched
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel import audit, idempotency, outbox
from impl.kernel.caller import Caller
from impl.kernel.database import Database
from impl.kernel.errors import JsonValue
from impl.marketplace.capabilities.categories.errors import CategoryInUse
from impl.marketplace.capabilities.categories.service import CategoriesService, CategoryRow, NameRow
from impl.marketplace.capabilities.questions.service import QuestionsRow, QuestionsService
from impl.marketplace.capabilities.questions.tables import Question
from impl.marketplace.capabilities.search.service import SearchService
from impl.marketplace.categories.repository import FiledRepository
from impl.marketplace.provider_services.service import ProviderServicesService
from openapi.runtime.wire import Reply

TOPIC: Final = "marketplace.category_words"
MOVED: Final = "marketplace.category_moved"
RETIRED: Final = "marketplace.category_retired"
# Services of one transaction, which takes a tenth of a second.
TOGETHER: Final = 100
# Transactions of one message, which together take some seconds: another message goes on where it ends.
PARTS: Final = 40
PAUSE: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Managed:
    """A category with the slugs that it had before."""

    row: CategoryRow
    former_slugs: list[str]


@dataclass(frozen=True, slots=True)
class Placed(Managed):
    """A category in its place, with how much is filed there."""

    depth: int
    service_count: int
    listing_count: int


class ManagedCategoriesService:
    """Changes the tree together with the services that are filed in it.

    Each change first has the tree, then checks the request, and only then keeps everybody from writing services: a
    refusal, or an edit that changes nothing, holds nobody up. The services come before the category's own row, whose
    change waits for rows of listings that refer to it.
    """

    def __init__(
        self,
        database: Database,
        categories: CategoriesService,
        questions: QuestionsService,
        services: ProviderServicesService,
        search: SearchService,
    ) -> None:
        self._database = database
        self._repository = FiledRepository(database.reader)
        self._categories = categories
        self._questions = questions
        self._services = services
        self._search = search

    async def tree(self) -> list[Placed]:
        """Return all categories, each group followed by what lies below it."""
        tree = await self._categories.tree()
        former = await self._categories.former_slugs(tree)
        filed = {row["id"]: row for row in await self._repository.filed()}
        return [
            Placed(
                row,
                former.get(row["id"], []),
                depth,
                filed[row["id"]]["service_count"] if row["id"] in filed else 0,
                filed[row["id"]]["listing_count"] if row["id"] in filed else 0,
            )
            for row, depth in tree.walk()
        ]

    async def get(self, category_id: UUID) -> Managed:
        return Managed(*await self._categories.get(category_id))

    async def create[ReplyT: Reply](
        self, caller: Caller, parent_id: UUID | None, slug: str, name: str, serialize: Callable[[Managed], ReplyT]
    ) -> ReplyT:
        """Add a category and return its reply, whose very bytes an idempotency key keeps."""
        async with self._database.begin() as tx:
            tree = await self._categories.lock_tree(tx)
            # The slug may have been taken by this request's double.
            await idempotency.refuse_repeat_in_flight(self._database.reader, caller)
            category_id = await self._categories.add(tx, tree, parent_id, slug, name)
            await _record(tx, "category.created", caller, category_id)
            reply = serialize(await self._managed(tx, category_id))
            await idempotency.store_reply(tx, caller, reply)
        return reply

    async def rename(self, caller: Caller, category_id: UUID, slug: str, name: str, *, if_match: str | None) -> Managed:
        async with self._database.begin() as tx:
            tree = await self._categories.lock_tree(tx)
            if await self._categories.check_rename(tx, tree, category_id, slug, name, if_match=if_match):
                await self._services.lock_table(tx)
                await self._categories.rename(tx, category_id, slug, name)
                was = tree.rows[category_id]
                if name != was["name"]:
                    await self._refile_words(tx, category_id, category_id, name)
                await _record(tx, "category.renamed", caller, category_id, was=was["slug"])
            return await self._managed(tx, category_id)

    async def move(
        self, caller: Caller, category_id: UUID, parent_id: UUID | None, after_id: UUID | None, *, if_match: str | None
    ) -> Managed:
        async with self._database.begin() as tx:
            tree = await self._categories.lock_tree(tx)
            move = self._categories.find_move(tree, category_id, parent_id, after_id, if_match=if_match)
            if move is not None:
                await self._services.lock_table(tx)
                await self._categories.move(tx, tree, move)
                if move.refiled:
                    await self._refile_some(tx, category_id)
                was = tree.rows[category_id]["parent_id"]
                await _record(tx, "category.moved", caller, category_id, was=None if was is None else str(was))
            return await self._managed(tx, category_id)

    async def retire(self, caller: Caller, category_id: UUID, replacement_id: UUID, *, if_match: str | None) -> Managed:
        """Retire a category: nothing is filed under it from now on, and its services go to the replacement.

        Some do so in the same transaction, and the others by the worker.
        """
        async with self._database.begin() as tx:
            tree = await self._categories.lock_tree(tx)
            replacement = self._categories.check_retirement(tree, category_id, replacement_id, if_match=if_match)
            into: NameRow = {"id": replacement_id, "name": replacement["name"]}
            await self._services.lock_table(tx)
            await self._categories.retire(tx, category_id, replacement_id)
            filed = await self._repository.filed_under(tx, category_id, most=TOGETHER)
            await self._services.replace_category(tx, filed, category_id, into)
            if not await self._redirect_if_empty(tx, category_id, replacement_id):
                await outbox.put(tx, RETIRED, {"category_id": str(category_id)})
            await _record(tx, "category.retired", caller, category_id)
            return await self._managed(tx, category_id)

    async def delete(self, caller: Caller, category_id: UUID, *, if_match: str | None) -> None:
        async with self._database.begin() as tx:
            tree = await self._categories.lock_tree(tx)
            row = await self._categories.get_to_delete(tx, tree, category_id, if_match=if_match)
            if await self._repository.is_used(tx, category_id):
                raise CategoryInUse("Services are filed under this category, or it had questions or inquiries.")
            await self._categories.delete(tx, category_id)
            await _record(tx, "category.deleted", caller, category_id, slug=row["slug"])

    async def questions_of_slug(self, slug: str, number: int | None) -> QuestionsRow:
        """Return the present questions of the category that the slug leads to, or a version of the one that had it."""
        return await self._questions.find(slug, number)

    async def questions(self, category_id: UUID) -> QuestionsRow:
        return await self._questions.present(category_id)

    async def replace_questions(
        self, caller: Caller, category_id: UUID, questions: list[Question], *, if_match: str | None
    ) -> QuestionsRow:
        async with self._database.begin() as tx:
            tree = await self._categories.lock_tree(tx)
            tree.get(category_id)
            row, is_other = await self._questions.replace(tx, category_id, questions, if_match=if_match)
            tree.get_in_use(category_id)
            if is_other:
                await _record(tx, "category.questions_changed", caller, category_id, version=row["number"])
        return row

    def outbox_handlers(self) -> Mapping[str, outbox.Handler]:
        return {TOPIC: self._refile_rest, MOVED: self._move_rest, RETIRED: self._retire_rest}

    async def _refile_words(self, tx: AsyncSession, category_id: UUID, into_id: UUID, name: str) -> None:
        """File the name of the category with its listings: with some at once, with the rest by the worker."""
        if await self._search.put_category(tx, category_id, into_id, name):
            await outbox.put(tx, TOPIC, {"category_id": str(category_id)})

    async def _refile_rest(self, message: outbox.Message) -> None:
        """File the present name of the category, or of its replacement, with the rest of its listings.

        Each part is a transaction of its own, which says by itself what is left: one that is killed is done again.
        """
        category_id = UUID(str(message.payload["category_id"]))
        for _ in range(PARTS):
            async with self._database.begin() as tx:
                replacement = await self._categories.lock_replacement(tx, category_id)
                if not await self._search.put_category(tx, category_id, replacement["id"], replacement["name"]):
                    return
        # Somebody has rows of it locked, or there are very many.
        raise outbox.Deferred(self._database.clock.now() + PAUSE)

    async def _refile_some(self, tx: AsyncSession, category_id: UUID) -> None:
        """Put some listings under what lies above a category that was moved; the worker does the rest."""
        await self._services.refile(tx, await self._repository.misplaced(tx, category_id, most=TOGETHER))
        if await self._repository.misplaced(tx, category_id, most=1):
            await outbox.put(tx, MOVED, {"category_id": str(category_id)})

    async def _move_rest(self, message: outbox.Message) -> None:
        """Put the rest under what lies above the category by now, and look again until nothing is left."""
        category_id = UUID(str(message.payload["category_id"]))
        async with self._database.begin() as tx:
            misplaced = await self._repository.misplaced(tx, category_id, most=PARTS * TOGETHER)
        for part in batched(misplaced, TOGETHER):
            async with self._database.begin() as tx:
                await self._services.refile(tx, part)
        if misplaced:
            raise outbox.Deferred(self._database.clock.now() + PAUSE)

    async def _retire_rest(self, message: outbox.Message) -> None:
        """File the rest under what replaces the category by now; its slugs lead there when nothing is left."""
        category_id = UUID(str(message.payload["category_id"]))
        async with self._database.begin() as tx:
            filed = await self._repository.filed_under(tx, category_id, most=PARTS * TOGETHER)
        for part in batched(filed, TOGETHER):
            async with self._database.begin() as tx:
                into = await self._categories.lock_replacement(tx, category_id)
                await self._services.replace_category(tx, part, category_id, into)
        async with self._database.begin() as tx:
            into = await self._categories.lock_replacement(tx, category_id)
            if await self._redirect_if_empty(tx, category_id, into["id"]):
                return
        raise outbox.Deferred(self._database.clock.now() + PAUSE)

    async def _redirect_if_empty(self, tx: AsyncSession, category_id: UUID, into_id: UUID) -> bool:
        """Redirect the slugs of a retired category to its replacement, once nothing is left under it."""
        if await self._repository.filed_under(tx, category_id, most=1):
            return False
        await self._categories.redirect(tx, category_id, into_id)
        return True

    async def _managed(self, tx: AsyncSession, category_id: UUID) -> Managed:
        return Managed(*await self._categories.get_in(tx, category_id))


async def _record(tx: AsyncSession, event: str, caller: Caller, category_id: UUID, **data: JsonValue) -> None:
    await audit.record(tx, event, caller, subject=("category", category_id), data=data)
