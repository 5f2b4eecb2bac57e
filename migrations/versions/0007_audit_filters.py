"""Indexes for staff's ways to look through the audit trail."""

from collections.abc import Sequence

from alembic import op

from migrations.limits import limit

revision: str = "0007_audit_filters"
down_revision: str | None = "0006_search"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_INDEXES = {
    "ix_audit_events_subject_type_occurred_at": ["subject_type", "occurred_at"],
    "ix_audit_events_request_id": ["request_id"],
}


def upgrade() -> None:
    limit()
    # Beside those who write: each login is an event.
    with op.get_context().autocommit_block():
        for name, columns in _INDEXES.items():
            op.create_index(
                op.f(name),
                "audit_events",
                columns,
                schema="operations",
                if_not_exists=True,
                postgresql_concurrently=True,
            )


def downgrade() -> None:
    limit()
    with op.get_context().autocommit_block():
        for name in _INDEXES:
            op.drop_index(op.f(name), "audit_events", schema="operations", if_exists=True, postgresql_concurrently=True)
