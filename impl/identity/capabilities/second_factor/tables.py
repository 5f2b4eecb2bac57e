"""Tables of authenticators, recovery codes and sign-ins that wait for a second factor."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, LargeBinary, String, and_
from sqlalchemy.orm import Mapped, mapped_column

from impl.kernel.personal_data import (
    MACHINERY,
    OWN_ID,
    SECRET,
    WITH_ACCOUNT,
    Period,
    PersonalDataPolicy,
    Section,
    Shape,
)
from impl.kernel.tables import Table, Uuid


class TotpFactor(Table):
    """Authenticator app (RFC 6238) of an account.

    An unconfirmed one neither protects nor signs in, and expires.
    """

    __tablename__ = "totp_factors"
    __table_args__ = (
        CheckConstraint("(confirmed_at IS NULL) = (last_step IS NULL)", name="confirmed_by_a_code"),
        Index("ix_totp_factors_expires_at", "expires_at"),
        {"schema": "identity"},
    )

    user_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"), primary_key=True)
    sealed_secret: Mapped[bytes] = mapped_column(LargeBinary(400))
    created_at: Mapped[datetime]
    # End of an enrolment that is not confirmed.
    expires_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    # Newest time step whose code was accepted; only codes of later steps are.
    last_step: Mapped[int | None] = mapped_column(BigInteger)


class RecoveryCode(Table):
    """Unused recovery code; using it deletes the row."""

    __tablename__ = "recovery_codes"
    __table_args__ = ({"schema": "identity"},)

    user_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"), primary_key=True)
    code_digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)


class MfaChallenge(Table):
    """Sign-in whose first factor was right.

    It is valid once, for some minutes, and for the second factor only.
    """

    __tablename__ = "mfa_challenges"
    __table_args__ = (
        Index("ix_mfa_challenges_expires_at", "expires_at"),
        Index("ix_mfa_challenges_user_id", "user_id"),
        {"schema": "identity"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    # "local" or an identity provider's name, for the session that follows.
    provider: Mapped[str] = mapped_column(String(64))
    # Known device of the first factor, by which wrong codes are counted.
    device_id: Mapped[UUID | None]
    # Account's credential epoch: a change of credentials raises it, which voids the challenge.
    credential_epoch: Mapped[int] = mapped_column(Integer)
    password_changed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(
        table=TotpFactor,
        retention=Period.SECOND_FACTORS,
        # A confirmed factor stays as long as its account.
        expired=lambda then: and_(TotpFactor.confirmed_at.is_(None), TotpFactor.expires_at <= then),
        rows=lambda person: TotpFactor.user_id == person,
        removed=True,
        export=Section(name="authenticator", shape=Shape.ROW, withheld={"user_id": OWN_ID, "sealed_secret": SECRET}),
    ),
    PersonalDataPolicy(
        table=RecoveryCode,
        retention=WITH_ACCOUNT,
        rows=lambda person: RecoveryCode.user_id == person,
        removed=True,
        export=Section(
            name="recovery_codes_left", shape=Shape.COUNT, withheld={"user_id": OWN_ID, "code_digest": SECRET}
        ),
    ),
    PersonalDataPolicy(
        table=MfaChallenge,
        retention=Period.SECOND_FACTORS,
        expired=lambda then: MfaChallenge.expires_at <= then,
        rows=lambda person: MfaChallenge.user_id == person,
        removed=True,
        export=Section(
            name="mfa_challenges",
            withheld={"user_id": OWN_ID, "token_hash": SECRET, "credential_epoch": MACHINERY},
        ),
    ),
)
