"""Index of the words of titles, each together with the quality of its row, by which the best of them are found."""

from collections.abc import Sequence

from migrations.alter import placed
from migrations.indexes import build_index, drop_index
from migrations.limits import limit

revision: str = "0095_best_titles"
down_revision: str | None = "0094_words_of_quality"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_NAME = "ix_listing_texts_best_title_words"


def upgrade() -> None:
    limit()
    # SQLite searches in a table of its own.
    if placed("marketplace") is not None:
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
    if placed("marketplace") is not None:
        drop_index(_NAME, schema="marketplace")
