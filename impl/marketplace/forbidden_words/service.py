"""Service of the list of forbidden words: its changes, each with its audit event."""

from collections.abc import Callable
from uuid import UUID

from impl.kernel import audit, etags, idempotency
from impl.kernel.caller import Caller
from impl.kernel.database import Database
from impl.kernel.paging import Moment, Page
from impl.marketplace.capabilities.hints.service import HintsService, WordRow
from openapi.runtime.wire import Reply


class ForbiddenWordsService:
    def __init__(self, database: Database, hints: HintsService) -> None:
        self._database = database
        self._hints = hints

    async def page(self, *, after: Moment | None, limit: int) -> Page[WordRow]:
        return await self._hints.page(after=after, limit=limit)

    async def count(self) -> int:
        return await self._hints.count()

    async def get(self, word_id: UUID) -> WordRow:
        return await self._hints.get(word_id)

    async def create[ReplyT: Reply](
        self, caller: Caller, word: str, note: str | None, serialize: Callable[[WordRow], ReplyT]
    ) -> ReplyT:
        """Put a word on the list and return its reply, whose very bytes an idempotency key keeps."""
        async with self._database.begin() as tx:
            await self._hints.lock_list(tx)
            # The word may have been put there by this request's double.
            await idempotency.refuse_repeat_in_flight(self._database.reader, caller)
            row = await self._hints.add(tx, word, note)
            await audit.record(tx, "forbidden_word.created", caller, subject=("forbidden_word", row["id"]))
            reply = serialize(row)
            await idempotency.store_reply(tx, caller, reply)
        return reply

    async def replace(
        self, caller: Caller, word_id: UUID, word: str, note: str | None, *, if_match: str | None
    ) -> WordRow:
        async with self._database.begin() as tx:
            await self._hints.lock_list(tx)
            row = await self._hints.get_locked(tx, word_id)
            etags.check(if_match, row["version"], required=True)
            if (row["word"], row["note"]) != (word, note):
                row = await self._hints.change(tx, row, word, note)
                await audit.record(tx, "forbidden_word.changed", caller, subject=("forbidden_word", word_id))
        return row

    async def delete(self, caller: Caller, word_id: UUID, *, if_match: str | None) -> None:
        async with self._database.begin() as tx:
            await self._hints.lock_list(tx)
            row = await self._hints.get_locked(tx, word_id)
            etags.check(if_match, row["version"], required=True)
            await self._hints.remove(tx, word_id)
            await audit.record(tx, "forbidden_word.deleted", caller, subject=("forbidden_word", word_id))
