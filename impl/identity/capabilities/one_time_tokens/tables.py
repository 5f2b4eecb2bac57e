"""Table of one-time tokens: hashes only, and one valid token for each account and purpose."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from impl.kernel.personal_data import OWN_ID, SECRET, Period, PersonalDataPolicy, Section
from impl.kernel.tables import Table, Uuid, enum_column


class Purpose(StrEnum):
    VERIFY_EMAIL = "VERIFY_EMAIL"
    RESET_PASSWORD = "RESET_PASSWORD"
    RESTORE_ACCOUNT = "RESTORE_ACCOUNT"
    CHANGE_EMAIL = "CHANGE_EMAIL"


_LIVE = text("used_at IS NULL AND voided_at IS NULL")


class OneTimeToken(Table):
    __tablename__ = "one_time_tokens"
    __table_args__ = (
        CheckConstraint("used_at IS NULL OR voided_at IS NULL", name="one_end"),
        # Unique in the database, so that two concurrent mails cannot leave two valid links.
        Index(
            "uq_one_time_tokens_live",
            "user_id",
            "purpose",
            unique=True,
            postgresql_where=_LIVE,
            sqlite_where=_LIVE,
        ),
        Index("ix_one_time_tokens_expires_at", "expires_at"),
        Index("ix_one_time_tokens_user_id", "user_id"),
        {"schema": "identity"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"))
    purpose: Mapped[Purpose] = mapped_column(enum_column(Purpose))
    # Normalised address of the mail: the token is void when this is neither the account's address nor a pending one.
    email_key: Mapped[str] = mapped_column(String(254))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    voided_at: Mapped[datetime | None]


PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(
        table=OneTimeToken,
        retention=Period.ONE_TIME_TOKENS,
        expired=lambda then: OneTimeToken.expires_at <= then,
        rows=lambda person: OneTimeToken.user_id == person,
        removed=True,
        export=Section(
            name="mailed_links", withheld={"user_id": OWN_ID, "token_hash": SECRET}, named={"email_key": "email"}
        ),
    ),
)
