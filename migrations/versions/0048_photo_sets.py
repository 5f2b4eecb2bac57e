"""Time at which the photos of a thing changed last."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from impl.kernel.tables import UtcDateTime
from migrations.alter import placed
from migrations.limits import limit

revision: str = "0048_photo_sets"
down_revision: str | None = "0047_photos"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    limit()
    schema = placed("marketplace")
    op.create_table(
        "photo_sets",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["identity.users.id" if schema else "users.id"],
            name=op.f("fk_photo_sets_owner_id_users"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_photo_sets")),
        schema=schema,
    )
    op.create_index("ix_photo_sets_owner_id", "photo_sets", ["owner_id"], schema=schema)


def downgrade() -> None:
    limit()
    op.drop_table("photo_sets", schema=placed("marketplace"))
