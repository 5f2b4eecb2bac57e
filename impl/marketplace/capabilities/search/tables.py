"""Table of the words of listings; derived columns of each engine are in the migration, as the other lacks them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import IntEnum
from typing import Final, Literal, NotRequired
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ColumnElement,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    Uuid,
    and_,
    bindparam,
    text,
)
from sqlalchemy import Table as PlainTable
from sqlalchemy.orm import Mapped, mapped_column
from typing_extensions import TypedDict

from impl.kernel.paging import COUNTED
from impl.kernel.personal_data import WITH_ACCOUNT, PersonalDataPolicy
from impl.kernel.tables import Table, core_table
from impl.marketplace.capabilities.row_bits.service import RowBits


class Tier(IntEnum):
    """Fields that must hold all words of a query, as they are or by their stems; a lower tier is a better match."""

    TITLE = 0
    TITLE_STEMS = 1
    SUMMARY = 2
    SUMMARY_STEMS = 3
    DESCRIPTION = 4
    DESCRIPTION_STEMS = 5

    @property
    def by_stems(self) -> bool:
        return self % 2 == 1

    @property
    def fields(self) -> "Tier":
        """Return the tier of the same fields in which words have to stand as they are."""
        return Tier(self - self % 2)


EVERYWHERE: Final = Tier.DESCRIPTION_STEMS
# Smallest tiers that together hold whatever is better: with stems a tier holds more than without, and more fields hold
# more than fewer.
BETTER: Final[Mapping[Tier, tuple[Tier, ...]]] = {
    Tier.TITLE: (),
    Tier.TITLE_STEMS: (Tier.TITLE,),
    Tier.SUMMARY: (Tier.TITLE_STEMS,),
    Tier.SUMMARY_STEMS: (Tier.SUMMARY, Tier.TITLE_STEMS),
    Tier.DESCRIPTION: (Tier.SUMMARY_STEMS,),
    Tier.DESCRIPTION_STEMS: (Tier.DESCRIPTION, Tier.SUMMARY_STEMS),
}
# Stands before a stem among the words of a text: no word has it, and both engines take it for part of one.
STEM_MARK: Final = "\u2020"
# Names of the bind values of a search.
WORDS: Final = "words"
WORDS_BY_STEMS: Final = "words_by_stems"
HITS: Final = "hits"
LEVELS: Final = "levels"
QUALITY_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class Term:
    """Word of a query, and all words that begin with it where the lexicon has but a few."""

    word: str
    longer: tuple[str, ...]


class WordBinds(TypedDict):
    """Values of a statement on the words, and the day of the licence where the index needs it."""

    words: tuple[Term | str, ...]
    words_by_stems: tuple[Term | str, ...]
    today: NotRequired[date]


def word_binds(words: tuple[Term | str, ...], today: date | None = None) -> WordBinds:
    """Return the bind values of `hits`: the words as they are, and to be searched by their stems."""
    binds: WordBinds = {"words": words, "words_by_stems": words}
    return binds if today is None else {**binds, "today": today}


@dataclass(frozen=True, slots=True)
class Terms:
    """Words of a query as statements bind them, and whether each of them is in very many listings, or in many."""

    binds: WordBinds
    are_frequent: bool = False
    # Whether each of them is in more listings than are few.
    are_many: bool = False
    # For the first words of a prefix that stands for many.
    first: WordBinds | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """Return the words as they were typed."""
        return tuple(term.word if isinstance(term, Term) else term for term in self.binds["words"])

    @property
    def have_prefix(self) -> bool:
        """Return whether a word stands for more longer ones than a statement names."""
        return any(not isinstance(term, Term) for term in self.binds["words"])


@dataclass(frozen=True, slots=True, eq=False)
class TextIndex:
    """Table of words to search, the column that says what a row is of, and the fields of each tier.

    It has a `number`, by which FTS5 knows its rows, and `live`, which says whether a row may be found. On PostgreSQL it
    has the vectors `title_words`, `summary_words` and `all_words`; on SQLite a table `<name>_fts` of the same fields
    (migration 0006 makes both for listings).
    """

    table: PlainTable
    key: str
    title: tuple[str, ...]
    summary: tuple[str, ...]
    everything: tuple[str, ...]
    # Whether `known_words` counts its words.
    has_lexicon: bool = False
    # Whether PostgreSQL has an index of the words of titles, each together with the quality of its row.
    has_qualities: bool = False
    # Whether it is of those rows only whose business has a licence on the day that is bound as `today`.
    of_licensed: bool = False

    @property
    def shown(self) -> ColumnElement[bool]:
        """Return the condition of rows that may be found, which is that of the indexes."""
        live: ColumnElement[bool] = self.table.c.live.expression
        if not self.of_licensed:
            return live
        return and_(live, self.table.c.licensed_until >= bindparam("today", type_=Date))

    @property
    def tiers(self) -> tuple[Tier, ...]:
        """Return the tiers that differ: a text without a summary has fewer."""
        return tuple(tier for tier in Tier if tier.fields is not Tier.SUMMARY or self.summary != self.title)

    def fields_of(self, tier: Tier) -> tuple[str, ...]:
        """Return the fields that hold all words of what matches within the tier."""
        return (self.title, self.summary, self.everything)[tier // 2]


type Engine = Literal["postgresql", "sqlite"]


@dataclass(frozen=True, slots=True)
class Bounds:
    """Bounds of what one statement of a search looks at; tests take small ones."""

    # Matches that are fetched and sorted.
    few: int = COUNTED
    # Listings with a word from which on it is met along an order before its rows are looked up.
    frequent: int = 20_000
    # Rows of an order that are looked at for such a word.
    walked: int = 400


BOUNDS: Final = Bounds()


@dataclass(frozen=True, slots=True)
class Plan:
    """Plan of a statement that reads matches: `few` are fetched and sorted, many are met along the order.

    On PostgreSQL, few are those that a look has found, and their keys are bound as `hits`. A `brief` statement meets
    those only that are among the next rows of the order, as many as are bound as `walked`. A `placed` one looks
    through the few rows of the providers near a point.
    """

    engine: Engine
    few: bool = False
    brief: bool = False
    placed: bool = False

    def has_hits(self, names: Collection[str]) -> bool:
        """Return whether a statement with filters of these names, and without words, binds its few rows as `hits`."""
        return self.few and self.engine == "postgresql" and "words" not in names

    def left_of(self, names: frozenset[str]) -> frozenset[str]:
        """Return the names of filters that are left to check: a look for words has checked words and licences."""
        is_found = "words" in names and self.has_hits(names - {"words"})
        return names - {"words", "today"} if is_found else names


class FoundRow(TypedDict):
    """Row that a look has found; any row with an id fits."""

    id: UUID


class LookRow(FoundRow):
    """Match that a look has found, and its place in the order of quality."""

    quality: int


@dataclass(frozen=True, slots=True)
class Shortlist:
    """Rows that bits name for a search, if they are few, or else the bits; neither where there are no bits."""

    few: Sequence[LookRow] | None = None
    many: RowBits | None = None


@dataclass(frozen=True, slots=True)
class PlannedSearch:
    """Plan for the rows that have all words, and the values that a statement with it binds for them.

    `first` is one for some of the rows, where a prefix stands for many words: they may be enough. `is_empty` tells that
    there are none at all.
    """

    plan: Plan
    binds: Mapping[str, object] = field(default_factory=dict)
    first: "PlannedSearch | None" = None
    is_empty: bool = False

    def of_few(self, rows: Sequence[FoundRow] | None) -> "PlannedSearch":
        """Return the plan for these few rows, which a look has found; the plan as it is where they are not few."""
        if rows is None:
            return self
        ids = [row["id"] for row in rows]
        return PlannedSearch(replace(self.plan, few=True), {**self.binds, HITS: ids}, is_empty=not ids)


# Fields of the tiers, each of which includes those before it.
SUMMARY = ("title", "tags", "business", "category")
EVERYTHING = (*SUMMARY, "description")


class ListingText(Table):
    """Words of a listing as they are stored: folded, each followed by a space, and after them their marked stems.

    They have a table of their own, because every page of the catalogue would load them otherwise. `number` is the rowid
    that FTS5 needs.
    """

    __tablename__ = "listing_texts"
    __table_args__ = (
        UniqueConstraint("service_id"),
        CheckConstraint("quality BETWEEN 0 AND 100", name="quality_range"),
        Index(
            "ix_listing_texts_quality",
            "quality",
            "service_id",
            postgresql_where=text("live"),
            sqlite_where=text("live = 1"),
        ),
        Index(
            "ix_listing_texts_licensed_quality",
            "quality",
            "service_id",
            postgresql_where=text("live AND licensed_until IS NOT NULL"),
            sqlite_where=text("live = 1 AND licensed_until IS NOT NULL"),
        ),
        Index("ix_listing_texts_profile", "profile_id"),
        Index("ix_listing_texts_category", "category_id"),
        {"schema": "marketplace"},
    )

    number: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), Identity(always=True), primary_key=True
    )
    service_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("marketplace.listings.service_id", ondelete="CASCADE"))
    profile_id: Mapped[UUID] = mapped_column(Uuid)
    category_id: Mapped[UUID] = mapped_column(Uuid)
    live: Mapped[bool] = mapped_column(Boolean)
    quality: Mapped[int] = mapped_column(Integer)
    # Last day on which its business has a verified licence; triggers on verifications keep it (migration 0097).
    licensed_until: Mapped[date | None] = mapped_column(Date)
    title: Mapped[str] = mapped_column(Text)
    tags: Mapped[str] = mapped_column(Text)
    business: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)


LISTINGS: Final = TextIndex(
    core_table(ListingText),
    key="service_id",
    title=("title",),
    summary=SUMMARY,
    everything=EVERYTHING,
    has_lexicon=True,
    has_qualities=True,
)
LICENSED_LISTINGS: Final = replace(LISTINGS, of_licensed=True)


def index_of(names: Collection[str]) -> TextIndex:
    """Return the index of listings for a statement with these values: `today` is the day of a licence."""
    return LICENSED_LISTINGS if "today" in names else LISTINGS


class _Text(TypedDict):
    profile_id: UUID
    category_id: UUID
    live: bool
    quality: int
    title: str
    tags: str
    business: str
    category: str
    description: str


class IndexedText(_Text, closed=True):
    """Values of the index for a listing, with the listing's id."""


class NewListingText(_Text):
    service_id: UUID


# The row is deleted with its listing.
PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(
        table=ListingText,
        retention=WITH_ACCOUNT,
        removed=True,
        export="The words of a listing, folded to be searched; the listing itself is in the export.",
    ),
)
