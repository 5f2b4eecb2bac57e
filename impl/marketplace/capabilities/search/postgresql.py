"""Full-text search on PostgreSQL: generated vectors with GIN indexes, and matches that a look at them has found."""

from collections.abc import Sequence
from functools import cache
from os.path import commonprefix
from typing import Any, Final, TypedDict, override

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    cast,
    func,
    literal_column,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR, array
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from impl.kernel.paging import Counted
from impl.kernel.statements import Query
from impl.kernel.words import allows_prefix
from impl.marketplace.capabilities.row_bits.service import ROWS_OF_PART
from impl.marketplace.capabilities.search.tables import (
    EVERYWHERE,
    HITS,
    LEVELS,
    STEM_MARK,
    WORDS,
    WORDS_BY_STEMS,
    LookRow,
    Term,
    TextIndex,
    Tier,
    WordBinds,
    word_binds,
)
from impl.marketplace.capabilities.spelling.tables import KnownWord, WordChange, begins
from impl.marketplace.capabilities.stemming.service import stem

# Words of the lexicon that a statement names in place of a prefix; of more, the index collects the rows anyway.
NAMED_WORDS: Final = 32
# Words of the lexicon that are read of a prefix: a count or facets may need no more of what begins with it.
FIRST_WORDS: Final = 100
# Sum of the listings of these words from which on a count or facets are tried with them alone.
ENOUGH: Final = 5000
# Factor by which the listings of a prefix with more words than that are estimated from the first of them.
MORE: Final = 4
# Behind a word, the end of a range that contains this word only.
FIRST: Final = "\x01"
# Placeholders for the quality before a word and before a prefix, which the statement replaces as it runs
# (`words_of_quality`, migration 0103).
_LEVEL: Final = "\x01"
_LEVEL_OF_BEGINNING: Final = "\x02"
_FIRST_LEVEL: Final = 256
_FIRST_LEVEL_OF_BEGINNING: Final = 512
# Characters of the longest prefix that the index of titles holds as a word of its own.
_LONGEST_BEGINNING: Final = 4


class KnownRow(TypedDict):
    """Word of the lexicon, and how many listings have it."""

    word: str
    listings: int


# Words of pages alone are left out: no listing has them.
_LISTED: Final = (
    select(KnownWord.word, KnownWord.listings)
    .where(begins(KnownWord.word), KnownWord.listings > 0)
    .limit(FIRST_WORDS + 1)
)
_NEW: Final = (
    select(WordChange.word, literal_column("0", Integer).label("listings"))
    .where(begins(WordChange.word), WordChange.delta > 0)
    .distinct()
    .limit(NAMED_WORDS + 1)
)
# What has not been added up yet counts as well, because a listing is found at once.
LEXICON: Final = Query(union_all(_LISTED.subquery().select(), _NEW.subquery().select()), KnownRow)

# The planner alone would scan a whole order for words that are rarely together.
LOOKS_AHEAD: Final = True

# One vector for each group of fields: a weight within one would hide from the planner how frequent a word is.
_VECTORS: Final = {Tier.TITLE: "title_words", Tier.SUMMARY: "summary_words", Tier.DESCRIPTION: "all_words"}


