"""Questions of categories, in versions."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from impl.kernel.tables import Json, UtcDateTime
from migrations.alter import placed
from migrations.limits import limit

revision: str = "0034_question_sets"
down_revision: str | None = "0033_spelling"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    limit()
    op.create_table(
        "question_sets",
        sa.Column("category_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("questions", Json, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("category_id", "number", name=op.f("pk_question_sets")),
        sa.ForeignKeyConstraint(
            ["category_id"],
            ["marketplace.categories.id" if placed("marketplace") else "categories.id"],
            name=op.f("fk_question_sets_category_id_categories"),
            ondelete="RESTRICT",
        ),
        sa.CheckConstraint("number >= 1", name=op.f("ck_question_sets_number_range")),
        schema=placed("marketplace"),
    )


def downgrade() -> None:
    limit()
    op.drop_table("question_sets", schema=placed("marketplace"))
