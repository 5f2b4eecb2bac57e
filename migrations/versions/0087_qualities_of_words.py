"""Indexes of the words of listings that hold their qualities as well, so that the best of a frequent word are found."""

from collections.abc import Sequence

from migrations.alter import placed
from migrations.indexes import build_index, drop_index
from migrations.limits import limit

revision: str = "0087_qualities_of_words"
down_revision: str | None = "0086_table_changes"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_VECTORS = ("title_words", "summary_words", "all_words")


def _build(name: str, columns: str, *, where: str | None = None) -> None:
    build_index(
        name,
        "listing_texts",
        columns,
        schema="marketplace",
        where=where,
        using="gin",
        storage="fastupdate = off",
    )


def upgrade() -> None:
    limit()
    # SQLite searches in a table of its own.
    if placed("marketplace") is None:
        return
    # The release before searches by these indexes, too: its conditions are a part of theirs.
    for name in _VECTORS:
        _build(f"ix_listing_texts_ranked_{name}", f"{name}, (ARRAY[quality])", where="live")
    for name in _VECTORS:
        drop_index(f"ix_listing_texts_{name}", schema="marketplace")


def downgrade() -> None:
    limit()
    if placed("marketplace") is None:
        return
    for name in _VECTORS:
        # As it was made: also of what is not published.
        _build(f"ix_listing_texts_{name}", name)
    for name in _VECTORS:
        drop_index(f"ix_listing_texts_ranked_{name}", schema="marketplace")
