"""Preferences of notifications, the mails of an hour, and what digests collect."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from impl.kernel.tables import Json, UtcDateTime
from migrations.alter import placed
from migrations.create import checks, foreign_key, stamps, words_of
from migrations.limits import limit

revision: str = "0078_notification_preferences"
down_revision: str | None = "0077_webhooks"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_GROUPS = ("INQUIRIES", "MESSAGES", "QUOTES", "JOBS", "REVIEWS", "DECISIONS", "VERIFICATIONS", "SAVED_SEARCHES")
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


def upgrade() -> None:
    limit()
    schema = placed("marketplace")
    muted = sa.Column("muted", sa.Integer(), server_default=sa.text("0"), nullable=False)
    op.add_column("notification_boxes", muted, schema=schema)
    op.create_table(
        "notification_preferences",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("choices", Json, nullable=False),
        sa.Column("quiet_starts", sa.String(5), nullable=True),
        sa.Column("quiet_ends", sa.String(5), nullable=True),
        sa.Column("time_zone", sa.String(64), nullable=False),
        sa.Column("language", words_of("notificationlanguage", "EN", "DE"), nullable=True),
        *stamps(),
        *checks("notification_preferences", quiet_hours_whole="(quiet_starts IS NULL) = (quiet_ends IS NULL)"),
        foreign_key("notification_preferences", "account_id", "users", schema, "identity"),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_notification_preferences")),
        schema=schema,
    )
    op.create_table(
        "notification_mail_hours",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("notification_group", words_of("notificationgroup", *_GROUPS), nullable=False),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("mails", sa.Integer(), nullable=False),
        *checks("notification_mail_hours", mails_range="mails >= 1"),
        foreign_key("notification_mail_hours", "account_id", "users", schema, "identity"),
        sa.PrimaryKeyConstraint("account_id", "notification_group", name=op.f("pk_notification_mail_hours")),
        schema=schema,
    )
    op.create_table(
        "notification_digests",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("kind", words_of("notificationkind", *_KINDS), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        *checks("notification_digests", events_range="events >= 1"),
        foreign_key("notification_digests", "account_id", "users", schema, "identity"),
        sa.PrimaryKeyConstraint("account_id", "kind", name=op.f("pk_notification_digests")),
        schema=schema,
    )
    op.create_index("ix_notification_digests_due_at", "notification_digests", ["due_at", "account_id"], schema=schema)


def downgrade() -> None:
    limit()
    schema = placed("marketplace")
    for table in ("notification_digests", "notification_mail_hours", "notification_preferences"):
        op.drop_table(table, schema=schema)
    op.drop_column("notification_boxes", "muted", schema=schema)
