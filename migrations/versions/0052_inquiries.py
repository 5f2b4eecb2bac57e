"""Inquiries with their recipients, and the permissions to send and to answer them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from impl.kernel.tables import Json, UtcDateTime
from migrations.alter import placed
from migrations.limits import limit
from migrations.permissions import grant, revoke

revision: str = "0052_inquiries"
down_revision: str | None = "0051_repaired"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_HOMEOWNERS = ("inquiry:read", "inquiry:write")
_PROVIDERS = ("received_inquiry:read", "received_inquiry:write")
_OPEN = sa.text("state = 'OPEN'")
_UNANSWERED = sa.text("state IN ('SENT', 'VIEWED')")


def _one_of(table: str, enum: str, *values: str) -> sa.Enum:
    name = f"ck_{table}_{enum}"
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _checks(table: str, **conditions: str) -> list[sa.CheckConstraint]:
    return [sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}")) for name, condition in conditions.items()]


def _key(table: str, column: str, target: str, schema: str | None, place: str) -> sa.ForeignKeyConstraint:
    referred = f"{place}.{target}.id" if schema else f"{target}.id"
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [referred], name=name, ondelete="RESTRICT")


def _stamps() -> list[sa.Column[object]]:
    return [
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    ]


def upgrade() -> None:
    limit()
    schema = placed("marketplace")
    op.create_table(
        "inquiries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("property_id", sa.Uuid(), nullable=True),
        sa.Column("category_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("details", sa.String(4000), nullable=False),
        sa.Column("questions_version", sa.Integer(), nullable=False),
        sa.Column("answers", Json, nullable=False),
        sa.Column("timing", _one_of("inquiries", "timingkind", "FLEXIBLE", "DATES", "WINDOW"), nullable=False),
        sa.Column("wanted_dates", Json, nullable=False),
        sa.Column("wanted_from", sa.Date(), nullable=True),
        sa.Column("wanted_until", sa.Date(), nullable=True),
        sa.Column("budget_minor", sa.BigInteger(), nullable=True),
        sa.Column("budget_currency", sa.String(3), nullable=True),
        sa.Column(
            "state",
            _one_of("inquiries", "inquirystate", "OPEN", "ACCEPTED", "WITHDRAWN", "EXPIRED"),
            nullable=False,
        ),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("reminded_at", UtcDateTime(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        *_stamps(),
        *_checks(
            "inquiries",
            title_length="length(title) BETWEEN 5 AND 120",
            details_length="length(details) BETWEEN 1 AND 4000",
            questions_version_range="questions_version >= 0",
            wanted_from_if_window="(timing = 'WINDOW') = (wanted_from IS NOT NULL)",
            wanted_until_if_window="(timing = 'WINDOW') = (wanted_until IS NOT NULL)",
            wanted_order="wanted_from <= wanted_until",
            budget_minor_range="budget_minor BETWEEN 0 AND 100000000000",
            budget_currency_length="length(budget_currency) = 3",
            budget_whole="(budget_minor IS NULL) = (budget_currency IS NULL)",
            closed_at_known="(state = 'OPEN') = (closed_at IS NULL)",
        ),
        _key("inquiries", "owner_id", "users", schema, "identity"),
        _key("inquiries", "property_id", "properties", schema, "marketplace"),
        _key("inquiries", "category_id", "categories", schema, "marketplace"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inquiries")),
        schema=schema,
    )
    for columns in (["owner_id", "created_at", "id"], ["owner_id", "state", "created_at", "id"]):
        op.create_index(f"ix_inquiries_{'_'.join(columns)}", "inquiries", columns, schema=schema)
    op.create_index("ix_inquiries_property", "inquiries", ["property_id"], schema=schema)
    op.create_index("ix_inquiries_category", "inquiries", ["category_id"], schema=schema)
    op.create_index(
        "ix_inquiries_ending",
        "inquiries",
        ["expires_at"],
        schema=schema,
        postgresql_where=_OPEN,
        sqlite_where=_OPEN,
    )
    op.create_table(
        "inquiry_recipients",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("inquiry_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            _one_of("inquiry_recipients", "recipientstate", "SENT", "VIEWED", "QUOTED", "DECLINED", "LOST"),
            nullable=False,
        ),
        sa.Column("viewed_at", UtcDateTime(), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("response_seconds", sa.Integer(), nullable=True),
        sa.Column(
            "decline_reason",
            _one_of(
                "inquiry_recipients",
                "recipientdeclinereason",
                *("NO_CAPACITY", "TOO_FAR", "NOT_OUR_WORK", "BUDGET", "UNCLEAR", "OTHER"),
            ),
            nullable=True,
        ),
        sa.Column("note", sa.String(1000), nullable=True),
        sa.Column(
            "lost_reason",
            _one_of(
                "inquiry_recipients",
                "recipientlostreason",
                *("OTHER_CHOSEN", "WITHDRAWN", "EXPIRED", "ACCOUNT_CLOSED"),
            ),
            nullable=True,
        ),
        *_stamps(),
        *_checks(
            "inquiry_recipients",
            sent_is_not_viewed="state <> 'SENT' OR viewed_at IS NULL",
            reason_if_declined="(state = 'DECLINED') = (decline_reason IS NOT NULL)",
            note_if_declined="note IS NULL OR state = 'DECLINED'",
            note_length="length(note) BETWEEN 1 AND 1000",
            reason_if_lost="(state = 'LOST') = (lost_reason IS NOT NULL)",
            response_known="(answered_at IS NULL) = (response_seconds IS NULL)",
        ),
        _key("inquiry_recipients", "inquiry_id", "inquiries", schema, "marketplace"),
        _key("inquiry_recipients", "provider_id", "users", schema, "identity"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inquiry_recipients")),
        sa.UniqueConstraint("inquiry_id", "provider_id", name=op.f("uq_inquiry_recipients_inquiry_id_provider_id")),
        schema=schema,
    )
    for columns in (["provider_id", "created_at", "id"], ["provider_id", "state", "created_at", "id"]):
        op.create_index(f"ix_inquiry_recipients_{'_'.join(columns)}", "inquiry_recipients", columns, schema=schema)
    op.create_index(
        "ix_inquiry_recipients_unanswered",
        "inquiry_recipients",
        ["provider_id"],
        schema=schema,
        postgresql_where=_UNANSWERED,
        sqlite_where=_UNANSWERED,
    )
    grant("HOMEOWNER", _HOMEOWNERS)
    grant("SERVICE_PROVIDER", _PROVIDERS)


def downgrade() -> None:
    limit()
    schema = placed("marketplace")
    revoke("HOMEOWNER", _HOMEOWNERS)
    revoke("SERVICE_PROVIDER", _PROVIDERS)
    op.drop_table("inquiry_recipients", schema=schema)
    op.drop_table("inquiries", schema=schema)
