"""Slugs that categories had before, retired categories, and the permission to see both."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from impl.kernel.tables import UtcDateTime
from migrations.alter import placed
from migrations.limits import limit
from migrations.permissions import grant, revoke

revision: str = "0032_kept_categories"
down_revision: str | None = "0031_stems"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def _in(schema: str, table: str) -> str:
    return f"{schema}.{table}" if placed(schema) else table


def _category(table: str, column: str, ondelete: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_categories")
    return sa.ForeignKeyConstraint([column], [_in("marketplace", "categories.id")], name=name, ondelete=ondelete)


def upgrade() -> None:
    limit()
    op.create_table(
        "category_slugs",
        sa.Column("slug", sa.String(80), nullable=False),
        sa.Column("category_id", sa.Uuid(), nullable=False),
        sa.Column("leads_to_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_category_slugs")),
        _category("category_slugs", "category_id", "CASCADE"),
        _category("category_slugs", "leads_to_id", "CASCADE"),
        sa.CheckConstraint("length(slug) BETWEEN 1 AND 80", name=op.f("ck_category_slugs_slug_length")),
        schema=placed("marketplace"),
    )
    for column in ("category_id", "leads_to_id"):
        name = op.f(f"ix_category_slugs_{column}")
        op.create_index(name, "category_slugs", [column], schema=placed("marketplace"))
    op.create_table(
        "category_retirements",
        sa.Column("category_id", sa.Uuid(), nullable=False),
        sa.Column("replacement_id", sa.Uuid(), nullable=False),
        sa.Column("retired_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("category_id", name=op.f("pk_category_retirements")),
        _category("category_retirements", "category_id", "RESTRICT"),
        _category("category_retirements", "replacement_id", "RESTRICT"),
        sa.CheckConstraint("replacement_id <> category_id", name=op.f("ck_category_retirements_not_by_itself")),
        schema=placed("marketplace"),
    )
    op.create_index(
        op.f("ix_category_retirements_replacement_id"),
        "category_retirements",
        ["replacement_id"],
        schema=placed("marketplace"),
    )
    op.execute(
        f"INSERT INTO {_in('marketplace', 'category_slugs')} (slug, category_id, leads_to_id, created_at)"  # noqa: S608 - names of ours
        f" SELECT slug, id, id, created_at FROM {_in('marketplace', 'categories')}"
    )
    grant("STAFF_MODERATOR", ("category:read",))


def downgrade() -> None:
    limit()
    revoke("STAFF_MODERATOR", ("category:read",))
    op.drop_table("category_retirements", schema=placed("marketplace"))
    op.drop_table("category_slugs", schema=placed("marketplace"))
