"""Question about the words that staff do not want to read."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from impl.kernel.statements import Query
from impl.marketplace.capabilities.hints.tables import FoldedWord, ForbiddenWord

_ALL: Final = Query(
    select(ForbiddenWord.id, ForbiddenWord.word, ForbiddenWord.folded).order_by(ForbiddenWord.folded), FoldedWord
)


class HintsRepository:
    async def words(self, tx: AsyncSession) -> Sequence[FoldedWord]:
        return await _ALL.fetch_all(tx)
