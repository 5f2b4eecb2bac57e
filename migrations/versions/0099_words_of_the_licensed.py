"""Indexes of the words of what businesses with a licence offer, as there are of all listings."""

from collections.abc import Sequence

from migrations.alter import placed
from migrations.indexes import build_index, drop_index
from migrations.limits import limit

revision: str = "0099_words_of_the_licensed"
down_revision: str | None = "0098_licences_there"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_QUALITY = "ix_listing_texts_licensed_quality"
# SQLite searches in a table of its own.
_WORDS = {
    "ix_listing_texts_licensed_title_words": "title_words, (ARRAY[quality])",
    "ix_listing_texts_licensed_summary_words": "summary_words, (ARRAY[quality])",
    "ix_listing_texts_licensed_all_words": "all_words, (ARRAY[quality])",
    "ix_listing_texts_licensed_best_title_words": "marketplace.words_of_quality(title_words, quality)",
}


def upgrade() -> None:
    limit()
    if placed("marketplace") is None:
        where = "live = 1 AND licensed_until IS NOT NULL"
        build_index(_QUALITY, "listing_texts", "quality, service_id", schema="marketplace", where=where)
        return
    where = "live AND licensed_until IS NOT NULL"
    build_index(_QUALITY, "listing_texts", "quality, service_id", schema="marketplace", where=where)
    for name, columns in _WORDS.items():
        build_index(
            name,
            "listing_texts",
            columns,
            schema="marketplace",
            where=where,
            using="gin",
            storage="fastupdate = off",
        )


def downgrade() -> None:
    limit()
    drop_index(_QUALITY, schema="marketplace")
    if placed("marketplace") is not None:
        for name in _WORDS:
            drop_index(name, schema="marketplace")
