"""Index of the words of titles, each together with the quality of its row, by which the best of them are found."""

from collections.abc import Sequence

from alembic import op

from migrations.alter import placed
from migrations.indexes import build_index, drop_index
from migrations.limits import limit

revision: str = "0094_best_titles"
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
_NAME = "ix_listing_texts_best_title_words"


def upgrade() -> None:
    limit()
    # SQLite searches in a table of its own.
    if placed("marketplace") is None:
        return
    op.execute(_FUNCTION)
    build_index(
        _NAME,
        "listing_texts",
        "marketplace.words_of_quality(title_words, quality)",
        schema="marketplace",
        where="live",
        using="gin",
        storage="fastupdate = off",
    )


def downgrade() -> None:
    limit()
    if placed("marketplace") is None:
        return
    drop_index(_NAME, schema="marketplace")
    op.execute("DROP FUNCTION marketplace.words_of_quality(tsvector, integer)")
