"""Queries on versions of the questions of categories."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute
from typing_extensions import TypedDict

from impl.kernel.reader import Reader
from impl.kernel.statements import Command, Query
from impl.kernel.tables import core_table
from impl.marketplace.capabilities.categories.tables import Category, CategorySlug
from impl.marketplace.capabilities.questions.tables import NewQuestionSet, Question, QuestionSet


class QuestionsRow(TypedDict):
    """A category with a version of its questions; the last three are None where there is no such version."""

    category_id: UUID
    slug: str
    name: str
    number: int | None
    questions: list[Question] | None
    created_at: datetime | None


_COLUMNS: Final = (
    Category.id.label("category_id"),
    Category.slug,
    Category.name,
    QuestionSet.number,
    QuestionSet.questions,
    QuestionSet.created_at,
)


def _of_slug(category_id: InstrumentedAttribute[UUID]) -> Select[*tuple[Any, ...]]:
    return (
        select(*_COLUMNS)
        .join_from(CategorySlug, Category, Category.id == category_id)
        .where(CategorySlug.slug == bindparam("slug"))
    )


_NEWEST: Final = QuestionSet.number.desc()
_PRESENT: Final = Query(
    _of_slug(CategorySlug.leads_to_id)
    .outerjoin(QuestionSet, QuestionSet.category_id == Category.id)
    .order_by(_NEWEST)
    .limit(1),
    QuestionsRow,
)
_VERSION: Final = Query(
    _of_slug(CategorySlug.category_id).outerjoin(
        QuestionSet, and_(QuestionSet.category_id == Category.id, QuestionSet.number == bindparam("number"))
    ),
    QuestionsRow,
)
_OWN: Final = Query(
    select(*_COLUMNS)
    .select_from(Category)
    .outerjoin(QuestionSet, QuestionSet.category_id == Category.id)
    .where(Category.id == bindparam("id"))
    .order_by(_NEWEST)
    .limit(1),
    QuestionsRow,
)
_INSERT: Final = Command(insert(core_table(QuestionSet)), NewQuestionSet)


class QuestionsRepository:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def find(self, slug: str, number: int | None) -> QuestionsRow | None:
        """Return a version of the category that had the slug, or the present one of the category it leads to."""
        if number is None:
            return await self._reader.first(_PRESENT, slug=slug)
        return await self._reader.first(_VERSION, slug=slug, number=number)

    async def present(self, category_id: UUID) -> QuestionsRow | None:
        return await self._reader.first(_OWN, id=category_id)

    async def present_in(self, tx: AsyncSession, category_id: UUID) -> QuestionsRow:
        return await _OWN.fetch_one(tx, id=category_id)

    async def insert(self, tx: AsyncSession, values: NewQuestionSet) -> None:
        await _INSERT.run(tx, values)
