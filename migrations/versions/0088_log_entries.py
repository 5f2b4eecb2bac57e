"""Warnings and errors of processes, for staff."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from impl.kernel.tables import UtcDateTime
from migrations.alter import placed
from migrations.create import words_of
from migrations.limits import limit

revision: str = "0088_log_entries"
down_revision: str | None = "0087_qualities_of_words"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    limit()
    schema = placed("operations")
    op.create_table(
        "log_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("logged_at", UtcDateTime(), nullable=False),
        sa.Column("level", words_of("loglevel", "WARNING", "ERROR", "CRITICAL"), nullable=False),
        sa.Column("program", sa.String(32), nullable=False),
        sa.Column("logger", sa.String(100), nullable=False),
        sa.Column("message", sa.String(1000), nullable=False),
        sa.Column("error", sa.String(4000), nullable=True),
        sa.Column("operation", sa.String(64), nullable=True),
        sa.Column("request_id", sa.String(64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_entries")),
        schema=schema,
    )
    op.create_index("ix_log_entries_logged_at_id", "log_entries", ["logged_at", "id"], schema=schema)
    op.create_index("ix_log_entries_request_id", "log_entries", ["request_id"], schema=schema)


def downgrade() -> None:
    limit()
    op.drop_table("log_entries", schema=placed("operations"))
