"""Notifications, and the boxes that number them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from impl.kernel.tables import UtcDateTime
from migrations.alter import placed
from migrations.create import checks, foreign_key, words_of
from migrations.limits import limit

revision: str = "0068_notifications"
down_revision: str | None = "0067_blocks"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_UNREAD = sa.text("read_at IS NULL")
_READ = sa.text("read_at IS NOT NULL")
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


def upgrade() -> None:
    limit()
    schema = placed("marketplace")
    op.create_table(
        "notification_boxes",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("last_number", sa.BigInteger(), nullable=False),
        sa.Column("unread_count", sa.Integer(), nullable=False),
        *checks(
            "notification_boxes",
            last_number_range="last_number >= 0",
            unread_count_range="unread_count BETWEEN 0 AND last_number",
        ),
        foreign_key("notification_boxes", "account_id", "users", schema, "identity"),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_notification_boxes")),
        schema=schema,
    )
    op.create_table(
        "notifications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("kind", words_of("notificationkind", *_KINDS), nullable=False),
        sa.Column("subject_kind", words_of("notificationsubjectkind", *_SUBJECTS), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("inquiry_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("read_at", UtcDateTime(), nullable=True),
        *checks(
            "notifications",
            number_range="number >= 1",
            inquiry_of_threads="(subject_kind = 'THREAD') = (inquiry_id IS NOT NULL)",
        ),
        foreign_key("notifications", "account_id", "users", schema, "identity"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
        sa.UniqueConstraint("account_id", "number", name=op.f("uq_notifications_account_id_number")),
        schema=schema,
    )
    for name, columns, condition in (
        ("ix_notifications_unread", ["account_id", "number"], _UNREAD),
        ("ix_notifications_read_at", ["read_at"], _READ),
    ):
        op.create_index(
            name, "notifications", columns, schema=schema, postgresql_where=condition, sqlite_where=condition
        )


def downgrade() -> None:
    limit()
    schema = placed("marketplace")
    op.drop_table("notifications", schema=schema)
    op.drop_table("notification_boxes", schema=schema)
