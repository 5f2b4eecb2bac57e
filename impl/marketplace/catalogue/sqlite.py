"""Full-text search on SQLite: an FTS5 table that triggers maintain; a tier is a filter of its columns."""

from typing import Any, Final, override

from sqlalchemy import ColumnElement, FromClause, Integer, Select, Text, bindparam, column, select, table
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from impl.kernel.words import allows_prefix
from impl.marketplace.capabilities.search.tables import EVERYTHING, SUMMARY, ListingText, Tier

# FTS5 always fetches the matches first, whether few or many.
LOOKS_AHEAD: Final = False

_FTS: Final = table("listing_texts_fts", column("rowid", Integer), column("listing_texts_fts", Text))
_COLUMNS: Final = {Tier.TITLE: ("title",), Tier.SUMMARY: SUMMARY, Tier.DESCRIPTION: EVERYTHING}


class _Words(TypeDecorator[tuple[str, ...]]):
    """Words as an FTS5 query within a tier's columns; they contain letters and digits only (`words.tokenize_query`)."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = Text
    cache_ok: bool | None = True

    def __init__(self, tier: Tier) -> None:
        super().__init__()
        self.tier = tier

    @override
    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        words = " AND ".join(f'"{word}" *' if allows_prefix(word) else f'"{word}"' for word in value)
        return f"{{{' '.join(_COLUMNS[self.tier])}}} : ({words})"


def matching(tier: Tier) -> ColumnElement[bool]:
    """Match rows that have all words, bound as `words_<tier>`, within the tier."""
    bind_values = bindparam(f"words_{tier}", type_=_Words(tier))
    return ListingText.number.in_(select(_FTS.c.rowid).where(_FTS.c.listing_texts_fts.bool_op("MATCH")(bind_values)))


def fetched_first(hits: Select[*tuple[Any, ...]]) -> FromClause:
    """Return the statement as it is: SQLite takes matches from the index first anyway."""
    return hits.subquery("hits")
