"""Indexes that find all rows of a person for export and erasure."""

from collections.abc import Sequence

from migrations.alter import placed
from migrations.indexes import build_index, drop_index
from migrations.limits import limit

revision: str = "0018_of_a_person"
down_revision: str | None = "0017_sign_ins"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TABLES = ("sessions", "one_time_tokens", "oauth_flows", "oauth_codes")


def upgrade() -> None:
    limit()
    for table in _TABLES:
        build_index(f"ix_{table}_user_id", table, "user_id", schema="identity")
    # It led to the live ones only, as the other one does now.
    drop_index("ix_sessions_user_live", schema="identity")


def downgrade() -> None:
    limit()
    where = "ended_at IS NULL" if placed("identity") else None
    build_index("ix_sessions_user_live", "sessions", "user_id", schema="identity", where=where)
    for table in _TABLES:
        drop_index(f"ix_{table}_user_id", schema="identity")
