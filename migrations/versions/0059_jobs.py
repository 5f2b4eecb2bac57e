"""Jobs, and the permissions to take them further and to decide disputes about them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from impl.kernel.tables import UtcDateTime
from migrations.alter import placed
from migrations.create import checks, foreign_key, stamps, words_of
from migrations.limits import limit
from migrations.permissions import grant, revoke

revision: str = "0059_jobs"
down_revision: str | None = "0053_quotes"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_PARTIES = ("job:read", "job:write")
_MODERATORS = ("dispute:read", "dispute:decide")
_SIDES = ("HOMEOWNER", "PROVIDER")
_ACTORS = ("HOMEOWNER", "PROVIDER", "STAFF", "SERVICE")
_DELIVERED = sa.text("state = 'DELIVERED'")
_WAITING = sa.text("state = 'DISPUTED'")
_DECIDED = sa.text("decided_at IS NOT NULL")


def upgrade() -> None:
    limit()
    schema = placed("marketplace")
    op.create_table(
        "jobs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("quote_id", sa.Uuid(), nullable=False),
        sa.Column("inquiry_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("property_id", sa.Uuid(), nullable=True),
        sa.Column("category_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("price_currency", sa.String(3), nullable=False),
        sa.Column(
            "state",
            words_of(
                "jobstate",
                *("SCHEDULED", "IN_PROGRESS", "DELIVERED", "CHANGES_REQUESTED", "DISPUTED", "COMPLETED", "CANCELLED"),
            ),
            nullable=False,
        ),
        sa.Column("starts_at", UtcDateTime(), nullable=True),
        sa.Column("ends_at", UtcDateTime(), nullable=True),
        sa.Column("proposed_by", words_of("proposed_by", *_SIDES), nullable=True),
        sa.Column("proposed_starts_at", UtcDateTime(), nullable=True),
        sa.Column("proposed_ends_at", UtcDateTime(), nullable=True),
        sa.Column("proposed_at", UtcDateTime(), nullable=True),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("delivered_at", UtcDateTime(), nullable=True),
        sa.Column("change_request", sa.String(4000), nullable=True),
        sa.Column("changes_requested_at", UtcDateTime(), nullable=True),
        sa.Column("completed_by", words_of("completed_by", *_ACTORS), nullable=True),
        sa.Column("cancelled_by", words_of("cancelled_by", *_ACTORS), nullable=True),
        sa.Column(
            "cancel_reason",
            words_of(
                "jobcancelledreason",
                *("NO_LONGER_NEEDED", "CANNOT_KEEP_TIME", "NO_SHOW", "SCOPE_CHANGED", "NO_AGREEMENT", "OTHER"),
                *("DISPUTE_DECIDED", "ACCOUNT_CLOSED"),
            ),
            nullable=True,
        ),
        sa.Column("cancel_note", sa.String(1000), nullable=True),
        sa.Column("minutes_before_start", sa.BigInteger(), nullable=True),
        sa.Column("disputed_by", words_of("disputed_by", *_SIDES), nullable=True),
        sa.Column("dispute_text", sa.String(4000), nullable=True),
        sa.Column("disputed_at", UtcDateTime(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("statement", sa.String(4000), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        *stamps(),
        *checks(
            "jobs",
            two_parties="owner_id <> provider_id",
            title_length="length(title) BETWEEN 5 AND 120",
            price_minor_range="price_minor BETWEEN 0 AND 100000000000",
            price_currency_length="length(price_currency) = 3",
            time_whole="(starts_at IS NULL) = (ends_at IS NULL)",
            time_order="starts_at < ends_at",
            proposal_whole=(
                "(proposed_by IS NULL) = (proposed_at IS NULL) AND (proposed_at IS NULL) = (proposed_starts_at IS NULL)"
                " AND (proposed_starts_at IS NULL) = (proposed_ends_at IS NULL)"
            ),
            proposal_order="proposed_starts_at < proposed_ends_at",
            proposal_if_scheduled="proposed_by IS NULL OR state = 'SCHEDULED'",
            delivered_at_known="state <> 'DELIVERED' OR delivered_at IS NOT NULL",
            changes_whole="(change_request IS NULL) = (changes_requested_at IS NULL)",
            change_request_length="length(change_request) BETWEEN 1 AND 4000",
            completed_by_known="(state = 'COMPLETED') = (completed_by IS NOT NULL)",
            cancelled_by_known="(state = 'CANCELLED') = (cancelled_by IS NOT NULL)",
            reason_if_cancelled="(cancelled_by IS NULL) = (cancel_reason IS NULL)",
            note_if_cancelled="cancel_note IS NULL OR state = 'CANCELLED'",
            cancel_note_length="length(cancel_note) BETWEEN 1 AND 1000",
            minutes_if_cancelled="minutes_before_start IS NULL OR state = 'CANCELLED'",
            dispute_whole=(
                "(disputed_by IS NULL) = (disputed_at IS NULL) AND (disputed_at IS NULL) = (dispute_text IS NULL)"
            ),
            disputed_by_known="state <> 'DISPUTED' OR disputed_by IS NOT NULL",
            dispute_text_length="length(dispute_text) BETWEEN 1 AND 4000",
            decision_whole="(decided_at IS NULL) = (decided_by IS NULL) AND (decided_at IS NULL) = (statement IS NULL)",
            statement_length="length(statement) BETWEEN 1 AND 4000",
            ended_at_known="(state IN ('COMPLETED', 'CANCELLED')) = (ended_at IS NOT NULL)",
        ),
        foreign_key("jobs", "quote_id", "quotes", schema, "marketplace"),
        foreign_key("jobs", "inquiry_id", "inquiries", schema, "marketplace"),
        foreign_key("jobs", "owner_id", "users", schema, "identity"),
        foreign_key("jobs", "provider_id", "users", schema, "identity"),
        foreign_key("jobs", "property_id", "properties", schema, "marketplace"),
        foreign_key("jobs", "category_id", "categories", schema, "marketplace"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("quote_id", name=op.f("uq_jobs_quote_id")),
        sa.UniqueConstraint("inquiry_id", name=op.f("uq_jobs_inquiry_id")),
        schema=schema,
    )
    for side in ("owner_id", "provider_id"):
        for columns in ([side, "created_at", "id"], [side, "state", "created_at", "id"]):
            op.create_index(f"ix_jobs_{'_'.join(columns)}", "jobs", columns, schema=schema)
    op.create_index("ix_jobs_property", "jobs", ["property_id"], schema=schema)
    op.create_index("ix_jobs_category", "jobs", ["category_id"], schema=schema)
    for name, columns, rows in (
        ("delivered", ["delivered_at"], _DELIVERED),
        ("disputed", ["disputed_at", "id"], _WAITING),
        ("decided", ["disputed_at", "id"], _DECIDED),
    ):
        op.create_index(f"ix_jobs_{name}", "jobs", columns, schema=schema, postgresql_where=rows, sqlite_where=rows)
    grant("HOMEOWNER", _PARTIES)
    grant("SERVICE_PROVIDER", _PARTIES)
    grant("STAFF_MODERATOR", _MODERATORS)


def downgrade() -> None:
    limit()
    schema = placed("marketplace")
    revoke("STAFF_MODERATOR", _MODERATORS)
    revoke("SERVICE_PROVIDER", _PARTIES)
    revoke("HOMEOWNER", _PARTIES)
    op.drop_table("jobs", schema=schema)
