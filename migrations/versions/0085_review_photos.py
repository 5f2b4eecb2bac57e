"""Photos of reviews."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from migrations.alter import one_of
from migrations.limits import limit

revision: str = "0085_review_photos"
down_revision: str | None = "0084_worker_tasks"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# As it is called in databases: the table's migration gave a whole name, to which the prefix came again.
_KIND = "ck_photos_photosubjectkind"
_KINDS = ("PROPERTY", "SERVICE", "PROFILE", "INQUIRY", "MESSAGE")
# A whole Table: only of those is the schema left out on SQLite.
photos = sa.Table("photos", sa.MetaData(schema="marketplace"), sa.Column("subject_kind", sa.String()))


def upgrade() -> None:
    limit()
    one_of("photos", _KIND, "subject_kind", (*_KINDS, "REVIEW"), schema="marketplace")


def downgrade() -> None:
    """Forget the photos of reviews; their files stay in the storage."""
    limit()
    op.execute(photos.delete().where(photos.c.subject_kind == "REVIEW"))
    one_of("photos", _KIND, "subject_kind", _KINDS, schema="marketplace")