class _Words(TypeDecorator[tuple[Term | str, ...]]):
    """Words as a tsquery; they contain letters and digits only (`words.tokenize_query`)."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = Text
    cache_ok: bool | None = True

    def __init__(self, *, by_stems: bool, mark: str = "", mark_of_beginning: str = "") -> None:
        super().__init__()
        self.by_stems = by_stems
        self.mark = mark
        self.mark_of_beginning = mark_of_beginning

    @override
    def process_bind_param(self, value: tuple[Term | str, ...] | None, dialect: Dialect) -> str | None:
        return None if value is None else " & ".join(map(self._alternatives, value))

    def _alternatives(self, term: Term | str) -> str:
        if isinstance(term, Term):
            return self._known(term)
        as_it_is = self._begins(term) if allows_prefix(term) else f"{self.mark}{term}"
        found = stem(term) if self.by_stems else None
        return as_it_is if found is None else f"({as_it_is} | {self._stem(found)})"

    def _begins(self, beginning: str) -> str:
        if self.mark_of_beginning and len(beginning) <= _LONGEST_BEGINNING:
            return f"{self.mark_of_beginning}{beginning}"
        return f"{self.mark}{beginning}:*"

    def _known(self, term: Term) -> str:
        """Return the words that begin with it, since the index collects all rows of a prefix, but skips among words.

        A word with the same stem is left out, because the stem stands beside it wherever it is.
        """
        found = stem(term.word) if self.by_stems else None
        if found is None:
            return f"({' | '.join(self.mark + word for word in term.longer or [term.word])})"
        others = [self.mark + word for word in term.longer if stem(word) != found]
        return f"({' | '.join([*others, self._stem(found)])})"

    def _stem(self, found: str) -> str:
        return f"'{self.mark}{STEM_MARK}{found}'"


def matching(index: TextIndex, tier: Tier, number: int | None = None) -> ColumnElement[bool]:
    """Match rows that have all words, bound as `words` or `words_by_stems`, within the tier.

    With a `number`, match one word only, bound as `words_0` and so on.
    """
    vector = literal_column(f"{index.table.name}.{_VECTORS[tier.fields]}", TSVECTOR)
    name = WORDS if number is not None else WORDS_BY_STEMS if tier.by_stems else WORDS
    words = bindparam(name if number is None else f"{name}_{number}", type_=_Words(by_stems=tier.by_stems))
    return vector.bool_op("@@")(cast(words, TSQUERY))


def vectors(index: TextIndex) -> list[ColumnElement[Any]]:
    """Return the vectors of a row, for a statement that selects rows first and compares their words then."""
    return [literal_column(f"{index.table.name}.{name}", TSVECTOR).label(name) for name in _VECTORS.values()]


def titled(index: TextIndex, tier: Tier, level: ColumnElement[int]) -> ColumnElement[bool]:
    """Match rows of this quality that have all words in their titles, by the index of words and qualities together."""
    name = WORDS_BY_STEMS if tier.by_stems else WORDS
    held = _Words(by_stems=tier.by_stems, mark=_LEVEL, mark_of_beginning=_LEVEL_OF_BEGINNING)
    words = func.replace(bindparam(name, type_=held), _LEVEL, func.chr(_FIRST_LEVEL + level))
    of_level = func.replace(words, _LEVEL_OF_BEGINNING, func.chr(_FIRST_LEVEL_OF_BEGINNING + level))
    vector = literal_column(f"{index.table.name}.{_VECTORS[Tier.TITLE]}", TSVECTOR)
    of_row = func.marketplace.words_of_quality(vector, index.table.c.quality, type_=TSVECTOR)
    return of_row.bool_op("@@")(cast(of_level, TSQUERY))


def of_levels(index: TextIndex) -> ColumnElement[bool]:
    """Match rows of the qualities bound as `levels`, in the form that the index of words and quality answers."""
    return array([index.table.c.quality]).bool_op("&&")(bindparam(LEVELS, type_=ARRAY(Integer)))


def found(index: TextIndex, tier: Tier) -> ColumnElement[bool]:
    """Match the rows that a look has found, bound as `hits`.

    Only whether they are live is looked at again: by more, the planner may go through a smaller index for all of them.
    """
    return and_(index.table.c.live, index.table.c[index.key] == any_(bindparam(HITS, type_=ARRAY(Uuid()))))


def fetched_first(hits: Select[*tuple[Any, ...]]) -> FromClause:
    """Read the few hits before anything else."""
    return hits.cte("hits").prefix_with("MATERIALIZED")


@cache
def look_query(index: TextIndex, tier: Tier, *, words: int = 1, banded: bool = False) -> Query[LookRow]:
    """Select up to `most` rows that have all of so many words within the tier, in no order.

    Each word is a condition of its own: so the index merges the rows of frequent words in three quarters of the time.
    """
    table = index.table
    conditions = [matching(index, tier, number) for number in range(words)]
    rows = select(table.c[index.key].label("id"), table.c.quality).where(index.shown, *conditions)
    if banded:
        rows = rows.where(of_levels(index))
    return Query(rows.limit(limit_by("most")), LookRow, replanned=True)


@cache
def best_query(index: TextIndex, tier: Tier) -> Query[LookRow]:
    """Select up to `most` rows that have all words in the title, one bound quality after the other."""
    levels = func.unnest(bindparam(LEVELS, type_=ARRAY(Integer)))
    level = levels.table_valued("quality", with_ordinality="place").render_derived("level")
    table, most = index.table, limit_by("most")
    rows = select(table.c[index.key].label("id"), table.c.quality)
    found = rows.where(index.shown, titled(index, tier, level.c.quality)).limit(most).lateral("found")
    # By place, in which PostgreSQL knows them to come: so it stops at the last one that is wanted, and sorts nothing.
    best = select(found.c.id, found.c.quality).join_from(level, found, true()).order_by(level.c.place).limit(most)
    return Query(best, LookRow, replanned=True)


@cache
def met_query(index: TextIndex, tier: Tier = EVERYWHERE, *, banded: bool = False) -> Query[LookRow]:
    """Select those of the rows with the bound `numbers` that have all words within the tier."""
    table = index.table
    these = select(table.c[index.key], table.c.quality, *vectors(index)).where(index.shown, _numbered(index))
    if banded:
        these = these.where(table.c.quality == any_(bindparam(LEVELS, type_=ARRAY(Integer))))
    # By the name of the table, as the conditions on words have it; none of them is tried before.
    rows = these.offset(0).subquery(table.name)
    met = select(rows.c[index.key].label("id"), rows.c.quality).where(matching(index, tier))
    return Query(met, LookRow, replanned=True)


@cache
def numbered_query(index: TextIndex) -> Query[LookRow]:
    """Select those of the rows with the bound `numbers` that may be found."""
    rows = select(index.table.c[index.key].label("id"), index.table.c.quality).where(index.shown, _numbered(index))
    return Query(rows, LookRow, replanned=True)


def _numbered(index: TextIndex) -> ColumnElement[bool]:
    return index.table.c.number == any_(bindparam("numbers", type_=ARRAY(BigInteger)))


@cache
def sample_query(index: TextIndex) -> Query[Counted]:
    """Count the rows that have all words anywhere, among the best `walked` rows."""
    table = index.table
    best = select(*vectors(index)).where(index.shown).order_by(table.c.quality.desc(), table.c[index.key].desc())
    rows = best.limit(limit_by("walked")).subquery(table.name)
    return Query(select(func.count().label("total")).select_from(rows).where(matching(index, EVERYWHERE)), Counted)


class PlacesRow(TypedDict):
    """Places, in one part, of the rows that have a word."""

    part: int
    places: list[int]


@cache
def places_query(index: TextIndex, *, of_some: bool) -> Query[PlacesRow]:
    """Select, by part, the places of rows that have the word: of the bound `numbers`, or from `first` to `end`."""
    number = index.table.c.number
    part = (number // literal_column(str(ROWS_OF_PART), BigInteger)).label("part")
    place = cast(number % literal_column(str(ROWS_OF_PART), BigInteger), Integer)
    places = func.json_agg(place, type_=JSON).label("places")
    rows = select(part, places).where(index.shown, matching(index, EVERYWHERE)).group_by(part)
    if of_some:
        rows = rows.where(number == any_(bindparam("numbers", type_=ARRAY(BigInteger))))
    else:
        rows = rows.where(number >= bindparam("first"), number < bindparam("end"))
    return Query(rows, PlacesRow, replanned=True)


def limit_by(name: str) -> Any:  # noqa: ANN401 - SQLAlchemy's own type of a limit is private
    return bindparam(name, type_=Integer)


def first_of(word: str, known: Sequence[KnownRow]) -> WordBinds | None:
    """Return the common prefix of the first words that begin with this one, if enough listings have these."""
    longer = commonprefix([row["word"] for row in known if row["word"] != word])  # noqa: RUF071 - of words, not of paths
    is_enough = sum(row["listings"] for row in known) >= ENOUGH
    return word_binds((longer or word,)) if is_enough else None
