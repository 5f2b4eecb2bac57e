"""Indexes of the words of titles by quality, made anew with the beginnings of these words."""

from collections.abc import Sequence

from migrations.alter import placed
from migrations.indexes import build_index, drop_index
from migrations.limits import limit

revision: str = "0104_best_titles_by_beginnings"
down_revision: str | None = "0103_beginnings_of_quality"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Names before and now, and rows of each.
_INDEXES = (
    ("ix_listing_texts_best_title_words", "ix_listing_texts_best_titles", "live"),
    (
        "ix_listing_texts_licensed_best_title_words",
        "ix_listing_texts_licensed_best_titles",
        "live AND licensed_until IS NOT NULL",
    ),
)


def _rebuild(name: str, of_before: str, where: str) -> None:
    """Build an index of what the function gives now; the release before searches by it as well."""
    build_index(
        name,
        "listing_texts",
        "marketplace.words_of_quality(title_words, quality)",
        schema="marketplace",
        where=where,
        using="gin",
        storage="fastupdate = off",
    )
    drop_index(of_before, schema="marketplace")


def upgrade() -> None:
    limit()
    # SQLite searches in a table of its own.
    if placed("marketplace") is not None:
        for before, name, where in _INDEXES:
            _rebuild(name, before, where)


def downgrade() -> None:
    limit()
    if placed("marketplace") is not None:
        for before, name, where in _INDEXES:
            _rebuild(before, name, where)
