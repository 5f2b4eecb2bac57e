"""Identities of providers, pending sign-ins, one-time codes, and two more reasons why a session ends."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from impl.kernel.tables import UtcDateTime
from migrations.alter import one_of, placed
from migrations.limits import limit

revision: str = "0014_oauth"
down_revision: str | None = "0013_email_changes"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_BEFORE = (
    "SIGNED_OUT",
    "PASSWORD_CHANGED",
    "PASSWORD_RESET",
    "REFRESH_REUSED",
    "SUSPENDED",
    "ACCOUNT_CLOSED",
    "ENDED_BY_STAFF",
    "MFA_ENABLED",
    "MFA_RESET",
    "EMAIL_CHANGED",
)
_NOW = (*_BEFORE, "ADDRESS_CLAIMED", "CODE_REPLAYED")


def upgrade() -> None:
    limit()
    one_of("sessions", "endreason", "end_reason", _NOW, schema="identity")
    op.create_table(
        "identities",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("last_used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["identity.users.id"], name=op.f("fk_identities_user_id_users"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identities")),
        sa.UniqueConstraint("provider", "subject", name=op.f("uq_identities_provider_subject")),
        schema="identity",
    )
    op.create_index("ix_identities_user_id", "identities", ["user_id", "created_at"], unique=False, schema="identity")
    op.create_table(
        "oauth_codes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("redirect_uri", sa.String(length=500), nullable=False),
        sa.Column("code_challenge", sa.String(length=43), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("(subject IS NULL) = (code_challenge IS NOT NULL)", name=op.f("ck_oauth_codes_one_purpose")),
        sa.CheckConstraint("subject IS NULL OR session_id IS NOT NULL", name=op.f("ck_oauth_codes_link_has_session")),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["identity.sessions.id"],
            name=op.f("fk_oauth_codes_session_id_sessions"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["identity.users.id"], name=op.f("fk_oauth_codes_user_id_users"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_codes")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_oauth_codes_code_hash")),
        schema="identity",
    )
    op.create_index("ix_oauth_codes_expires_at", "oauth_codes", ["expires_at"], unique=False, schema="identity")
    op.create_index("ix_oauth_codes_session_id", "oauth_codes", ["session_id"], unique=False, schema="identity")
    op.create_table(
        "oauth_flows",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("redirect_uri", sa.String(length=500), nullable=False),
        sa.Column("client_state", sa.String(length=512), nullable=False),
        sa.Column("code_challenge", sa.String(length=43), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("(code_challenge IS NULL) = (user_id IS NOT NULL)", name=op.f("ck_oauth_flows_one_purpose")),
        sa.CheckConstraint("(user_id IS NULL) = (session_id IS NULL)", name=op.f("ck_oauth_flows_link_whole")),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["identity.sessions.id"],
            name=op.f("fk_oauth_flows_session_id_sessions"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["identity.users.id"], name=op.f("fk_oauth_flows_user_id_users"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_flows")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_oauth_flows_token_hash")),
        schema="identity",
    )
    op.create_index("ix_oauth_flows_expires_at", "oauth_flows", ["expires_at"], unique=False, schema="identity")
    op.create_index("ix_oauth_flows_session_id", "oauth_flows", ["session_id"], unique=False, schema="identity")


def downgrade() -> None:
    limit()
    op.drop_index("ix_oauth_flows_session_id", table_name="oauth_flows", schema="identity")
    op.drop_index("ix_oauth_flows_expires_at", table_name="oauth_flows", schema="identity")
    op.drop_table("oauth_flows", schema="identity")
    op.drop_index("ix_oauth_codes_session_id", table_name="oauth_codes", schema="identity")
    op.drop_index("ix_oauth_codes_expires_at", table_name="oauth_codes", schema="identity")
    op.drop_table("oauth_codes", schema="identity")
    op.drop_index("ix_identities_user_id", table_name="identities", schema="identity")
    op.drop_table("identities", schema="identity")
    sessions = sa.table("sessions", sa.column("end_reason", sa.String(32)), schema=placed("identity"))
    op.execute(sessions.update().where(sessions.c.end_reason.not_in(_BEFORE)).values(end_reason="SIGNED_OUT"))
    one_of("sessions", "endreason", "end_reason", _BEFORE, schema="identity")
