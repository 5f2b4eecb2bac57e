"""Secret addresses of providers' calendars, and an index by which a calendar finds its jobs."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from migrations.alter import placed
from migrations.create import foreign_key, stamps
from migrations.limits import limit

revision: str = "0075_calendar_feeds"
down_revision: str | None = "0074_best_rated"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    limit()
    schema = placed("marketplace")
    op.create_table(
        "calendar_feeds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(32), nullable=False),
        *stamps(),
        foreign_key("calendar_feeds", "owner_id", "users", schema, "identity"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feeds")),
        sa.UniqueConstraint("owner_id", name=op.f("uq_calendar_feeds_owner_id")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_calendar_feeds_secret_hash")),
        schema=schema,
    )
    table = "jobs" if schema is None else "marketplace.jobs"
    op.execute(
        # The table is of this release, and empty.
        f"-- squawk-ignore require-concurrent-index-creation\nCREATE INDEX ix_jobs_agreed ON {table}"
        " (provider_id, starts_at) WHERE starts_at IS NOT NULL"
    )


def downgrade() -> None:
    limit()
    schema = placed("marketplace")
    op.drop_index("ix_jobs_agreed", "jobs", schema=schema)
    op.drop_table("calendar_feeds", schema=schema)
