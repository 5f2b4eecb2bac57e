"""Columns that say what staff did about a report, and what a service was when they took it down."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from migrations.alter import placed
from migrations.limits import limit

revision: str = "0043_taken_down"
down_revision: str | None = "0042_property_areas"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# A whole Table: only of those is the schema left out on SQLite.
reports = sa.Table(
    "reports", sa.MetaData(schema="marketplace"), sa.Column("state", sa.String()), sa.Column("action", sa.String())
)


def upgrade() -> None:
    limit()
    prefix = "" if placed("marketplace") is None else "marketplace."
    # By hand: a constraint that comes with its column is the one way that both engines take.
    op.execute(
        f"ALTER TABLE {prefix}services ADD COLUMN taken_down_from VARCHAR(32) "
        "CONSTRAINT ck_services_takendownfrom CHECK "
        "(taken_down_from IN ('DRAFT', 'PENDING_REVIEW', 'PUBLISHED', 'PAUSED', 'ARCHIVED', 'REJECTED')) "
        "CONSTRAINT ck_services_taken_down_hidden CHECK "
        "(taken_down_from IS NULL OR state NOT IN ('PUBLISHED', 'PAUSED'))"
    )
    op.execute(
        f"ALTER TABLE {prefix}reports ADD COLUMN action VARCHAR(32) "
        "CONSTRAINT ck_reports_reportaction CHECK (action IN ('NONE', 'TAKE_DOWN')) "
        "CONSTRAINT ck_reports_action_of_actioned CHECK (action IS NULL OR state = 'ACTIONED')"
    )
    # A decision did nothing by itself until now.
    op.execute(reports.update().where(reports.c.state == "ACTIONED").values(action="NONE"))


def downgrade() -> None:
    """Drop the columns; what was taken down stays `REJECTED`, and its owner submits it again."""
    limit()
    schema = placed("marketplace")
    op.drop_column("reports", "action", schema=schema)
    op.drop_column("services", "taken_down_from", schema=schema)
