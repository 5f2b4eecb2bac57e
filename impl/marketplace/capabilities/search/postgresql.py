"""Full-text search on PostgreSQL: generated vectors with GIN indexes, and an estimate whether there are few matches."""

from typing import Any, Final, override

from sqlalchemy import ColumnElement, FromClause, Select, Text, bindparam, cast, literal_column
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from impl.kernel.words import allows_prefix
from impl.marketplace.capabilities.search.tables import STEM_MARK, WORDS, WORDS_BY_STEMS, TextIndex, Tier
from impl.marketplace.capabilities.stemming.service import stem

# The planner alone would scan a whole order for words that are rarely together.
LOOKS_AHEAD: Final = True

# One vector for each group of fields: a weight within one would hide from the planner how frequent a word is.
_VECTORS: Final = {Tier.TITLE: "title_words", Tier.SUMMARY: "summary_words", Tier.DESCRIPTION: "all_words"}


class _Words(TypeDecorator[tuple[str, ...]]):
    """Words as a tsquery; they contain letters and digits only (`words.tokenize_query`)."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = Text
    cache_ok: bool | None = True

    def __init__(self, *, by_stems: bool) -> None:
        super().__init__()
        self.by_stems = by_stems

    @override
    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str | None:
        return None if value is None else " & ".join(map(self._alternatives, value))

    def _alternatives(self, word: str) -> str:
        as_it_is = f"{word}:*" if allows_prefix(word) else word
        found = stem(word) if self.by_stems else None
        return as_it_is if found is None else f"({as_it_is} | '{STEM_MARK}{found}')"


def matching(index: TextIndex, tier: Tier) -> ColumnElement[bool]:
    """Match rows that have all words, bound as `words` or `words_by_stems`, within the tier."""
    vector = literal_column(f"{index.table.name}.{_VECTORS[tier.fields]}", TSVECTOR)
    words = bindparam(WORDS_BY_STEMS if tier.by_stems else WORDS, type_=_Words(by_stems=tier.by_stems))
    return vector.bool_op("@@")(cast(words, TSQUERY))


def fetched_first(hits: Select[*tuple[Any, ...]]) -> FromClause:
    """Take the few matches from the index of words before anything else is read."""
    return hits.cte("hits").prefix_with("MATERIALIZED")
