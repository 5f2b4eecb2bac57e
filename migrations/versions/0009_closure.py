"""Closed accounts: the time of closing, whether their profile is concealed, and new enum values."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from impl.kernel.tables import UtcDateTime
from migrations.alter import one_of, placed
from migrations.limits import limit

revision: str = "0009_closure"
down_revision: str | None = "0008_audit_filters"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_REASONS = ("SIGNED_OUT", "PASSWORD_CHANGED", "PASSWORD_RESET", "REFRESH_REUSED", "SUSPENDED")
_PURPOSES = ("VERIFY_EMAIL", "RESET_PASSWORD")
_KINDS = ("VERIFY_EMAIL", "REGISTERED_AGAIN", "ALREADY_VERIFIED", "RESET_PASSWORD", "PASSWORD_CHANGED")
_MORE_KINDS = ("ACCOUNT_CLOSED", "CLOSED_MEANWHILE", "ACCOUNT_RESTORED")


def upgrade() -> None:
    limit()
    op.add_column("users", sa.Column("closed_at", UtcDateTime(), nullable=True), schema=placed("identity"))
    op.add_column(
        "provider_profiles", sa.Column("concealed_at", UtcDateTime(), nullable=True), schema=placed("marketplace")
    )
    _words((*_REASONS, "ACCOUNT_CLOSED"), (*_PURPOSES, "RESTORE_ACCOUNT"), (*_KINDS, *_MORE_KINDS))


def downgrade() -> None:
    limit()
    # What the earlier words cannot say.
    sessions = sa.table("sessions", sa.column("end_reason"), schema=placed("identity"))
    tokens = sa.table("one_time_tokens", sa.column("purpose"), schema=placed("identity"))
    mails = sa.table("sent_mails", sa.column("kind"), schema=placed("identity"))
    reason = sessions.c.end_reason
    op.execute(sessions.update().where(reason == "ACCOUNT_CLOSED").values(end_reason="SIGNED_OUT"))
    op.execute(tokens.delete().where(tokens.c.purpose == "RESTORE_ACCOUNT"))
    op.execute(mails.delete().where(mails.c.kind.in_(_MORE_KINDS)))
    _words(_REASONS, _PURPOSES, _KINDS)
    op.drop_column("provider_profiles", "concealed_at", schema=placed("marketplace"))
    op.drop_column("users", "closed_at", schema=placed("identity"))


def _words(reasons: Sequence[str], purposes: Sequence[str], kinds: Sequence[str]) -> None:
    one_of("sessions", "endreason", "end_reason", reasons, schema="identity")
    one_of("one_time_tokens", "purpose", "purpose", purposes, schema="identity")
    one_of("sent_mails", "mailkind", "kind", kinds, schema="identity")
