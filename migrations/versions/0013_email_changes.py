"""Pending changes of e-mail addresses, and a bound on the mails to one address."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from impl.kernel.tables import UtcDateTime
from migrations.alter import one_of, placed
from migrations.limits import limit

revision: str = "0013_email_changes"
down_revision: str | None = "0012_second_factor"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_REASONS = (
    *("SIGNED_OUT", "PASSWORD_CHANGED", "PASSWORD_RESET", "REFRESH_REUSED", "SUSPENDED"),
    *("ACCOUNT_CLOSED", "ENDED_BY_STAFF", "MFA_ENABLED", "MFA_RESET"),
)
_PURPOSES = ("VERIFY_EMAIL", "RESET_PASSWORD", "RESTORE_ACCOUNT")
_KINDS = (
    *("VERIFY_EMAIL", "REGISTERED_AGAIN", "ALREADY_VERIFIED", "RESET_PASSWORD", "PASSWORD_CHANGED"),
    *("ACCOUNT_CLOSED", "CLOSED_MEANWHILE", "ACCOUNT_RESTORED", "INVITATION", "EMAIL_CHANGED"),
    *("MFA_ENABLED", "MFA_DISABLED", "MFA_RESET", "RECOVERY_CODE_USED", "RECOVERY_CODES_RENEWED"),
)
_MORE_KINDS = ("CONFIRM_EMAIL", "EMAIL_CHANGE_ASKED", "EMAIL_IN_USE")


def upgrade() -> None:
    limit()
    op.create_table(
        "email_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("email_key", sa.String(254), nullable=False),
        sa.Column("requested_at", UtcDateTime(), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("former_email", sa.String(254), nullable=True),
        sa.CheckConstraint("length(email) BETWEEN 6 AND 254", name=op.f("ck_email_changes_email_length")),
        sa.CheckConstraint(
            "(confirmed_at IS NULL) = (former_email IS NULL)", name=op.f("ck_email_changes_confirmed_whole")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["identity.users.id"], name=op.f("fk_email_changes_user_id_users"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_email_changes")),
        schema="identity",
    )
    opened = sa.text("confirmed_at IS NULL")
    op.create_index(
        "uq_email_changes_open",
        "email_changes",
        ["user_id"],
        unique=True,
        schema="identity",
        postgresql_where=opened,
        sqlite_where=opened,
    )
    for column in ("user_id", "requested_at"):
        op.create_index(f"ix_email_changes_{column}", "email_changes", [column], schema="identity")
    op.add_column("sent_mails", sa.Column("recipient", sa.LargeBinary(32), nullable=True), schema=placed("identity"))
    table = "identity.sent_mails" if op.get_context().dialect.name == "postgresql" else "sent_mails"
    # The mails of a week: they are indexed in a moment.
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        f"CREATE INDEX ix_sent_mails_recipient_kind ON {table} (recipient, kind, decided_at)"
    )
    _words((*_REASONS, "EMAIL_CHANGED"), (*_PURPOSES, "CHANGE_EMAIL"), (*_KINDS, *_MORE_KINDS))


def downgrade() -> None:
    limit()
    # What the earlier words cannot say.
    sessions = sa.table("sessions", sa.column("end_reason"), schema=placed("identity"))
    tokens = sa.table("one_time_tokens", sa.column("purpose"), schema=placed("identity"))
    mails = sa.table("sent_mails", sa.column("kind"), schema=placed("identity"))
    reason = sessions.c.end_reason
    op.execute(sessions.update().where(reason == "EMAIL_CHANGED").values(end_reason="SIGNED_OUT"))
    op.execute(tokens.delete().where(tokens.c.purpose == "CHANGE_EMAIL"))
    op.execute(mails.delete().where(mails.c.kind.in_(_MORE_KINDS)))
    _words(_REASONS, _PURPOSES, _KINDS)
    op.drop_index("ix_sent_mails_recipient_kind", table_name="sent_mails", schema=placed("identity"))
    op.drop_column("sent_mails", "recipient", schema=placed("identity"))
    op.drop_table("email_changes", schema="identity")


def _words(reasons: Sequence[str], purposes: Sequence[str], kinds: Sequence[str]) -> None:
    one_of("sessions", "endreason", "end_reason", reasons, schema="identity")
    one_of("one_time_tokens", "purpose", "purpose", purposes, schema="identity")
    one_of("sent_mails", "mailkind", "kind", kinds, schema="identity")
