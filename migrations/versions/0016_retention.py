"""Indexes that find rows whose retention period is over."""

from collections.abc import Sequence

from alembic import op

from migrations.limits import limit

revision: str = "0016_retention"
down_revision: str | None = "0015_suspension_mails"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Not CONCURRENTLY: that waits for every transaction, also for the one in which another release waits to migrate.
_UNHURRIED = "-- squawk-ignore require-concurrent-index-creation"
_INDEXES = {
    "ix_users_closed_at": ("identity.users", "closed_at", "closed_at IS NOT NULL AND state <> 'ERASED'"),
    "ix_one_time_tokens_expires_at": ("identity.one_time_tokens", "expires_at", None),
    "ix_sent_mails_decided_at": ("identity.sent_mails", "decided_at", None),
    "ix_outbox_dead_at": ("operations.outbox", "dead_at", "dead_at IS NOT NULL"),
}


def upgrade() -> None:
    limit()
    is_sqlite = op.get_context().dialect.name == "sqlite"
    for name, (table, column, where) in _INDEXES.items():
        target = table.partition(".")[2] if is_sqlite else table
        condition = "" if where is None else f" WHERE {where}"
        op.execute(f"{_UNHURRIED}\nCREATE INDEX {name} ON {target} ({column}){condition}")


def downgrade() -> None:
    limit()
    for name, (table, _, _) in _INDEXES.items():
        schema, _, target = table.partition(".")
        op.drop_index(op.f(name), target, schema=schema)
