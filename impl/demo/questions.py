"""Questions of some categories of the demo, of each kind."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from impl.demo.accounts import Demo
from impl.demo.rows import Values, add
from impl.marketplace.capabilities.categories.tables import Category
from impl.marketplace.capabilities.questions.service import QuestionKind
from impl.marketplace.capabilities.questions.tables import Option, Question, QuestionSet


def _question(
    kind: QuestionKind,
    key: str,
    label: str,
    *,
    explained: str = "",
    required: bool = False,
    choices: Mapping[str, str] | None = None,
    max_choices: int | None = None,
    max_length: int | None = None,
    numbers: tuple[int, int] | None = None,
) -> Question:
    options: list[Option] = [{"key": name, "label": shown} for name, shown in (choices or {}).items()]
    low, high = (None, None) if numbers is None else numbers
    return {
        "kind": kind.value,
        "key": key,
        "label": label,
        "help": explained,
        "required": required,
        "choices": options,
        "max_choices": max_choices,
        "max_length": max_length,
        "minimum": low,
        "maximum": high,
    }


_SINCE: Final = _question(QuestionKind.DATE, "since", "Since when?")
_ASKED: Final[Mapping[str, list[Question]]] = {
    "tap-and-leak-repair": [
        _question(
            QuestionKind.CHOICE,
            "what",
            "What leaks?",
            required=True,
            choices={"tap": "A tap", "pipe": "A pipe", "unknown": "I do not know"},
        ),
        _question(
            QuestionKind.BOOLEAN,
            "can_shut_off",
            "Can the water be shut off?",
            explained="There is a valve near the water meter.",
        ),
        _SINCE,
        _question(QuestionKind.TEXT, "where", "Where is it?", max_length=500),
    ],
    "drain-cleaning": [
        _question(
            QuestionKind.MULTIPLE,
            "rooms",
            "Which rooms are concerned?",
            required=True,
            choices={"kitchen": "Kitchen", "bath": "Bathroom", "basement": "Basement", "outside": "Outside"},
            max_choices=3,
        ),
        _question(QuestionKind.NUMBER, "drains", "How many drains?", required=True, numbers=(1, 20)),
        _SINCE,
    ],
    "interior-painting": [
        _question(QuestionKind.NUMBER, "rooms", "How many rooms?", required=True, numbers=(1, 50)),
        _question(QuestionKind.BOOLEAN, "furnished", "Is there furniture in them?"),
    ],
}


async def fill(tx: AsyncSession, demo: Demo) -> None:
    categories = (await tx.execute(select(Category.slug, Category.id).where(Category.slug.in_(_ASKED)))).all()
    rows: list[Values] = [
        {"category_id": row.id, "number": 1, "questions": _ASKED[row.slug], "created_at": demo.now - timedelta(days=20)}
        for row in categories
    ]
    await add(tx, QuestionSet, rows)
