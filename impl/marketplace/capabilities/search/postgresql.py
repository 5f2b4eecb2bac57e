"""Full-text search on PostgreSQL: generated vectors with GIN indexes, and matches that a look at them has found."""

from typing import Any, Final, TypedDict, override

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Text,
    Uuid,
    any_,
    bindparam,
    cast,
    func,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR, array
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from impl.kernel.statements import Query
from impl.kernel.words import allows_prefix
from impl.marketplace.capabilities.search.tables import (
    HITS,
    LEVELS,
    STEM_MARK,
    WORDS,
    WORDS_BY_STEMS,
    Term,
    TextIndex,
    Tier,
)
from impl.marketplace.capabilities.spelling.tables import KnownWord, WordChange, begins
from impl.marketplace.capabilities.stemming.service import stem

# Words of the lexicon that a statement names in place of a prefix; of more, the index collects the rows anyway.
NAMED_WORDS: Final = 32
# After a word it ends the range of the word alone.
FIRST: Final = "\x01"


# Words of a prefix whose listings are added up: of more, these tell enough.
_SUMMED: Final = 2000


class KnownRow(TypedDict):
    """Word of the lexicon, and how many listings have it."""

    word: str
    listings: int


class SumRow(TypedDict):
    """Listings that have the words which begin with a prefix, one of several such words counted more than once."""

    listings: int


# Words of pages alone are left out: no listing has them.
_LISTED: Final = (
    select(KnownWord.word, KnownWord.listings)
    .where(begins(KnownWord.word), KnownWord.listings > 0)
    .limit(NAMED_WORDS + 1)
)
_NEW: Final = (
    select(WordChange.word, literal_column("0", Integer).label("listings"))
    .where(begins(WordChange.word), WordChange.delta > 0)
    .distinct()
    .limit(NAMED_WORDS + 1)
)
# What has not been added up yet counts as well, because a listing is found at once.
LEXICON: Final = Query(union_all(_LISTED.subquery().select(), _NEW.subquery().select()), KnownRow)
_OF_PREFIX: Final = (
    select(KnownWord.listings).where(begins(KnownWord.word), KnownWord.listings > 0).limit(_SUMMED).subquery()
)
SUM: Final = Query(select(func.coalesce(func.sum(_OF_PREFIX.c.listings), 0).label("listings")), SumRow)

# The planner alone would scan a whole order for words that are rarely together.
LOOKS_AHEAD: Final = True

# One vector for each group of fields: a weight within one would hide from the planner how frequent a word is.
_VECTORS: Final = {Tier.TITLE: "title_words", Tier.SUMMARY: "summary_words", Tier.DESCRIPTION: "all_words"}


class _Words(TypeDecorator[tuple[Term | str, ...]]):
    """Words as a tsquery; they contain letters and digits only (`words.tokenize_query`)."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = Text
    cache_ok: bool | None = True

    def __init__(self, *, by_stems: bool) -> None:
        super().__init__()
        self.by_stems = by_stems

    @override
    def process_bind_param(self, value: tuple[Term | str, ...] | None, dialect: Dialect) -> str | None:
        return None if value is None else " & ".join(map(self._alternatives, value))

    def _alternatives(self, term: Term | str) -> str:
        if isinstance(term, Term):
            return self._known(term)
        as_it_is = f"{term}:*" if allows_prefix(term) else term
        found = stem(term) if self.by_stems else None
        return as_it_is if found is None else f"({as_it_is} | '{STEM_MARK}{found}')"

    def _known(self, term: Term) -> str:
        """Name the words that begin with it: the index collects all rows of a prefix, but skips through those of words.

        A word with the same stem is left out, because the stem stands beside it wherever it is.
        """
        found = stem(term.word) if self.by_stems else None
        if found is None:
            return f"({' | '.join(term.longer or [term.word])})"
        others = [word for word in term.longer if stem(word) != found]
        return f"({' | '.join([*others, f"'{STEM_MARK}{found}'"])})"


def matching(index: TextIndex, tier: Tier) -> ColumnElement[bool]:
    """Match rows that have all words, bound as `words` or `words_by_stems`, within the tier."""
    vector = literal_column(f"{index.table.name}.{_VECTORS[tier.fields]}", TSVECTOR)
    words = bindparam(WORDS_BY_STEMS if tier.by_stems else WORDS, type_=_Words(by_stems=tier.by_stems))
    return vector.bool_op("@@")(cast(words, TSQUERY))


def vectors(index: TextIndex) -> list[ColumnElement[Any]]:
    """Return the vectors of a row, for a statement on rows that were taken from the table first."""
    return [literal_column(f"{index.table.name}.{name}", TSVECTOR).label(name) for name in _VECTORS.values()]


def of_levels(index: TextIndex) -> ColumnElement[bool]:
    """Match rows of these qualities, bound as `levels`, in the words of the index that holds words and quality."""
    return array([index.table.c.quality]).bool_op("&&")(bindparam(LEVELS, type_=ARRAY(Integer)))


def found(index: TextIndex, tier: Tier) -> ColumnElement[bool]:
    """Match the rows that a look has found, bound as `hits`."""
    return index.table.c[index.key] == any_(bindparam(HITS, type_=ARRAY(Uuid())))


def fetched_first(hits: Select[*tuple[Any, ...]]) -> FromClause:
    """Take the few matches before anything else is read."""
    return hits.cte("hits").prefix_with("MATERIALIZED")
