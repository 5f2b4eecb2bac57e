"""Full-text search on SQLite: an FTS5 table that triggers maintain; a tier is a filter of its columns."""

from typing import Any, Final, override

from sqlalchemy import ColumnElement, FromClause, Integer, Select, Text, bindparam, column, select, table
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from impl.kernel.words import allows_prefix
from impl.marketplace.capabilities.search.tables import TextIndex, Tier

# FTS5 always fetches the matches first, whether few or many.
LOOKS_AHEAD: Final = False


class _Words(TypeDecorator[tuple[str, ...]]):
    """Words as an FTS5 query within a tier's columns; they contain letters and digits only (`words.tokenize_query`)."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = Text
    cache_ok: bool | None = True

    def __init__(self, fields: tuple[str, ...]) -> None:
        super().__init__()
        self.fields = fields

    @override
    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        words = " AND ".join(f'"{word}" *' if allows_prefix(word) else f'"{word}"' for word in value)
        return f"{{{' '.join(self.fields)}}} : ({words})"


def matching(index: TextIndex, tier: Tier) -> ColumnElement[bool]:
    """Match rows that have all words, bound as `words_<tier>`, within the tier."""
    name = f"{index.table.name}_fts"
    fts = table(name, column("rowid", Integer), column(name, Text))
    words = bindparam(f"words_{tier}", type_=_Words(index.fields[tier]))
    return index.table.c.number.in_(select(fts.c.rowid).where(fts.c[name].bool_op("MATCH")(words)))


def fetched_first(hits: Select[*tuple[Any, ...]]) -> FromClause:
    """Return the statement as it is: SQLite takes matches from the index first anyway."""
    return hits.subquery("hits")
