"""Reports of reviews."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from migrations.alter import one_of
from migrations.limits import limit

revision: str = "0080_reported_reviews"
down_revision: str | None = "0079_message_attachments"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_KINDS = ("SERVICE", "PROVIDER", "PHOTO", "MESSAGE")
# A whole Table: only of those is the schema left out on SQLite.
reports = sa.Table("reports", sa.MetaData(schema="marketplace"), sa.Column("subject_kind", sa.String()))


def upgrade() -> None:
    limit()
    one_of("reports", "ck_reports_subjectkind", "subject_kind", (*_KINDS, "REVIEW"), schema="marketplace")


def downgrade() -> None:
    """Forget the reports of reviews."""
    limit()
    op.execute(reports.delete().where(reports.c.subject_kind == "REVIEW"))
    one_of("reports", "ck_reports_subjectkind", "subject_kind", _KINDS, schema="marketplace")
