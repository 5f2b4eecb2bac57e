"""Licences and insurances with documents, and the permissions of moderators to decide them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from impl.kernel.tables import UtcDateTime
from migrations.alter import placed
from migrations.limits import limit
from migrations.permissions import grant, revoke

revision: str = "0050_verifications"
down_revision: str | None = "0049_sketches"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_PERMISSIONS = ("verification:read", "verification:decide")
_SHOWN = sa.text("state = 'VERIFIED'")
_ENDS = sa.text("state = 'VERIFIED' AND expires_date IS NOT NULL")


def _check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_verifications_{name}"))


def _one_of(enum: str, *values: str) -> sa.Enum:
    name = f"ck_verifications_{enum}"
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    limit()
    schema = placed("marketplace")
    op.create_table(
        "verifications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("kind", _one_of("verificationkind", "LICENCE", "INSURANCE"), nullable=False),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("number", sa.String(60), nullable=False),
        sa.Column("authority", sa.String(120), nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("admin_area", sa.String(120), nullable=True),
        sa.Column("expires_date", sa.Date(), nullable=True),
        sa.Column("document_type", _one_of("documenttype", "PDF", "JPEG", "PNG"), nullable=False),
        sa.Column("document_bytes", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            _one_of("verificationstate", "PENDING", "VERIFIED", "REJECTED", "EXPIRED", "REVOKED"),
            nullable=False,
        ),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column(
            "rejection_reason",
            _one_of(
                "verificationrejectionreason",
                *("UNREADABLE", "INCOMPLETE", "MISMATCH", "NOT_CONFIRMED", "ENDED", "OTHER"),
            ),
            nullable=True,
        ),
        sa.Column("note", sa.String(2000), nullable=True),
        sa.Column("reminded_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _check("title_length", "length(title) BETWEEN 1 AND 120"),
        _check("number_length", "length(number) BETWEEN 1 AND 60"),
        _check("authority_length", "length(authority) BETWEEN 1 AND 120"),
        _check("country_length", "length(country) = 2"),
        _check("admin_area_length", "length(admin_area) BETWEEN 1 AND 120"),
        _check("document_bytes_range", "document_bytes BETWEEN 1 AND 10485760"),
        _check("note_length", "length(note) BETWEEN 1 AND 2000"),
        _check(
            "decided_whole",
            "(state = 'PENDING') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL)",
        ),
        _check("reason_if_rejected", "(state = 'REJECTED') = (rejection_reason IS NOT NULL)"),
        _check("note_if_refused", "(state IN ('REJECTED', 'REVOKED')) = (note IS NOT NULL)"),
        _check("expired_has_ended", "state <> 'EXPIRED' OR expires_date IS NOT NULL"),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["identity.users.id" if schema else "users.id"],
            name=op.f("fk_verifications_owner_id_users"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verifications")),
        schema=schema,
    )
    for columns in (["owner_id", "created_at", "id"], ["state", "created_at", "id"]):
        op.create_index(f"ix_verifications_{'_'.join(columns)}", "verifications", columns, schema=schema)
    op.create_index(
        "ix_verifications_shown",
        "verifications",
        ["owner_id", "kind", "expires_date"],
        schema=schema,
        postgresql_where=_SHOWN,
        sqlite_where=_SHOWN,
    )
    op.create_index(
        "ix_verifications_ending",
        "verifications",
        ["expires_date"],
        schema=schema,
        postgresql_where=_ENDS,
        sqlite_where=_ENDS,
    )
    op.add_column(
        "provider_profiles", sa.Column("verifications_changed_at", UtcDateTime(), nullable=True), schema=schema
    )
    grant("STAFF_MODERATOR", _PERMISSIONS)


def downgrade() -> None:
    limit()
    schema = placed("marketplace")
    revoke("STAFF_MODERATOR", _PERMISSIONS)
    op.drop_column("provider_profiles", "verifications_changed_at", schema=schema)
    op.drop_table("verifications", schema=schema)
