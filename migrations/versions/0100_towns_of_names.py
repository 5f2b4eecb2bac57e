"""Population and country of its town beside each other name, by which names are sorted; imports write them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from migrations.alter import placed
from migrations.limits import limit

revision: str = "0100_towns_of_names"
down_revision: str | None = "0099_words_of_the_licensed"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    limit()
    schema = placed("marketplace")
    op.add_column("place_names", sa.Column("population", sa.Integer(), nullable=True), schema=schema)
    op.add_column("place_names", sa.Column("country", sa.String(2), nullable=True), schema=schema)


def downgrade() -> None:
    limit()
    schema = placed("marketplace")
    op.drop_column("place_names", "country", schema=schema)
    op.drop_column("place_names", "population", schema=schema)
