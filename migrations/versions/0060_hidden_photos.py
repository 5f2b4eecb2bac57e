"""Photos that can be reported, and that staff hide with a note to their owner."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from migrations.alter import check, one_of, placed
from migrations.limits import limit

revision: str = "0060_hidden_photos"
down_revision: str | None = "0059_jobs"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Whole Tables: only of those is the schema left out on SQLite.
_marketplace = sa.MetaData(schema="marketplace")
photos = sa.Table("photos", _marketplace, sa.Column("state", sa.String()), sa.Column("review_note", sa.String()))
reports = sa.Table("reports", _marketplace, sa.Column("subject_kind", sa.String()))

# As they are called in databases: the tables' migrations gave whole names, to which the prefix came again.
_STATE, _KIND = "ck_photos_photostate", "ck_reports_subjectkind"
_WHOLE = (
    "({state}) = (content_hash IS NOT NULL) AND (content_hash IS NULL) = (width IS NULL) "
    "AND (content_hash IS NULL) = (height IS NULL) AND (content_hash IS NULL) = (placeholder IS NULL)"
)


def upgrade() -> None:
    limit()
    prefix = "" if placed("marketplace") is None else "marketplace."
    # By hand: a constraint that comes with its column is the one way that both engines take.
    op.execute(
        f"ALTER TABLE {prefix}photos ADD COLUMN review_note VARCHAR(2000) "
        "CONSTRAINT ck_photos_note_if_hidden CHECK ((state = 'HIDDEN') = (review_note IS NOT NULL)) "
        "CONSTRAINT ck_photos_review_note_length CHECK (length(review_note) <= 2000)"
    )
    one_of("photos", _STATE, "state", ("PENDING", "READY", "REJECTED", "HIDDEN"), schema="marketplace")
    check("photos", "ready_whole", _WHOLE.format(state="state IN ('READY', 'HIDDEN')"), schema="marketplace")
    one_of("reports", _KIND, "subject_kind", ("SERVICE", "PROVIDER", "PHOTO"), schema="marketplace")


def downgrade() -> None:
    """Drop reports of photos, and show again what was hidden."""
    limit()
    op.execute(reports.delete().where(reports.c.subject_kind == "PHOTO"))
    one_of("reports", _KIND, "subject_kind", ("SERVICE", "PROVIDER"), schema="marketplace")
    op.execute(photos.update().where(photos.c.state == "HIDDEN").values(state="READY", review_note=None))
    check("photos", "ready_whole", _WHOLE.format(state="state = 'READY'"), schema="marketplace")
    one_of("photos", _STATE, "state", ("PENDING", "READY", "REJECTED"), schema="marketplace")
    op.drop_column("photos", "review_note", schema=placed("marketplace"))
