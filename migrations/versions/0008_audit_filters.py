"""Indexes for the filters of the audit trail."""

from collections.abc import Sequence

from migrations.indexes import build_index, drop_index
from migrations.limits import limit

revision: str = "0008_audit_filters"
down_revision: str | None = "0007_words_of_what_is_there"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_INDEXES = {
    "ix_audit_events_subject_type_occurred_at": "subject_type, occurred_at",
    "ix_audit_events_request_id": "request_id",
}


def upgrade() -> None:
    limit()
    for name, columns in _INDEXES.items():
        build_index(name, "audit_events", columns, schema="operations")


def downgrade() -> None:
    limit()
    for name in _INDEXES:
        drop_index(name, schema="operations")
