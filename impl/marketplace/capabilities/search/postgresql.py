"""Full-text search on PostgreSQL: generated vectors with GIN indexes, and an estimate whether there are few matches."""

from typing import Any, Final, override

from sqlalchemy import ColumnElement, FromClause, Select, Text, bindparam, cast, literal_column
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from impl.kernel.words import allows_prefix
from impl.marketplace.capabilities.search.tables import TextIndex, Tier

# The planner alone would scan a whole order for words that are rarely together.
LOOKS_AHEAD: Final = True

# One vector for each tier: a weight within one would hide from the planner how frequent a word is.
_VECTORS: Final = {Tier.TITLE: "title_words", Tier.SUMMARY: "summary_words", Tier.DESCRIPTION: "all_words"}


class _Words(TypeDecorator[tuple[str, ...]]):
    """Words as a tsquery; they contain letters and digits only (`words.tokenize_query`)."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = Text
    cache_ok: bool | None = True

    @override
    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str | None:
        return None if value is None else " & ".join(f"{word}:*" if allows_prefix(word) else word for word in value)


def matching(index: TextIndex, tier: Tier) -> ColumnElement[bool]:
    """Match rows that have all words, bound as `words_<tier>`, within the tier."""
    vector = literal_column(f"{index.table.name}.{_VECTORS[tier]}", TSVECTOR)
    return vector.bool_op("@@")(cast(bindparam(f"words_{tier}", type_=_Words()), TSQUERY))


def fetched_first(hits: Select[*tuple[Any, ...]]) -> FromClause:
    """Take the few matches from the index of words before anything else is read."""
    return hits.cte("hits").prefix_with("MATERIALIZED")
