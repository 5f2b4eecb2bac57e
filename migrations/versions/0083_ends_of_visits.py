"""Reasons for which visits end with something else, and the end of those whose inquiry has ended without them."""

from collections.abc import Sequence
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from impl.kernel.tables import UtcDateTime
from migrations.alter import check, placed
from migrations.limits import limit

revision: str = "0083_ends_of_visits"
down_revision: str | None = "0082_visit_notices"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_REASONS = (
    "INQUIRY_WITHDRAWN",
    "INQUIRY_EXPIRED",
    "INQUIRY_DECLINED",
    "OTHER_CHOSEN",
    "JOB_CANCELLED",
    "ACCOUNT_CLOSED",
)
_ENDS = {
    "WITHDRAWN": ("INQUIRY_WITHDRAWN", "HOMEOWNER"),
    "EXPIRED": ("INQUIRY_EXPIRED", None),
    "OTHER_CHOSEN": ("OTHER_CHOSEN", "HOMEOWNER"),
}
# Whole Tables: only of those is the schema left out on SQLite.
_metadata = sa.MetaData(schema="marketplace")
recipients = sa.Table(
    "inquiry_recipients", _metadata, sa.Column("id", sa.Uuid()), sa.Column("lost_reason", sa.String())
)
visits = sa.Table(
    "visits",
    _metadata,
    sa.Column("recipient_id", sa.Uuid()),
    sa.Column("state", sa.String()),
    sa.Column("starts_at", UtcDateTime()),
    sa.Column("cancelled_by", sa.String()),
    sa.Column("end_reason", sa.String()),
    sa.Column("updated_at", UtcDateTime()),
    sa.Column("version", sa.Integer()),
)


def upgrade() -> None:
    limit()
    prefix = "" if placed("marketplace") is None else "marketplace."
    words = ", ".join(f"'{reason}'" for reason in _REASONS)
    # By hand: a constraint that comes with its column is the one way that both engines take.
    op.execute(
        f"ALTER TABLE {prefix}visits ADD COLUMN end_reason VARCHAR(32) "
        f"CONSTRAINT ck_visits_visitendreason CHECK (end_reason IN ({words}))"
    )
    known = "(state = 'CANCELLED') = (cancelled_by IS NOT NULL OR end_reason IS NOT NULL)"
    check("visits", "cancelled_by_known", known, schema="marketplace")
    now = datetime.now(UTC)
    for lost, (reason, side) in _ENDS.items():
        losers = sa.select(recipients.c.id).where(recipients.c.lost_reason == lost)
        waits = sa.or_(visits.c.state == "REQUESTED", sa.and_(visits.c.state == "BOOKED", visits.c.starts_at > now))
        op.execute(
            visits.update()
            .where(visits.c.recipient_id.in_(losers), waits)
            .values(
                state="CANCELLED", cancelled_by=side, end_reason=reason, updated_at=now, version=visits.c.version + 1
            )
        )


def downgrade() -> None:
    """Forget the reasons; of what nobody has cancelled, the homeowner has."""
    limit()
    nobody = sa.and_(visits.c.state == "CANCELLED", visits.c.cancelled_by.is_(None))
    op.execute(visits.update().where(nobody).values(cancelled_by="HOMEOWNER"))
    known = "(state = 'CANCELLED') = (cancelled_by IS NOT NULL)"
    check("visits", "cancelled_by_known", known, schema="marketplace")
    op.drop_column("visits", "end_reason", schema=placed("marketplace"))
