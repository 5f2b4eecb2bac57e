"""The worker keeps the verdict of its last walk over the audit chain, for staff who read the trail."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from impl.kernel.tables import UtcDateTime
from migrations.limits import limit

revision: str = "0036_audit_verdicts"
down_revision: str | None = "0035_audit_intake"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    limit()
    op.create_table(
        "audit_verdicts",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("verified_at", UtcDateTime(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("breaks", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("mac", sa.LargeBinary(32), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_verdicts_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_verdicts")),
        schema="operations",
    )


def downgrade() -> None:
    limit()
    op.drop_table("audit_verdicts", schema="operations")
