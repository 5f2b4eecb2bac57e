"""Indexes that find rows whose retention period is over."""

from collections.abc import Sequence

from migrations.indexes import build_index, drop_index
from migrations.limits import limit

revision: str = "0016_retention"
down_revision: str | None = "0015_suspension_mails"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_INDEXES = {
    "ix_users_closed_at": ("identity", "users", "closed_at", "closed_at IS NOT NULL AND state <> 'ERASED'"),
    "ix_one_time_tokens_expires_at": ("identity", "one_time_tokens", "expires_at", None),
    "ix_sent_mails_decided_at": ("identity", "sent_mails", "decided_at", None),
    "ix_outbox_dead_at": ("operations", "outbox", "dead_at", "dead_at IS NOT NULL"),
}


def upgrade() -> None:
    limit()
    for name, (schema, table, column, where) in _INDEXES.items():
        build_index(name, table, column, schema=schema, where=where)


def downgrade() -> None:
    limit()
    for name, (schema, *_) in _INDEXES.items():
        drop_index(name, schema=schema)
