"""Trace that has caused a message of the outbox or a delivery of a webhook, where it was recorded."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from migrations.alter import placed
from migrations.limits import limit

revision: str = "0093_causes_of_deliveries"
down_revision: str | None = "0092_counts_of_the_rated"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TABLES = (("operations", "outbox"), ("marketplace", "webhook_deliveries"))


def upgrade() -> None:
    limit()
    for schema, table in _TABLES:
        op.add_column(table, sa.Column("traceparent", sa.String(55)), schema=placed(schema))


def downgrade() -> None:
    limit()
    for schema, table in _TABLES:
        op.drop_column(table, "traceparent", schema=placed(schema))
