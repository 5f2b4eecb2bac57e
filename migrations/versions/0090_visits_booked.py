"""Drop the partial index of booked visits: that of all times finds them, and the constraint has its own."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from migrations.alter import placed
from migrations.limits import limit

revision: str = "0090_visits_booked"
down_revision: str | None = "0089_usage_days"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_BOOKED = sa.text("state = 'BOOKED'")


def upgrade() -> None:
    limit()
    prefix = "" if placed("marketplace") is None else "marketplace."
    # Not CONCURRENTLY: that waits for every transaction, also for the one in which another release waits to migrate.
    op.execute(f"-- squawk-ignore require-concurrent-index-deletion\nDROP INDEX {prefix}ix_visits_booked")


def downgrade() -> None:
    limit()
    op.create_index(
        "ix_visits_booked",
        "visits",
        ["provider_id", "starts_at"],
        schema=placed("marketplace"),
        postgresql_where=_BOOKED,
        sqlite_where=_BOOKED,
    )
