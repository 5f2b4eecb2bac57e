"""Audit events that outsiders cause wait encrypted in an intake, from which the worker records or counts them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from impl.kernel.tables import UtcDateTime
from migrations.alter import placed
from migrations.limits import limit

revision: str = "0035_audit_intake"
down_revision: str | None = "0034_question_sets"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    limit()
    op.create_table(
        "audit_intake",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_intake")),
        schema="operations",
    )
    op.create_index("ix_audit_intake_due", "audit_intake", ["due_at", "id"], schema=placed("operations"))


def downgrade() -> None:
    limit()
    op.drop_index("ix_audit_intake_due", "audit_intake", schema=placed("operations"))
    op.drop_table("audit_intake", schema="operations")
