"""Indexes for the filters of the audit trail."""

from collections.abc import Sequence

from alembic import op

from migrations.limits import limit

revision: str = "0008_audit_filters"
down_revision: str | None = "0007_words_of_what_is_there"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Not CONCURRENTLY: that waits for every transaction, also for the one in which another release waits to migrate.
_UNHURRIED = "-- squawk-ignore require-concurrent-index-creation"
_INDEXES = {
    "ix_audit_events_subject_type_occurred_at": "subject_type, occurred_at",
    "ix_audit_events_request_id": "request_id",
}


def upgrade() -> None:
    limit()
    table = "operations.audit_events" if op.get_context().dialect.name == "postgresql" else "audit_events"
    for name, columns in _INDEXES.items():
        op.execute(f"{_UNHURRIED}\nCREATE INDEX {name} ON {table} ({columns})")


def downgrade() -> None:
    limit()
    for name in _INDEXES:
        op.drop_index(op.f(name), "audit_events", schema="operations")
