"""Authenticators, recovery codes, sign-ins that wait for one of them, and new enum values."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from impl.kernel.tables import UtcDateTime
from migrations.alter import one_of
from migrations.limits import limit

revision: str = "0012_second_factor"
down_revision: str | None = "0011_names"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_REASONS = (
    *("SIGNED_OUT", "PASSWORD_CHANGED", "PASSWORD_RESET", "REFRESH_REUSED", "SUSPENDED"),
    *("ACCOUNT_CLOSED", "ENDED_BY_STAFF"),
)
_MORE_REASONS = ("MFA_ENABLED", "MFA_RESET")
_SCOPES = ("ACCOUNT", "ADDRESS", "DEVICE")
_KINDS = (
    *("VERIFY_EMAIL", "REGISTERED_AGAIN", "ALREADY_VERIFIED", "RESET_PASSWORD", "PASSWORD_CHANGED"),
    *("ACCOUNT_CLOSED", "CLOSED_MEANWHILE", "ACCOUNT_RESTORED", "INVITATION", "EMAIL_CHANGED"),
)
_MORE_KINDS = ("MFA_ENABLED", "MFA_DISABLED", "MFA_RESET", "RECOVERY_CODE_USED", "RECOVERY_CODES_RENEWED")

# Whole tables: only of those is the schema left out on SQLite.
_TABLES = sa.MetaData(schema="identity")
_SESSIONS = sa.Table("sessions", _TABLES, sa.Column("end_reason", sa.String()))
_THROTTLES = sa.Table("login_throttles", _TABLES, sa.Column("scope", sa.String()))
_MAILS = sa.Table("sent_mails", _TABLES, sa.Column("kind", sa.String()))


def upgrade() -> None:
    limit()
    op.create_table(
        "totp_factors",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(400), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(confirmed_at IS NULL) = (last_step IS NULL)", name=op.f("ck_totp_factors_confirmed_by_a_code")
        ),
        _of_user("totp_factors"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_totp_factors")),
        schema="identity",
    )
    op.create_index("ix_totp_factors_expires_at", "totp_factors", ["expires_at"], unique=False, schema="identity")
    op.create_table(
        "recovery_codes",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("code_digest", sa.LargeBinary(32), nullable=False),
        _of_user("recovery_codes"),
        sa.PrimaryKeyConstraint("user_id", "code_digest", name=op.f("pk_recovery_codes")),
        schema="identity",
    )
    op.create_table(
        "mfa_challenges",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("provider", sa.String(64), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=True),
        sa.Column("credential_epoch", sa.Integer(), nullable=False),
        sa.Column("password_changed_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        _of_user("mfa_challenges"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mfa_challenges")),
        schema="identity",
    )
    for column in ("expires_at", "user_id"):
        op.create_index(f"ix_mfa_challenges_{column}", "mfa_challenges", [column], unique=False, schema="identity")
    _words((*_REASONS, *_MORE_REASONS), (*_SCOPES, "SECOND_FACTOR"), (*_KINDS, *_MORE_KINDS))


def downgrade() -> None:
    limit()
    reason, scope, kind = _SESSIONS.c.end_reason, _THROTTLES.c.scope, _MAILS.c.kind
    op.execute(_SESSIONS.update().values(end_reason="SIGNED_OUT").where(reason.in_(_MORE_REASONS)))
    op.execute(_THROTTLES.delete().where(scope == "SECOND_FACTOR"))
    op.execute(_MAILS.delete().where(kind.in_(_MORE_KINDS)))
    _words(_REASONS, _SCOPES, _KINDS)
    for table in ("mfa_challenges", "recovery_codes", "totp_factors"):
        op.drop_table(table, schema="identity")


def _of_user(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_user_id_users")
    return sa.ForeignKeyConstraint(["user_id"], ["identity.users.id"], name=name, ondelete="RESTRICT")


def _words(reasons: Sequence[str], scopes: Sequence[str], kinds: Sequence[str]) -> None:
    one_of("sessions", "endreason", "end_reason", reasons, schema="identity")
    one_of("login_throttles", "scope", "scope", scopes, schema="identity")
    one_of("sent_mails", "mailkind", "kind", kinds, schema="identity")
