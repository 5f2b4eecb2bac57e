"""Mark of accounts that were verified once, so that those that never were can be erased."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from impl.kernel.tables import UtcDateTime
from migrations.alter import placed
from migrations.limits import limit

revision: str = "0020_unverified"
down_revision: str | None = "0019_export_mail"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_UNPROVED = "email_verified_at IS NULL AND once_verified_at IS NULL AND closed_at IS NULL"


def upgrade() -> None:
    limit()
    schema = "" if op.get_context().dialect.name == "sqlite" else "identity."
    trail = "audit_events" if not schema else "operations.audit_events"
    op.add_column("users", sa.Column("once_verified_at", UtcDateTime(), nullable=True), schema=placed("identity"))
    # Not CONCURRENTLY: that waits for every transaction, also for the one in which another release waits to migrate.
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        f"CREATE INDEX ix_users_unproved ON {schema}users (updated_at) WHERE {_UNPROVED}"
    )
    # Nobody noted whether what staff have changed was verified before: it stays. Of unverified accounts, which are few.
    op.execute(
        f"UPDATE {schema}users SET once_verified_at = created_at WHERE {_UNPROVED} AND EXISTS "  # noqa: S608 - our own names
        f"(SELECT 1 FROM {trail} e WHERE e.subject_id = users.id AND e.event = 'account.changed' "
        "AND e.actor_id <> users.id)"
    )


def downgrade() -> None:
    limit()
    op.drop_index("ix_users_unproved", table_name="users", schema=placed("identity"))
    op.drop_column("users", "once_verified_at", schema=placed("identity"))
