"""Accounts; an address and a username are unique whatever the case they are written in."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from impl.kernel.personal import WITH_ACCOUNT, Holding
from impl.kernel.tables import Stamped, Table, one_of


class AccountState(StrEnum):
    PENDING = "PENDING"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    ERASED = "ERASED"


class User(Stamped, Table):
    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("length(email) BETWEEN 6 AND 254", name="email_length"),
        CheckConstraint("length(username) BETWEEN 3 AND 30 AND username NOT LIKE '%@%'", name="username_shape"),
        CheckConstraint("(username IS NULL) = (username_key IS NULL)", name="username_whole"),
        CheckConstraint("length(full_name) BETWEEN 1 AND 100", name="full_name_length"),
        CheckConstraint("length(phone) BETWEEN 8 AND 16", name="phone_length"),
        CheckConstraint("length(locale) BETWEEN 2 AND 12", name="locale_length"),
        CheckConstraint("state <> 'ACTIVE' OR email_verified_at IS NOT NULL", name="active_is_verified"),
        {"schema": "identity"},
    )

    # Mail goes to `email` as its owner wrote it; only `email_key` is ever compared.
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(String(254), unique=True)
    email_verified_at: Mapped[datetime | None]
    username: Mapped[str | None] = mapped_column(String(30))
    username_key: Mapped[str | None] = mapped_column(String(30), unique=True)
    full_name: Mapped[str] = mapped_column(String(100))
    phone: Mapped[str | None] = mapped_column(String(16))
    locale: Mapped[str] = mapped_column(String(12))
    state: Mapped[AccountState] = mapped_column(one_of(AccountState))
    password_hash: Mapped[str | None] = mapped_column(String(255))
    password_changed_at: Mapped[datetime | None]
    last_login_at: Mapped[datetime | None]
    # Rises when a reset voids whatever was handed out before it; known devices are known within one epoch.
    credential_epoch: Mapped[int] = mapped_column(Integer, default=1)
    # Closed accounts are there for whoever restores or erases them, and for nobody else.
    closed_at: Mapped[datetime | None]


HOLDINGS = (
    Holding(
        table=User,
        kept=WITH_ACCOUNT,
        rows=lambda person: User.id == person,
        blanked={
            "email": lambda person: f"{person.hex}@erased.invalid",
            "email_key": lambda person: f"{person.hex}@erased.invalid",
            "email_verified_at": lambda _: None,
            "username": lambda _: None,
            "username_key": lambda _: None,
            "full_name": lambda _: "Erased account",
            "phone": lambda _: None,
            "locale": lambda _: "en",
            "password_hash": lambda _: None,
            "password_changed_at": lambda _: None,
            "last_login_at": lambda _: None,
        },
        pseudonyms=("id",),
        impersonal=("state", "credential_epoch", "closed_at", "created_at", "updated_at", "version"),
    ),
)
