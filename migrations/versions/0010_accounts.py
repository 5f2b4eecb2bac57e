"""Reasons of suspension, search columns of accounts, and new enum values."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from impl.kernel.tables import UtcDateTime
from migrations.alter import one_of, placed
from migrations.limits import limit

revision: str = "0010_accounts"
down_revision: str | None = "0009_closure"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_REASONS = ("SIGNED_OUT", "PASSWORD_CHANGED", "PASSWORD_RESET", "REFRESH_REUSED", "SUSPENDED", "ACCOUNT_CLOSED")
_KINDS = (
    *("VERIFY_EMAIL", "REGISTERED_AGAIN", "ALREADY_VERIFIED", "RESET_PASSWORD", "PASSWORD_CHANGED"),
    *("ACCOUNT_CLOSED", "CLOSED_MEANWHILE", "ACCOUNT_RESTORED"),
)
_MORE_KINDS = ("INVITATION", "EMAIL_CHANGED")

# Whole Tables: only of those is the schema left out on SQLite.
tables = sa.MetaData(schema="identity")
sessions = sa.Table("sessions", tables, sa.Column("end_reason", sa.String()))
sent_mails = sa.Table("sent_mails", tables, sa.Column("kind", sa.String()))


def upgrade() -> None:
    limit()
    schema = placed("identity")
    for name in ("full_name_key", "last_name_key"):
        key = sa.Column(name, sa.String(100), server_default=sa.text("''"), nullable=False)
        op.add_column("users", key, schema=schema)
    op.add_column("users", sa.Column("suspended_at", UtcDateTime(), nullable=True), schema=schema)
    # By hand: a constraint that comes with its column is the one way that both engines take.
    op.execute(
        f"ALTER TABLE {'users' if schema is None else 'identity.users'} ADD COLUMN suspension_reason VARCHAR(500) "
        "CONSTRAINT ck_users_suspension_reason_length CHECK (length(suspension_reason) BETWEEN 1 AND 500)"
    )
    _words((*_REASONS, "ENDED_BY_STAFF"), (*_KINDS, *_MORE_KINDS))


def downgrade() -> None:
    limit()
    schema = placed("identity")
    # What the earlier words cannot say.
    reason = sessions.c.end_reason
    op.execute(sessions.update().where(reason == "ENDED_BY_STAFF").values(end_reason="SIGNED_OUT"))
    op.execute(sent_mails.delete().where(sent_mails.c.kind.in_(_MORE_KINDS)))
    _words(_REASONS, _KINDS)
    for name in ("suspension_reason", "suspended_at", "last_name_key", "full_name_key"):
        op.drop_column("users", name, schema=schema)


def _words(reasons: Sequence[str], kinds: Sequence[str]) -> None:
    one_of("sessions", "endreason", "end_reason", reasons, schema="identity")
    one_of("sent_mails", "mailkind", "kind", kinds, schema="identity")
