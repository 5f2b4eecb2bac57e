"""Constraint that no two booked jobs of a provider overlap."""

from collections.abc import Sequence

from alembic import op

from migrations.alter import placed
from migrations.limits import limit

revision: str = "0064_bookings"
down_revision: str | None = "0063_availability"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_BOOKED = "state IN ('SCHEDULED', 'IN_PROGRESS') AND starts_at IS NOT NULL"

# Trusted since PostgreSQL 13: whoever may create schemas in the database may create it.
POSTGRESQL = (
    "CREATE EXTENSION IF NOT EXISTS btree_gist",
    """
    -- squawk-ignore constraint-missing-not-valid
    ALTER TABLE marketplace.jobs ADD CONSTRAINT ex_jobs_booked_once
    EXCLUDE USING gist (provider_id WITH =, tstzrange(starts_at, ends_at) WITH &&)
    WHERE (state IN ('SCHEDULED', 'IN_PROGRESS') AND starts_at IS NOT NULL)
    """,
)
# SQLite has no such constraint, and one writer: a trigger sees all that was written before.
SQLITE = (
    """
    CREATE TRIGGER ex_jobs_booked_once_insert BEFORE INSERT ON jobs
    WHEN NEW.state IN ('SCHEDULED', 'IN_PROGRESS') AND NEW.starts_at IS NOT NULL AND EXISTS (
        SELECT 1 FROM jobs
        WHERE provider_id = NEW.provider_id AND state IN ('SCHEDULED', 'IN_PROGRESS') AND starts_at IS NOT NULL
        AND starts_at < NEW.ends_at AND ends_at > NEW.starts_at
    )
    BEGIN SELECT RAISE(ABORT, 'ex_jobs_booked_once'); END
    """,
    """
    CREATE TRIGGER ex_jobs_booked_once_update BEFORE UPDATE OF provider_id, state, starts_at, ends_at ON jobs
    WHEN NEW.state IN ('SCHEDULED', 'IN_PROGRESS') AND NEW.starts_at IS NOT NULL AND EXISTS (
        SELECT 1 FROM jobs
        WHERE provider_id = NEW.provider_id AND state IN ('SCHEDULED', 'IN_PROGRESS') AND starts_at IS NOT NULL
        AND starts_at < NEW.ends_at AND ends_at > NEW.starts_at AND id <> NEW.id
    )
    BEGIN SELECT RAISE(ABORT, 'ex_jobs_booked_once'); END
    """,
)


def upgrade() -> None:
    limit()
    schema = placed("marketplace")
    table = "jobs" if schema is None else "marketplace.jobs"
    op.execute(
        # The table is of this release, and empty.
        f"-- squawk-ignore require-concurrent-index-creation\nCREATE INDEX ix_jobs_booked ON {table}"
        f" (provider_id, starts_at) WHERE {_BOOKED}"
    )
    for statement in SQLITE if schema is None else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    limit()
    schema = placed("marketplace")
    if schema is None:
        op.execute("DROP TRIGGER ex_jobs_booked_once_insert")
        op.execute("DROP TRIGGER ex_jobs_booked_once_update")
    else:
        op.execute("ALTER TABLE marketplace.jobs DROP CONSTRAINT ex_jobs_booked_once")
        op.execute("DROP EXTENSION IF EXISTS btree_gist")
    op.drop_index("ix_jobs_booked", "jobs", schema=schema)
