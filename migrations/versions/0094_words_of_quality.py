"""Function that puts the quality of a row before each of its words, for an index of both."""

from collections.abc import Sequence

from alembic import op

from migrations.alter import placed
from migrations.limits import limit

revision: str = "0094_words_of_quality"
down_revision: str | None = "0093_causes_of_deliveries"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# A letter for the quality stands before each word, so that the words of one quality are a range.
_FUNCTION = """
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
        op.execute("DROP FUNCTION marketplace.words_of_quality(tsvector, integer)")
