"""Indexes that find all rows of a person for export and erasure."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from migrations.limits import limit

revision: str = "0018_of_a_person"
down_revision: str | None = "0017_sign_ins"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Not CONCURRENTLY: that waits for every transaction, also for the one in which another release waits to migrate.
_UNHURRIED = "-- squawk-ignore require-concurrent-index-creation"
_TABLES = ("sessions", "one_time_tokens", "oauth_flows", "oauth_codes")


def upgrade() -> None:
    limit()
    schema = "" if op.get_context().dialect.name == "sqlite" else "identity."
    for table in _TABLES:
        op.execute(f"{_UNHURRIED}\nCREATE INDEX ix_{table}_user_id ON {schema}{table} (user_id)")
    # It led to the live ones only, as the other one does now. The lock is over at once, or not waited for.
    op.execute(f"-- squawk-ignore require-concurrent-index-deletion\nDROP INDEX {schema}ix_sessions_user_live")


def downgrade() -> None:
    limit()
    op.create_index(
        "ix_sessions_user_live",
        "sessions",
        ["user_id"],
        unique=False,
        schema="identity",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    for table in _TABLES:
        op.drop_index(op.f(f"ix_{table}_user_id"), table, schema="identity")
