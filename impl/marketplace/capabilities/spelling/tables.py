"""Tables of the words of published listings and public pages, and of their variants without some letters."""

from enum import Enum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Text,
    and_,
    bindparam,
    text,
)
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column
from typing_extensions import TypedDict

from impl.kernel.personal_data import ALWAYS, PersonalDataPolicy
from impl.kernel.tables import Table

# Compared by code points, so that a range is a prefix whatever the database's collation is.
PLAIN_TEXT = Text().with_variant(Text(collation="C"), "postgresql")


def begins(word: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """Keep the words from `begin` on and before `end`."""
    begin, end = (bindparam(name, type_=PLAIN_TEXT) for name in ("begin", "end"))
    return and_(word >= begin, word < end)


class Lexicon(Enum):
    """Texts that are searched, by the column that counts how many of them have a word."""

    LISTINGS = "listings"
    PAGES = "pages"


class KnownWord(Table):
    """Word of published listings and of businesses' public pages, and how many of either have it."""

    __tablename__ = "known_words"
    __table_args__ = (
        CheckConstraint("listings >= 0 AND pages >= 0 AND listings + pages > 0", name="listings_positive"),
        # Those of which `frequent_words` keeps the rows.
        Index(
            "ix_known_words_frequent",
            "listings",
            postgresql_where=text("listings >= 100000"),
            sqlite_where=text("listings >= 100000"),
        ),
        {"schema": "marketplace"},
    )

    word: Mapped[str] = mapped_column(PLAIN_TEXT, primary_key=True)
    listings: Mapped[int] = mapped_column(Integer)
    pages: Mapped[int] = mapped_column(Integer, server_default=text("0"))


class WordChange(Table):
    """Listing or page that has a word now, or no more; triggers write them, and the worker adds them up.

    Rows that are only added let two listings with a word in common be published at the same time.
    """

    __tablename__ = "word_changes"
    __table_args__ = {"schema": "marketplace"}

    number: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), Identity(always=True), primary_key=True
    )
    word: Mapped[str] = mapped_column(Text)
    delta: Mapped[int] = mapped_column(Integer)
    page_delta: Mapped[int] = mapped_column(Integer, server_default=text("0"))


class Misspelling(Table):
    """Remainder of a known word without a letter or two: a typo of the word leaves the same."""

    __tablename__ = "misspellings"
    __table_args__ = (Index("ix_misspellings_word", "word"), {"schema": "marketplace"})

    remainder: Mapped[str] = mapped_column(PLAIN_TEXT, primary_key=True)
    word: Mapped[str] = mapped_column(
        PLAIN_TEXT, ForeignKey("marketplace.known_words.word", ondelete="CASCADE"), primary_key=True
    )


class NewWord(TypedDict):
    word: str
    listings: int
    pages: int


class NewMisspelling(TypedDict):
    remainder: str
    word: str


# A word that only one person's listings or page have goes with them: erasure adds up the changes at once.
PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(table=KnownWord, retention=ALWAYS, impersonal=("word", "listings", "pages")),
    PersonalDataPolicy(table=WordChange, retention=ALWAYS, impersonal=("number", "word", "delta", "page_delta")),
    PersonalDataPolicy(table=Misspelling, retention=ALWAYS, impersonal=("remainder", "word")),
)
