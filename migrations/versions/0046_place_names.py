"""Other names of towns, by which places are found too."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from migrations.alter import placed
from migrations.limits import limit

revision: str = "0046_place_names"
down_revision: str | None = "0045_counted_places"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    limit()
    schema = placed("marketplace")
    op.create_table(
        "place_names",
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("search_key", sa.String(300), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 200", name=op.f("ck_place_names_name_length")),
        sa.ForeignKeyConstraint(
            ["place_id"],
            ["marketplace.places.id" if schema else "places.id"],
            name=op.f("fk_place_names_place_id_places"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("place_id", "search_key", name=op.f("pk_place_names")),
        schema=schema,
    )
    op.create_index(
        "ix_place_names_search_key",
        "place_names",
        ["search_key"],
        schema=schema,
        postgresql_ops={"search_key": "text_pattern_ops"},
    )


def downgrade() -> None:
    limit()
    op.drop_table("place_names", schema=placed("marketplace"))
