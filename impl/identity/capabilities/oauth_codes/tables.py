"""Table of one-time authorization codes: hashes only, and for a used code the session that it opened."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary, String, and_, or_
from sqlalchemy.orm import Mapped, mapped_column

from impl.kernel.personal_data import MACHINERY, OWN_ID, SECRET, Period, PersonalDataPolicy, Section
from impl.kernel.tables import Table, Uuid


class OAuthCode(Table):
    __tablename__ = "oauth_codes"
    __table_args__ = (
        # A sign-in has a code challenge; a link has a subject, and is bound to the session that asked for it.
        CheckConstraint("(subject IS NULL) = (code_challenge IS NOT NULL)", name="one_purpose"),
        CheckConstraint("subject IS NULL OR session_id IS NOT NULL", name="link_has_session"),
        Index("ix_oauth_codes_session_id", "session_id"),
        Index("ix_oauth_codes_user_id", "user_id"),
        Index("ix_oauth_codes_challenge_id", "challenge_id"),
        Index("ix_oauth_codes_expires_at", "expires_at"),
        {"schema": "identity"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    client_id: Mapped[str] = mapped_column(String(64))
    redirect_uri: Mapped[str] = mapped_column(String(500))
    code_challenge: Mapped[str | None] = mapped_column(String(43))
    user_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"))
    provider: Mapped[str] = mapped_column(String(32))
    # For a link: the identity, and the session that asked; for a sign-in: the session that it opened.
    subject: Mapped[str | None] = mapped_column(String(255))
    email: Mapped[str | None] = mapped_column(String(254))
    session_id: Mapped[UUID | None] = mapped_column(Uuid, ForeignKey("identity.sessions.id", ondelete="CASCADE"))
    # For a sign-in: the account's credential epoch. An owner who takes the account back raises it, which voids the
    # code.
    credential_epoch: Mapped[int | None] = mapped_column(Integer)
    # For a sign-in that waits for its second factor: the challenge. Its use deletes the challenge, and still has to
    # find this code.
    challenge_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(
        table=OAuthCode,
        retention=Period.OAUTH_CODES,
        # Codes that opened a session are deleted with it: until then their replay must end it.
        expired=lambda then: and_(
            OAuthCode.expires_at <= then, or_(OAuthCode.session_id.is_(None), OAuthCode.subject.is_not(None))
        ),
        rows=lambda person: OAuthCode.user_id == person,
        removed=True,
        export=Section(
            name="sign_in_codes",
            withheld={
                "user_id": OWN_ID,
                "code_hash": SECRET,
                "code_challenge": SECRET,
                "credential_epoch": MACHINERY,
                "challenge_id": MACHINERY,
            },
            named={"client_id": "client"},
        ),
    ),
)
