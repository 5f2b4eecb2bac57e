"""Saved searches, and the permissions of homeowners to save them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from impl.kernel.tables import Json, UtcDateTime
from migrations.alter import placed
from migrations.limits import limit
from migrations.permissions import grant, revoke

revision: str = "0038_saved_searches"
down_revision: str | None = "0037_provider_pages"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_PERMISSIONS = ("saved_search:read", "saved_search:write")
_IS_DUE = sa.text("next_due_at IS NOT NULL")


def _check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_saved_searches_{name}"))


def upgrade() -> None:
    limit()
    schema = placed("marketplace")
    op.create_table(
        "saved_searches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("filters", Json, nullable=False),
        sa.Column(
            "frequency",
            sa.Enum(
                "DAILY",
                "WEEKLY",
                "NEVER",
                name="ck_saved_searches_savedsearchfrequency",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("mailed_until_at", UtcDateTime(), nullable=False),
        sa.Column("next_due_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _check("name_length", "length(name) BETWEEN 1 AND 80"),
        _check("due_unless_never", "(frequency = 'NEVER') = (next_due_at IS NULL)"),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["identity.users.id" if schema else "users.id"],
            name=op.f("fk_saved_searches_owner_id_users"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_searches")),
        schema=schema,
    )
    op.create_index(
        "ix_saved_searches_owner_id_created_at_id", "saved_searches", ["owner_id", "created_at", "id"], schema=schema
    )
    op.create_index(
        "ix_saved_searches_due",
        "saved_searches",
        ["next_due_at"],
        schema=schema,
        postgresql_where=_IS_DUE,
        sqlite_where=_IS_DUE,
    )
    grant("HOMEOWNER", _PERMISSIONS)


def downgrade() -> None:
    limit()
    revoke("HOMEOWNER", _PERMISSIONS)
    op.drop_table("saved_searches", schema=placed("marketplace"))
