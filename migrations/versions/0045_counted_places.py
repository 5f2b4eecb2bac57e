"""Columns and indexes for counts of the catalogue: business and kind of pricing of each place."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from migrations.alter import placed
from migrations.limits import limit

revision: str = "0045_counted_places"
down_revision: str | None = "0044_words_of_pages"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

HIDDEN = "state <> 'APPROVED' OR concealed_at IS NOT NULL"
PRICES = {
    "listings": ("currency", "price_rank_up", "service_id"),
    "placements": ("category_id", "currency", "price_rank_up", "service_id"),
}
PRICING = {
    "listings": ("pricing_kind", "currency", "price_rank_up", "service_id"),
    "placements": ("category_id", "pricing_kind", "currency", "price_rank_up", "service_id"),
}


def upgrade() -> None:
    """Fill the columns of what is there; a million listings take some minutes, in which the catalogue can be read."""
    limit(statement="15min")
    schema = placed("marketplace")
    dot = "" if schema is None else f"{schema}."
    op.add_column("placements", sa.Column("profile_id", sa.Uuid(), nullable=True), schema=schema)
    op.add_column("placements", sa.Column("pricing_kind", sa.String(16), nullable=True), schema=schema)
    op.execute(
        f"UPDATE {dot}placements SET profile_id = listing.profile_id, pricing_kind = listing.pricing_kind "  # noqa: S608 - names of ours
        f"FROM {dot}listings AS listing WHERE listing.service_id = placements.service_id"
    )
    for table, columns in PRICES.items():
        # In one transaction with its successor, so that no reader meets the table without one.
        op.execute(f"-- squawk-ignore require-concurrent-index-deletion\nDROP INDEX {dot}ix_{table}_price_up")
        _create_index(f"ix_{table}_price_up", table, columns, including=schema is not None)
    for table, columns in PRICING.items():
        _create_index(f"ix_{table}_pricing", table, columns, including=schema is not None)
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        f"CREATE INDEX ix_provider_profiles_hidden ON {dot}provider_profiles (id) WHERE {HIDDEN}"
    )


def _create_index(name: str, table: str, columns: Sequence[str], *, including: bool) -> None:
    dot, live = ("marketplace.", "live") if op.get_context().dialect.name == "postgresql" else ("", "live = 1")
    include = " INCLUDE (profile_id)" if including else ""
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        f"CREATE INDEX {name} ON {dot}{table} ({', '.join(columns)}){include} WHERE {live}"
    )


def downgrade() -> None:
    limit(statement="15min")
    schema = placed("marketplace")
    op.drop_index("ix_provider_profiles_hidden", "provider_profiles", schema=schema)
    for table in PRICING:
        op.drop_index(f"ix_{table}_pricing", table, schema=schema)
    for table, columns in PRICES.items():
        op.drop_index(f"ix_{table}_price_up", table, schema=schema)
        _create_index(f"ix_{table}_price_up", table, columns, including=False)
    for column in ("pricing_kind", "profile_id"):
        op.drop_column("placements", column, schema=schema)
