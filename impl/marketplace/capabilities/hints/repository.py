"""Queries on the words that staff do not want to read."""

from collections.abc import Sequence
from functools import cache
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel.paging import EACH, Counted, Moment, bounded_count, keyset_page, total_of
from impl.kernel.reader import Reader
from impl.kernel.statements import Command, Query
from impl.kernel.tables import core_table
from impl.marketplace.capabilities.hints.tables import FoldedWord, ForbiddenWord, NewWord, WordChanges, WordRow

_TABLE: Final = core_table(ForbiddenWord)
_ROWS: Final = select(
    ForbiddenWord.id,
    ForbiddenWord.word,
    ForbiddenWord.folded,
    ForbiddenWord.note,
    ForbiddenWord.created_at,
    ForbiddenWord.updated_at,
    ForbiddenWord.version,
)
_ALL: Final = Query(
    select(ForbiddenWord.id, ForbiddenWord.word, ForbiddenWord.folded).order_by(ForbiddenWord.folded), FoldedWord
)
_ONE: Final = Query(_ROWS.where(ForbiddenWord.id == bindparam("id")), WordRow)
_LOCKED: Final = Query(_ROWS.where(ForbiddenWord.id == bindparam("id")).with_for_update(), WordRow)
_SAME: Final = Query(_ROWS.where(ForbiddenWord.folded == bindparam("folded")), WordRow)
_COUNT: Final = Query(bounded_count(select(EACH).select_from(ForbiddenWord)), Counted)
_NUMBER: Final = Query(select(func.count().label("total")).select_from(ForbiddenWord), Counted)
_INSERT: Final = Command(insert(_TABLE), NewWord)
_UPDATE: Final = Command(
    update(_TABLE).where(_TABLE.c.id == bindparam("word_id")).values(version=_TABLE.c.version + 1), WordChanges
)


@cache
def _page(*, continued: bool) -> Query[WordRow]:
    key = {"last_created_at": ForbiddenWord.created_at, "last_id": ForbiddenWord.id}
    return Query(keyset_page(_ROWS, key, descending=True, continued=continued), WordRow)


class HintsRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def words(self, tx: AsyncSession) -> Sequence[FoldedWord]:
        return await _ALL.fetch_all(tx)

    async def page(self, *, after: Moment | None, limit: int) -> Sequence[WordRow]:
        binds: dict[str, object] = {} if after is None else {"last_created_at": after[0], "last_id": after[1]}
        return await self._reader.all(_page(continued=after is not None), limit=limit, **binds)

    async def count(self) -> int:
        """Count up to COUNTED + 1, which stands for more."""
        return await total_of(self._reader, _COUNT)

    async def number(self, tx: AsyncSession) -> int:
        """Count all words as they are in the transaction."""
        return (await _NUMBER.fetch_one(tx))["total"]

    async def find(self, word_id: UUID) -> WordRow | None:
        return await self._reader.first(_ONE, id=word_id)

    async def lock(self, tx: AsyncSession, word_id: UUID) -> WordRow | None:
        return await _LOCKED.fetch_first(tx, id=word_id)

    async def get_in(self, tx: AsyncSession, word_id: UUID) -> WordRow:
        return await _ONE.fetch_one(tx, id=word_id)

    async def find_same(self, tx: AsyncSession, folded: str) -> WordRow | None:
        return await _SAME.fetch_first(tx, folded=folded)

    async def lock_list(self, tx: AsyncSession) -> None:
        """Lock the list of words until the transaction ends; SQLite has one writer anyway."""
        if tx.get_bind().dialect.name == "postgresql":
            await tx.execute(text("LOCK TABLE marketplace.forbidden_words IN SHARE ROW EXCLUSIVE MODE"))

    async def insert(self, tx: AsyncSession, values: NewWord) -> None:
        await _INSERT.run(tx, values)

    async def update(self, tx: AsyncSession, word_id: UUID, changes: WordChanges) -> None:
        await _UPDATE.run(tx, changes, word_id=word_id)

    async def delete(self, tx: AsyncSession, word_id: UUID) -> None:
        await tx.execute(delete(ForbiddenWord).where(ForbiddenWord.id == word_id))
