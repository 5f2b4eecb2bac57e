"""Mails about decisions, which are letters of moderation now, taken out of the mails of identity."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import context, op

from impl.kernel.tables import Json
from migrations.alter import one_of, placed
from migrations.limits import limit

revision: str = "0041_moderation_mails"
down_revision: str | None = "0040_waiting_submissions"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_KINDS = (
    *("VERIFY_EMAIL", "REGISTERED_AGAIN", "ALREADY_VERIFIED", "RESET_PASSWORD", "PASSWORD_CHANGED"),
    *("ACCOUNT_CLOSED", "CLOSED_MEANWHILE", "ACCOUNT_RESTORED", "INVITATION", "EMAIL_CHANGED"),
    *("MFA_ENABLED", "MFA_DISABLED", "MFA_RESET", "RECOVERY_CODE_USED", "RECOVERY_CODES_RENEWED"),
    *("CONFIRM_EMAIL", "EMAIL_CHANGE_ASKED", "EMAIL_IN_USE"),
    *("ACCOUNT_SUSPENDED", "SUSPENDED_MEANWHILE", "ACCOUNT_REACTIVATED", "DATA_EXPORTED"),
    *("IDENTITY_LINKED", "IDENTITY_UNLINKED"),
)
_OF_MODERATION = (
    *("PROFILE_APPROVED", "PROFILE_REJECTED", "SERVICE_APPROVED", "SERVICE_REJECTED"),
    *("PROVIDER_SUSPENDED", "PROVIDER_REINSTATED"),
)

# Not `sa.table`: only of a whole Table is the schema left out on SQLite.
_OUTBOX = sa.Table(
    "outbox",
    sa.MetaData(schema="operations"),
    sa.Column("id", sa.Uuid()),
    sa.Column("topic", sa.String()),
    sa.Column("payload", Json),
)


def upgrade() -> None:
    limit()
    if not context.is_offline_mode():
        _hand_over(op.get_bind())
    mails = sa.table("sent_mails", sa.column("kind"), schema=placed("identity"))
    op.execute(mails.delete().where(mails.c.kind.in_(_OF_MODERATION)))
    one_of("sent_mails", "mailkind", "kind", _KINDS, schema="identity")


def _hand_over(bind: sa.Connection) -> None:
    """Let moderation send what waits to be sent."""
    waiting = sa.select(_OUTBOX.c.id, _OUTBOX.c.payload).where(_OUTBOX.c.topic == "identity.mail")
    for row in bind.execute(waiting).all():
        kind = row.payload["kind"]
        if kind in _OF_MODERATION:
            payload = {"letter": kind.lower(), "user_id": row.payload["user_id"], "about": row.payload["about"]}
            changed = sa.update(_OUTBOX).where(_OUTBOX.c.id == row.id)
            bind.execute(changed.values(topic="marketplace.moderated", payload=payload))


def downgrade() -> None:
    limit()
    one_of("sent_mails", "mailkind", "kind", (*_KINDS, *_OF_MODERATION), schema="identity")
