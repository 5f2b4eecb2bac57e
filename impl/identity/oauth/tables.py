"""Table of pending sign-ins; it stores a hash of the browser's secret, and the provider's parameters are derived."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from impl.kernel.personal_data import OWN_ID, SECRET, Period, PersonalDataPolicy, Section
from impl.kernel.tables import Table, Uuid


class OAuthFlow(Table):
    __tablename__ = "oauth_flows"
    __table_args__ = (
        CheckConstraint("(user_id IS NULL) = (session_id IS NULL)", name="link_whole"),
        # A sign-in has a code challenge; a link has the account whose session asked for it.
        CheckConstraint("(code_challenge IS NULL) = (user_id IS NOT NULL)", name="one_purpose"),
        Index("ix_oauth_flows_expires_at", "expires_at"),
        Index("ix_oauth_flows_session_id", "session_id"),
        Index("ix_oauth_flows_user_id", "user_id"),
        {"schema": "identity"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    provider: Mapped[str] = mapped_column(String(32))
    client_id: Mapped[str] = mapped_column(String(64))
    redirect_uri: Mapped[str] = mapped_column(String(500))
    # Empty if the client sent none, which only the standard authorization endpoint allows.
    client_state: Mapped[str] = mapped_column(String(512))
    code_challenge: Mapped[str | None] = mapped_column(String(43))
    user_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"))
    session_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("identity.sessions.id", ondelete="CASCADE"))
    # Browser that opened the start URL first; until then nobody can finish the sign-in.
    browser_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(
        table=OAuthFlow,
        retention=Period.OAUTH_FLOWS,
        expired=lambda then: OAuthFlow.expires_at <= then,
        rows=lambda person: OAuthFlow.user_id == person,
        removed=True,
        export=Section(
            name="identity_links_under_way",
            withheld={
                "user_id": OWN_ID,
                "token_hash": SECRET,
                "client_state": SECRET,
                "code_challenge": SECRET,
                "browser_hash": SECRET,
            },
            named={"client_id": "client"},
        ),
    ),
)
