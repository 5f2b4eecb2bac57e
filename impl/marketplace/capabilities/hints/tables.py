"""Table of the words that staff do not want to read in listings."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from typing_extensions import TypedDict

from impl.kernel.personal_data import ALWAYS, PersonalDataPolicy
from impl.kernel.tables import Stamped, Table

FOLDED_MAX: Final = 400


class ForbiddenWord(Stamped, Table):
    """A word, or words in a row, as staff wrote them and as texts are searched for them."""

    __tablename__ = "forbidden_words"
    __table_args__ = (
        UniqueConstraint("folded"),
        CheckConstraint("length(word) BETWEEN 1 AND 100", name="word_length"),
        CheckConstraint("length(note) <= 500", name="note_length"),
        {"schema": "marketplace"},
    )

    word: Mapped[str] = mapped_column(String(100))
    folded: Mapped[str] = mapped_column(String(FOLDED_MAX))
    note: Mapped[str | None] = mapped_column(String(500))


class _Word(TypedDict):
    word: str
    folded: str
    note: str | None


class NewWord(_Word):
    id: UUID
    created_at: datetime
    updated_at: datetime
    version: int


class WordChanges(_Word):
    updated_at: datetime


class WordRow(_Word):
    id: UUID
    created_at: datetime
    updated_at: datetime
    version: int


class FoldedWord(TypedDict):
    id: UUID
    word: str
    folded: str


PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(
        table=ForbiddenWord,
        retention=ALWAYS,
        impersonal=("id", "word", "folded", "note", "created_at", "updated_at", "version"),
    ),
)
