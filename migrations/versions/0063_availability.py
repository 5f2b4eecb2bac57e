"""Working hours of providers."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from impl.kernel.tables import Json, UtcDateTime
from migrations.alter import placed
from migrations.limits import limit

revision: str = "0063_availability"
down_revision: str | None = "0062_reviews"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    limit()
    schema = placed("marketplace")
    op.create_table(
        "availabilities",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("time_zone", sa.String(64), nullable=False),
        sa.Column("weekly", Json, nullable=False),
        sa.Column("exceptions", Json, nullable=False),
        sa.Column("notice_minutes", sa.Integer(), nullable=False),
        sa.Column("step_minutes", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("notice_minutes BETWEEN 0 AND 43200", name=op.f("ck_availabilities_notice_minutes_range")),
        sa.CheckConstraint("step_minutes BETWEEN 15 AND 240", name=op.f("ck_availabilities_step_minutes_range")),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["identity.users.id" if schema else "users.id"],
            name=op.f("fk_availabilities_owner_id_users"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_availabilities")),
        sa.UniqueConstraint("owner_id", name=op.f("uq_availabilities_owner_id")),
        schema=schema,
    )


def downgrade() -> None:
    limit()
    op.drop_table("availabilities", schema=placed("marketplace"))
