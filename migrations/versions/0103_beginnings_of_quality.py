"""Beginnings of words among the words of a quality, so that an index finds what begins with one as it finds a word."""

from collections.abc import Sequence

from alembic import op

from migrations.alter import placed
from migrations.limits import limit

revision: str = "0103_beginnings_of_quality"
down_revision: str | None = "0102_initials_of_places"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Words stand as the release before looks for them; beginnings have letters of their own for the quality. Stems, which
# are marked, have none.
_FUNCTION = """
    CREATE OR REPLACE FUNCTION marketplace.words_of_quality(words tsvector, quality integer) RETURNS tsvector
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
        SELECT array_to_tsvector(
            ARRAY(
                SELECT chr(256 + quality) || word FROM unnest(tsvector_to_array(words)) word
                UNION ALL
                SELECT chr(512 + quality) || left(word, size)
                FROM unnest(tsvector_to_array(words)) word, generate_series(2, 4) size
                WHERE length(word) >= size AND left(word, 1) <> U&'\\2020'
            )
        )
    $$
"""
_BEFORE = """
    CREATE OR REPLACE FUNCTION marketplace.words_of_quality(words tsvector, quality integer) RETURNS tsvector
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
        SELECT array_to_tsvector(
            ARRAY(SELECT chr(256 + quality) || word FROM unnest(tsvector_to_array(words)) word)
        )
    $$
"""


def upgrade() -> None:
    limit()
    # SQLite searches in a table of its own.
    if placed("marketplace") is not None:
        op.execute(_FUNCTION)


def downgrade() -> None:
    limit()
    if placed("marketplace") is not None:
        op.execute(_BEFORE)
