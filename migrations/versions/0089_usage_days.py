"""Figures about the use of the service, by day."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from impl.kernel.tables import UtcDateTime
from migrations.alter import placed
from migrations.limits import limit

revision: str = "0089_usage_days"
down_revision: str | None = "0088_log_entries"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_FIGURES = ("accounts", "listings", "inquiries", "quotes", "jobs", "reviews", "logins", "refused_logins", "errors")


def upgrade() -> None:
    limit()
    op.create_table(
        "usage_days",
        sa.Column("day", sa.Date(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in _FIGURES),
        sa.Column("counted_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_usage_days")),
        schema=placed("operations"),
    )


def downgrade() -> None:
    limit()
    op.drop_table("usage_days", schema=placed("operations"))
