"""Indexes of the words of listings that hold their qualities as well, so that the best of a frequent word are found."""

from collections.abc import Sequence

from alembic import op

from migrations.limits import limit

revision: str = "0087_qualities_of_words"
down_revision: str | None = "0086_table_changes"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_VECTORS = ("title_words", "summary_words", "all_words")


def upgrade() -> None:
    # A million listings take some minutes, in which listings are read but not written.
    limit(statement="20min")
    if op.get_context().dialect.name == "sqlite":
        return
    # The release before searches by these indexes, too: its conditions are a part of theirs.
    for name in _VECTORS:
        op.execute(
            "-- squawk-ignore require-concurrent-index-creation\n"
            f"CREATE INDEX ix_listing_texts_ranked_{name} ON marketplace.listing_texts "
            f"USING gin ({name}, (ARRAY[quality])) WITH (fastupdate = off) WHERE live"
        )
    # At the end: nobody reads the table from here to the commit.
    for name in _VECTORS:
        op.execute(
            f"-- squawk-ignore require-concurrent-index-deletion\nDROP INDEX marketplace.ix_listing_texts_{name}"
        )


def downgrade() -> None:
    limit(statement="20min")
    if op.get_context().dialect.name == "sqlite":
        return
    for name in _VECTORS:
        op.execute(
            f"CREATE INDEX ix_listing_texts_{name} ON marketplace.listing_texts USING gin ({name}) "
            "WITH (fastupdate = off)"
        )
    for name in _VECTORS:
        op.execute(f"DROP INDEX marketplace.ix_listing_texts_ranked_{name}")
