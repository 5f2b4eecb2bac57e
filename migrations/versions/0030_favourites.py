"""Favourites, and the permissions of homeowners to keep them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from impl.kernel.tables import UtcDateTime
from migrations.alter import placed
from migrations.limits import limit
from migrations.permissions import grant, revoke

revision: str = "0030_favourites"
down_revision: str | None = "0029_submissions"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_PERMISSIONS = ("favourite:read", "favourite:write")


def upgrade() -> None:
    limit()
    schema = placed("marketplace")
    op.create_table(
        "favourites",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "SERVICE",
                "PROVIDER",
                name="ck_favourites_favouritekind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["identity.users.id" if schema else "users.id"],
            name=op.f("fk_favourites_owner_id_users"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_favourites")),
        sa.UniqueConstraint("owner_id", "kind", "subject_id", name=op.f("uq_favourites_owner_id_kind_subject_id")),
        schema=schema,
    )
    op.create_index(
        "ix_favourites_owner_id_created_at_id", "favourites", ["owner_id", "created_at", "id"], schema=schema
    )
    grant("HOMEOWNER", _PERMISSIONS)


def downgrade() -> None:
    limit()
    revoke("HOMEOWNER", _PERMISSIONS)
    op.drop_table("favourites", schema=placed("marketplace"))
