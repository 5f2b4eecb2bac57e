"""Words that the demo's staff do not want to read."""

from datetime import timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from impl.demo.accounts import Demo
from impl.demo.rows import FORBIDDEN_WORDS, Values, add, numbered, stamps
from impl.kernel.words import name_key
from impl.marketplace.capabilities.hints.service import FoldedWord
from impl.marketplace.capabilities.hints.tables import ForbiddenWord

_WORDS: Final = (
    ("cash only", "Customers have no receipt then."),
    ("no invoice", "Ask what it means before you reject it."),
    ("guaranteed cheapest", None),
)


def words() -> list[FoldedWord]:
    return [
        {"id": numbered(FORBIDDEN_WORDS + number), "word": word, "folded": name_key(word)}
        for number, (word, _) in enumerate(_WORDS)
    ]


async def fill(tx: AsyncSession, demo: Demo) -> None:
    rows: list[Values] = [
        {**stamps(FORBIDDEN_WORDS + number, demo.now - timedelta(days=30)), **word, "note": note}
        for number, (word, (_, note)) in enumerate(zip(words(), _WORDS, strict=True))
    ]
    await add(tx, ForbiddenWord, rows)
