"""Kinds of mail about a linked or unlinked identity provider."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from migrations.alter import one_of, placed
from migrations.limits import limit

revision: str = "0021_identity_mails"
down_revision: str | None = "0020_unverified"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_BEFORE = (
    *("VERIFY_EMAIL", "REGISTERED_AGAIN", "ALREADY_VERIFIED", "RESET_PASSWORD", "PASSWORD_CHANGED"),
    *("ACCOUNT_CLOSED", "CLOSED_MEANWHILE", "ACCOUNT_RESTORED", "INVITATION", "EMAIL_CHANGED"),
    *("MFA_ENABLED", "MFA_DISABLED", "MFA_RESET", "RECOVERY_CODE_USED", "RECOVERY_CODES_RENEWED"),
    *("CONFIRM_EMAIL", "EMAIL_CHANGE_ASKED", "EMAIL_IN_USE"),
    *("ACCOUNT_SUSPENDED", "SUSPENDED_MEANWHILE", "ACCOUNT_REACTIVATED", "DATA_EXPORTED"),
)
_MORE = ("IDENTITY_LINKED", "IDENTITY_UNLINKED")


def upgrade() -> None:
    limit()
    one_of("sent_mails", "mailkind", "kind", (*_BEFORE, *_MORE), schema="identity")


def downgrade() -> None:
    limit()
    mails = sa.table("sent_mails", sa.column("kind"), schema=placed("identity"))
    op.execute(mails.delete().where(mails.c.kind.in_(_MORE)))
    one_of("sent_mails", "mailkind", "kind", _BEFORE, schema="identity")
