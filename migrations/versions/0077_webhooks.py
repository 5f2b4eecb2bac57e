"""Webhook endpoints of providers, and the deliveries to them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from impl.kernel.tables import Json, UtcDateTime
from migrations.alter import placed
from migrations.create import checks, foreign_key, stamps, words_of
from migrations.limits import limit

revision: str = "0077_webhooks"
down_revision: str | None = "0076_account_news"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_IS_DUE = sa.text("due_at IS NOT NULL")
_WAITS = sa.text("next_attempt_at IS NOT NULL")


def upgrade() -> None:
    limit()
    schema = placed("marketplace")
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.String(500), nullable=False),
        sa.Column("events", Json, nullable=False),
        sa.Column("description", sa.String(200), nullable=True),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("previous_secret", sa.LargeBinary(), nullable=True),
        sa.Column("previous_secret_ends_at", UtcDateTime(), nullable=True),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("disabled_reason", words_of("webhookdisabledreason", "GONE", "FAILING"), nullable=True),
        sa.Column("disabled_at", UtcDateTime(), nullable=True),
        sa.Column("first_failed_at", UtcDateTime(), nullable=True),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("leased_until", UtcDateTime(), nullable=True),
        *stamps(),
        *checks(
            "webhook_endpoints",
            url_length="length(url) BETWEEN 12 AND 500",
            description_length="length(description) BETWEEN 1 AND 200",
            reason_if_disabled="is_enabled = (disabled_reason IS NULL)",
            time_if_disabled="is_enabled = (disabled_at IS NULL)",
            rotation_whole="(previous_secret IS NULL) = (previous_secret_ends_at IS NULL)",
        ),
        foreign_key("webhook_endpoints", "owner_id", "users", schema, "identity"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoints")),
        schema=schema,
    )
    op.create_index(
        "ix_webhook_endpoints_owner_id_created_at_id",
        "webhook_endpoints",
        ["owner_id", "created_at", "id"],
        schema=schema,
    )
    op.create_index(
        "ix_webhook_endpoints_due",
        "webhook_endpoints",
        ["due_at"],
        schema=schema,
        postgresql_where=_IS_DUE,
        sqlite_where=_IS_DUE,
    )
    _create_deliveries(schema)


def _create_deliveries(schema: str | None) -> None:
    errors = ("REFUSED", "TIMEOUT", "NAME", "ADDRESS", "CONNECTION", "TLS")
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("happened_id", sa.Uuid(), nullable=False),
        sa.Column("event", sa.String(32), nullable=False),
        sa.Column("body", sa.String(2000), nullable=False),
        sa.Column("status", words_of("webhookdeliverystatus", "PENDING", "DELIVERED", "FAILED"), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("round_attempts", sa.Integer(), nullable=False),
        sa.Column("response_status", sa.Integer(), nullable=True),
        sa.Column("latency_ms", sa.Integer(), nullable=True),
        sa.Column("error", words_of("webhookdeliveryerror", *errors), nullable=True),
        sa.Column("next_attempt_at", UtcDateTime(), nullable=True),
        sa.Column("last_attempt_at", UtcDateTime(), nullable=True),
        sa.Column("delivered_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        *checks(
            "webhook_deliveries",
            next_if_pending="(status = 'PENDING') = (next_attempt_at IS NOT NULL)",
            time_if_delivered="(status = 'DELIVERED') = (delivered_at IS NOT NULL)",
            attempts_range="attempts >= round_attempts AND round_attempts >= 0",
        ),
        foreign_key("webhook_deliveries", "endpoint_id", "webhook_endpoints", schema, "marketplace"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
        sa.UniqueConstraint("endpoint_id", "happened_id", name=op.f("uq_webhook_deliveries_endpoint_id_happened_id")),
        schema=schema,
    )
    op.create_index(
        "ix_webhook_deliveries_endpoint_id_created_at_id",
        "webhook_deliveries",
        ["endpoint_id", "created_at", "id"],
        schema=schema,
    )
    op.create_index(
        "ix_webhook_deliveries_waiting",
        "webhook_deliveries",
        ["endpoint_id", "next_attempt_at"],
        schema=schema,
        postgresql_where=_WAITS,
        sqlite_where=_WAITS,
    )
    op.create_index("ix_webhook_deliveries_created", "webhook_deliveries", ["created_at"], schema=schema)


def downgrade() -> None:
    limit()
    schema = placed("marketplace")
    op.drop_table("webhook_deliveries", schema=schema)
    op.drop_table("webhook_endpoints", schema=schema)
