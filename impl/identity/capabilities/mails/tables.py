"""Table of the mails that were sent to an account, for as long as they count towards a limit."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from impl.kernel.personal_data import DERIVED, OWN_ID, Period, PersonalDataPolicy, Section
from impl.kernel.tables import Table, Uuid, enum_column


class MailKind(StrEnum):
    VERIFY_EMAIL = "VERIFY_EMAIL"
    REGISTERED_AGAIN = "REGISTERED_AGAIN"
    ALREADY_VERIFIED = "ALREADY_VERIFIED"
    RESET_PASSWORD = "RESET_PASSWORD"
    PASSWORD_CHANGED = "PASSWORD_CHANGED"
    ACCOUNT_CLOSED = "ACCOUNT_CLOSED"
    CLOSED_MEANWHILE = "CLOSED_MEANWHILE"
    ACCOUNT_RESTORED = "ACCOUNT_RESTORED"
    ACCOUNT_SUSPENDED = "ACCOUNT_SUSPENDED"
    SUSPENDED_MEANWHILE = "SUSPENDED_MEANWHILE"
    ACCOUNT_REACTIVATED = "ACCOUNT_REACTIVATED"
    INVITATION = "INVITATION"
    EMAIL_CHANGED = "EMAIL_CHANGED"
    MFA_ENABLED = "MFA_ENABLED"
    MFA_DISABLED = "MFA_DISABLED"
    MFA_RESET = "MFA_RESET"
    RECOVERY_CODE_USED = "RECOVERY_CODE_USED"
    RECOVERY_CODES_RENEWED = "RECOVERY_CODES_RENEWED"
    CONFIRM_EMAIL = "CONFIRM_EMAIL"
    EMAIL_CHANGE_ASKED = "EMAIL_CHANGE_ASKED"
    EMAIL_IN_USE = "EMAIL_IN_USE"
    DATA_EXPORTED = "DATA_EXPORTED"
    IDENTITY_LINKED = "IDENTITY_LINKED"
    IDENTITY_UNLINKED = "IDENTITY_UNLINKED"


class SentMail(Table):
    """Row of a mail that was sent.

    Its id is that of the outbox message, so that a second delivery attempt counts once.
    """

    __tablename__ = "sent_mails"
    __table_args__ = (
        Index("ix_sent_mails_user_kind", "user_id", "kind", "decided_at"),
        Index("ix_sent_mails_recipient_kind", "recipient", "kind", "decided_at"),
        Index("ix_sent_mails_decided_at", "decided_at"),
        {"schema": "identity"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"))
    # Keyed digest of the address, which bounds the mails that several accounts together send to it.
    recipient: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    kind: Mapped[MailKind] = mapped_column(enum_column(MailKind))
    decided_at: Mapped[datetime]


PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(
        table=SentMail,
        retention=Period.SENT_MAILS,
        expired=lambda then: SentMail.decided_at <= then,
        rows=lambda person: SentMail.user_id == person,
        removed=True,
        export=Section(name="mails", withheld={"user_id": OWN_ID, "recipient": DERIVED}),
    ),
)
