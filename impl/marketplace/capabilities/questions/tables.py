"""Table of the questions of categories: one row a version, which never changes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Integer, Uuid
from sqlalchemy.orm import Mapped, mapped_column
from typing_extensions import TypedDict

from impl.kernel.personal_data import ALWAYS, PersonalDataPolicy
from impl.kernel.tables import Json, Table


class Option(TypedDict):
    key: str
    label: str


class Question(TypedDict):
    """Question as it is stored; what its kind does not have is empty or None."""

    kind: str
    key: str
    label: str
    help: str
    required: bool
    choices: list[Option]
    max_choices: int | None
    max_length: int | None
    minimum: int | None
    maximum: int | None


class QuestionSet(Table):
    """A version of a category's questions, from 1 on."""

    __tablename__ = "question_sets"
    __table_args__ = (CheckConstraint("number >= 1", name="number_range"), {"schema": "marketplace"})

    category_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("marketplace.categories.id", ondelete="RESTRICT"), primary_key=True
    )
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    questions: Mapped[list[Question]] = mapped_column(Json)
    created_at: Mapped[datetime]


class NewQuestionSet(TypedDict):
    category_id: UUID
    number: int
    questions: list[Question]
    created_at: datetime


PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(
        table=QuestionSet, retention=ALWAYS, impersonal=("category_id", "number", "questions", "created_at")
    ),
)
