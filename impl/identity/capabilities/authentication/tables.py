"""Tables of sessions and their refresh tokens; the database stores hashes of the tokens only."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, select
from sqlalchemy.orm import Mapped, mapped_column

from impl.kernel.personal_data import MACHINERY, OWN_ID, SECRET, Period, PersonalDataPolicy, Section
from impl.kernel.tables import Table, Uuid, enum_column


class EndReason(StrEnum):
    SIGNED_OUT = "SIGNED_OUT"
    PASSWORD_CHANGED = "PASSWORD_CHANGED"
    PASSWORD_RESET = "PASSWORD_RESET"
    REFRESH_REUSED = "REFRESH_REUSED"
    SUSPENDED = "SUSPENDED"
    ACCOUNT_CLOSED = "ACCOUNT_CLOSED"
    ENDED_BY_STAFF = "ENDED_BY_STAFF"
    MFA_ENABLED = "MFA_ENABLED"
    MFA_RESET = "MFA_RESET"
    EMAIL_CHANGED = "EMAIL_CHANGED"
    ADDRESS_CLAIMED = "ADDRESS_CLAIMED"
    CODE_REPLAYED = "CODE_REPLAYED"


class Session(Table):
    __tablename__ = "sessions"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name="end_whole"),
        CheckConstraint("expires_at > created_at", name="expires_later"),
        Index("ix_sessions_expires_at", "expires_at"),
        Index("ix_sessions_user_id", "user_id"),
        {"schema": "identity"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"))
    device_id: Mapped[UUID]
    # "local", or the name of the identity provider that signed the person in.
    provider: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(64))
    user_agent: Mapped[str] = mapped_column(String(400))
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    # Absolute end of the session, which a refresh does not move.
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[EndReason | None] = mapped_column(enum_column(EndReason))


class RefreshToken(Table):
    __tablename__ = "refresh_tokens"
    __table_args__ = (
        Index("ix_refresh_tokens_session_id", "session_id"),
        {"schema": "identity"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    session_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("identity.sessions.id", ondelete="CASCADE"))
    # Unique, so that a token can have one successor only.
    predecessor_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("identity.refresh_tokens.id", ondelete="CASCADE"), unique=True
    )
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(
        table=Session,
        retention=Period.SESSIONS,
        expired=lambda then: Session.expires_at <= then,
        rows=lambda person: Session.user_id == person,
        removed=True,
        export=Section(name="sessions", withheld={"user_id": OWN_ID}),
    ),
    PersonalDataPolicy(
        table=RefreshToken,
        retention=Period.SESSIONS,
        rows=lambda person: RefreshToken.session_id.in_(select(Session.id).where(Session.user_id == person)),
        removed=True,
        export=Section(
            name="session_refreshes",
            withheld={"id": MACHINERY, "predecessor_id": MACHINERY, "token_hash": SECRET},
        ),
    ),
)
