"""Table of failed logins by account, address, known device and second factor; the keys are digests."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, Integer, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from impl.kernel.personal_data import Period, PersonalDataPolicy
from impl.kernel.tables import Table, enum_column


class Scope(StrEnum):
    ACCOUNT = "ACCOUNT"
    ADDRESS = "ADDRESS"
    DEVICE = "DEVICE"
    SECOND_FACTOR = "SECOND_FACTOR"


class LoginThrottle(Table):
    __tablename__ = "login_throttles"
    __table_args__ = (
        CheckConstraint("failures >= 0", name="failures_counted"),
        Index("ix_login_throttles_last_failed_at", "last_failed_at"),
        {"schema": "identity"},
    )

    scope: Mapped[Scope] = mapped_column(enum_column(Scope), primary_key=True)
    key: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    failures: Mapped[int] = mapped_column(Integer)
    last_failed_at: Mapped[datetime]
    blocked_until: Mapped[datetime | None]


PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(
        table=LoginThrottle,
        retention=Period.LOGIN_THROTTLES,
        expired=lambda then: LoginThrottle.last_failed_at <= then,
        # Keyed digest that nobody can reverse, deleted soon after the last failure.
        pseudonyms=("key",),
        impersonal=("scope", "failures", "last_failed_at", "blocked_until"),
        export="Counts under digests that name nobody; each failure itself is in the person's activity.",
    ),
)
