"""Quotes, and the permissions to read, write and decide on them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from impl.kernel.tables import Json, UtcDateTime
from migrations.alter import placed
from migrations.create import checks, foreign_key, words_of
from migrations.limits import limit
from migrations.permissions import grant, revoke

revision: str = "0053_quotes"
down_revision: str | None = "0052_inquiries"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_HOMEOWNERS = ("quote:read", "quote:decide")
_PROVIDERS = ("quote:read", "quote:write")
_SENT = sa.text("state = 'SENT'")
_ACCEPTED = sa.text("state = 'ACCEPTED'")
_AMOUNTS = ("subtotal_minor", "discount_minor", "net_minor", "tax_minor", "gross_minor")


def upgrade() -> None:
    limit()
    schema = placed("marketplace")
    op.create_table(
        "quotes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("inquiry_id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            words_of("quotestate", "DRAFT", "SENT", "ACCEPTED", "DECLINED", "WITHDRAWN", "EXPIRED", "DELETED"),
            nullable=False,
        ),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("lines", Json, nullable=False),
        sa.Column("discount_basis_points", sa.Integer(), nullable=True),
        sa.Column("discount_amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("subtotal_minor", sa.BigInteger(), nullable=False),
        sa.Column("discount_minor", sa.BigInteger(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("taxes", Json, nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("gross_minor", sa.BigInteger(), nullable=False),
        sa.Column("valid_days", sa.Integer(), nullable=False),
        sa.Column("terms", sa.String(4000), nullable=True),
        sa.Column("revises_id", sa.Uuid(), nullable=True),
        sa.Column("superseded_by_id", sa.Uuid(), nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column(
            "decline_reason",
            words_of("quotedeclinereason", "PRICE", "TIMING", "SCOPE", "OTHER"),
            nullable=True,
        ),
        sa.Column("note", sa.String(1000), nullable=True),
        sa.Column(
            "end_reason",
            words_of(
                "quoteendreason",
                *("SUPERSEDED", "OTHER_CHOSEN", "INQUIRY_WITHDRAWN", "INQUIRY_EXPIRED", "ACCOUNT_CLOSED"),
            ),
            nullable=True,
        ),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        *checks(
            "quotes",
            **{f"{name}_range": f"{name} BETWEEN 0 AND 100000000000" for name in _AMOUNTS},
            net_adds_up="net_minor = subtotal_minor - discount_minor",
            gross_adds_up="gross_minor = net_minor + tax_minor",
            currency_length="length(currency) = 3",
            discount_basis_points_range="discount_basis_points BETWEEN 0 AND 10000",
            one_discount="discount_basis_points IS NULL OR discount_amount_minor IS NULL",
            discount_amount_minor_whole="discount_amount_minor = discount_minor",
            number_range="number >= 1",
            valid_days_range="valid_days BETWEEN 1 AND 90",
            terms_length="length(terms) BETWEEN 1 AND 4000",
            note_length="length(note) BETWEEN 1 AND 1000",
            sent_at_known="(state = 'DRAFT') = (sent_at IS NULL)",
            expires_at_known="(sent_at IS NULL) = (expires_at IS NULL)",
            closed_at_known="(state IN ('DRAFT', 'SENT')) = (closed_at IS NULL)",
            reason_if_declined="decline_reason IS NULL OR state = 'DECLINED'",
            note_if_declined="note IS NULL OR decline_reason IS NOT NULL",
            end_reason_if_closed="end_reason IS NULL OR closed_at IS NOT NULL",
        ),
        foreign_key("quotes", "inquiry_id", "inquiries", schema, "marketplace"),
        foreign_key("quotes", "recipient_id", "inquiry_recipients", schema, "marketplace"),
        foreign_key("quotes", "provider_id", "users", schema, "identity"),
        foreign_key("quotes", "owner_id", "users", schema, "identity"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quotes")),
        sa.UniqueConstraint("recipient_id", "number", name=op.f("uq_quotes_recipient_id_number")),
        schema=schema,
    )
    for name, column, is_unique, condition in (
        ("ix_quotes_accepted", "inquiry_id", True, _ACCEPTED),
        ("ix_quotes_sent", "recipient_id", True, _SENT),
        ("ix_quotes_ending", "expires_at", False, _SENT),
    ):
        op.create_index(
            name,
            "quotes",
            [column],
            unique=is_unique,
            schema=schema,
            postgresql_where=condition,
            sqlite_where=condition,
        )
    for columns in (["inquiry_id", "provider_id"], ["provider_id", "id"], ["owner_id", "id"]):
        op.create_index(f"ix_quotes_{'_'.join(columns)}", "quotes", columns, schema=schema)
    grant("HOMEOWNER", _HOMEOWNERS)
    grant("SERVICE_PROVIDER", _PROVIDERS)


def downgrade() -> None:
    limit()
    schema = placed("marketplace")
    revoke("HOMEOWNER", _HOMEOWNERS)
    revoke("SERVICE_PROVIDER", _PROVIDERS)
    op.drop_table("quotes", schema=schema)
