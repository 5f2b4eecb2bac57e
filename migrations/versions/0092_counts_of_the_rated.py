"""Indexes by which a count of well rated services reads nothing else, however few there are at a price."""

from collections.abc import Sequence

from migrations.alter import placed
from migrations.indexes import build_index, drop_index
from migrations.limits import limit

revision: str = "0092_counts_of_the_rated"
down_revision: str | None = "0091_words_that_differ"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_NARROWED = "pricing_kind, currency, price_rank_up"
_TABLES = (("listings", "rating_tenths"), ("placements", "category_id, rating_tenths"))


def _build(name: str, table: str, columns: str, include: str) -> None:
    live = "live = 1" if placed("marketplace") is None else "live"
    build_index(f"ix_{table}_{name}", table, columns, schema="marketplace", where=live, include=include)


def upgrade() -> None:
    limit()
    # The release before counts by these, too: what it needs stands in them.
    for table, columns in _TABLES:
        _build("rated", table, f"{columns}, {_NARROWED}, service_id", "profile_id")
    for table, _ in _TABLES:
        drop_index(f"ix_{table}_stars", schema="marketplace")


def downgrade() -> None:
    limit()
    for table, columns in _TABLES:
        _build("stars", table, f"{columns}, service_id", "profile_id, currency, pricing_kind, price_rank_up")
    for table, _ in _TABLES:
        drop_index(f"ix_{table}_rated", schema="marketplace")
