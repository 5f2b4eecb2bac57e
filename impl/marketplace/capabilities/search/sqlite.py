"""Full-text search on SQLite: an FTS5 table that triggers maintain; a tier is a filter of its columns."""

from typing import Any, Final, override

from sqlalchemy import ColumnElement, FromClause, Integer, Select, Text, and_, bindparam, column, literal, select, table
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from impl.kernel.words import allows_prefix
from impl.marketplace.capabilities.search.tables import STEM_MARK, WORDS, WORDS_BY_STEMS, TextIndex, Tier
from impl.marketplace.capabilities.stemming.service import stem

# FTS5 always fetches the matches first, whether few or many.
LOOKS_AHEAD: Final = False


class _Words(TypeDecorator[tuple[str, ...]]):
    """Words as an FTS5 query; they contain letters and digits only (`words.tokenize_query`)."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = Text
    cache_ok: bool | None = True

    def __init__(self, *, by_stems: bool) -> None:
        super().__init__()
        self.by_stems = by_stems

    @override
    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str | None:
        return None if value is None else " AND ".join(map(self._alternatives, value))

    def _alternatives(self, word: str) -> str:
        as_it_is = f'"{word}" *' if allows_prefix(word) else f'"{word}"'
        found = stem(word) if self.by_stems else None
        return as_it_is if found is None else f'({as_it_is} OR "{STEM_MARK}{found}")'


def matching(index: TextIndex, tier: Tier) -> ColumnElement[bool]:
    """Match rows that have all words, bound as `words` or `words_by_stems`, within the fields of the tier."""
    name = f"{index.table.name}_fts"
    fts = table(name, column("rowid", Integer), column(name, Text))
    words = bindparam(WORDS_BY_STEMS if tier.by_stems else WORDS, type_=_Words(by_stems=tier.by_stems))
    within = literal(f"{{{' '.join(index.fields_of(tier))}}} : (").concat(words).concat(")")
    return index.table.c.number.in_(select(fts.c.rowid).where(fts.c[name].bool_op("MATCH")(within)))


def found(index: TextIndex, tier: Tier) -> ColumnElement[bool]:
    """Match rows to show that have all words within the fields of the tier: nothing is looked up beforehand."""
    return and_(index.shown, matching(index, tier))


def fetched_first(hits: Select[*tuple[Any, ...]]) -> FromClause:
    """Return the statement as it is: SQLite takes matches from the index first anyway."""
    return hits.subquery("hits")
