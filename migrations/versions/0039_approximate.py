"""Mark on properties whose coordinates are those of their postal code or town."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from migrations.alter import placed
from migrations.limits import limit

revision: str = "0039_approximate"
down_revision: str | None = "0038_saved_searches"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    limit()
    column: sa.Column[bool] = sa.Column(
        "coordinates_approximate", sa.Boolean(), nullable=False, server_default=sa.false()
    )
    op.add_column("properties", column, schema=placed("marketplace"))


def downgrade() -> None:
    limit()
    op.drop_column("properties", "coordinates_approximate", schema=placed("marketplace"))
