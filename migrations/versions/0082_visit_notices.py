"""Notifications of visits."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from migrations.alter import one_of
from migrations.limits import limit

revision: str = "0082_visit_notices"
down_revision: str | None = "0081_visits"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_KINDS = (
    "INQUIRY_RECEIVED",
    "INQUIRY_DECLINED",
    "INQUIRY_ENDING",
    "MESSAGE_RECEIVED",
    "QUOTE_RECEIVED",
    "QUOTE_REVISED",
    "QUOTE_ACCEPTED",
    "QUOTE_DECLINED",
    "QUOTE_LOST",
    "QUOTE_WITHDRAWN",
    "QUOTE_EXPIRED",
    "JOB_STARTED",
    "JOB_DELIVERED",
    "JOB_COMPLETED",
    "JOB_CHANGES_REQUESTED",
    "JOB_CANCELLED",
    "JOB_SCHEDULED",
    "JOB_TIME_PROPOSED",
    "JOB_TIME_ACCEPTED",
    "JOB_TIME_DECLINED",
    "JOB_DISPUTED",
    "DISPUTE_DECIDED",
    "REVIEW_PUBLISHED",
    "REVIEW_REPLIED",
    "REVIEW_HIDDEN",
    "PROFILE_APPROVED",
    "PROFILE_REJECTED",
    "SERVICE_APPROVED",
    "SERVICE_REJECTED",
    "SERVICE_REINSTATED",
    "PROVIDER_SUSPENDED",
    "PROVIDER_REINSTATED",
    "PHOTO_REINSTATED",
    "REPORT_DECIDED",
    "REPORTED_THING_DECIDED",
    "VERIFICATION_VERIFIED",
    "VERIFICATION_REJECTED",
    "VERIFICATION_REVOKED",
    "VERIFICATION_ENDING",
    "VERIFICATION_EXPIRED",
    "SAVED_SEARCH_NEWS",
)
_SUBJECTS = (
    "INQUIRY",
    "THREAD",
    "MESSAGE",
    "QUOTE",
    "JOB",
    "SERVICE",
    "PROVIDER_PROFILE",
    "PHOTO",
    "REPORT",
    "VERIFICATION",
    "SAVED_SEARCH",
)
_NEW = ("VISIT_REQUESTED", "VISIT_BOOKED", "VISIT_DECLINED", "VISIT_CANCELLED")
# Whole Tables: only of those is the schema left out on SQLite.
_metadata = sa.MetaData(schema="marketplace")
notifications = sa.Table("notifications", _metadata, sa.Column("subject_kind", sa.String()))
digests = sa.Table("notification_digests", _metadata, sa.Column("kind", sa.String()))


def _allow(kinds: Sequence[str], subjects: Sequence[str]) -> None:
    one_of("notifications", "notificationkind", "kind", kinds, schema="marketplace")
    one_of("notifications", "notificationsubjectkind", "subject_kind", subjects, schema="marketplace")
    one_of("notification_digests", "notificationkind", "kind", kinds, schema="marketplace")


def upgrade() -> None:
    limit()
    _allow((*_KINDS, *_NEW), (*_SUBJECTS, "VISIT"))


def downgrade() -> None:
    """Forget the notifications of visits."""
    limit()
    op.execute(notifications.delete().where(notifications.c.subject_kind == "VISIT"))
    op.execute(digests.delete().where(digests.c.kind.in_(_NEW)))
    _allow(_KINDS, _SUBJECTS)
