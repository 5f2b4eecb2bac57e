"""Tables of accounts and pending e-mail changes; addresses and usernames are unique regardless of case."""

from datetime import datetime
from typing import TypedDict
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, and_, func, text
from sqlalchemy.orm import Mapped, mapped_column, validates

from generated.states import AccountState
from impl.kernel.personal_data import (
    DERIVED,
    FOLDED,
    MACHINERY,
    OWN_ID,
    SECRET,
    WITH_ACCOUNT,
    Period,
    PersonalDataPolicy,
    Section,
    Shape,
)
from impl.kernel.tables import Stamped, Table, Uuid, enum_column
from impl.kernel.words import fold

_NAME_KEY_MAX = 100


def name_keys(full_name: str) -> dict[str, str]:
    """Return the keys that a name is found by: its beginning, and that of its last word."""
    words = fold(full_name).split()
    return {"full_name_key": " ".join(words)[:_NAME_KEY_MAX], "last_name_key": "".join(words[-1:])[:_NAME_KEY_MAX]}


def _beginning(name: str, column: str) -> Index:
    """Make an index for LIKE 'something%', which PostgreSQL's usual one answers only in the locale C."""
    return Index(name, column, postgresql_ops={column: "text_pattern_ops"})


_UNPROVED = text("email_verified_at IS NULL AND once_verified_at IS NULL AND closed_at IS NULL")
_WAITING = text("closed_at IS NOT NULL AND state <> 'ERASED'")


class Details(TypedDict, total=False):
    """Details that an owner may change; an absent key keeps its value."""

    username: str | None
    full_name: str
    phone: str | None
    locale: str


class User(Stamped, Table):
    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("length(email) BETWEEN 6 AND 254", name="email_length"),
        CheckConstraint("length(username) BETWEEN 3 AND 30 AND username NOT LIKE '%@%'", name="username_shape"),
        CheckConstraint("username_key IS NULL OR username IS NOT NULL", name="username_whole"),
        CheckConstraint("length(full_name) BETWEEN 1 AND 100", name="full_name_length"),
        CheckConstraint("length(phone) BETWEEN 8 AND 16", name="phone_length"),
        CheckConstraint("length(locale) BETWEEN 2 AND 12", name="locale_length"),
        CheckConstraint("state <> 'ACTIVE' OR email_verified_at IS NOT NULL", name="active_is_verified"),
        CheckConstraint("length(suspension_reason) BETWEEN 1 AND 500", name="suspension_reason_length"),
        Index("ix_users_created_at", "created_at", "id"),
        # Partial: only the few accounts that wait for their erasure.
        Index("ix_users_closed_at", "closed_at", postgresql_where=_WAITING, sqlite_where=_WAITING),
        # Partial: only accounts that were never verified, which are erased after a while.
        Index("ix_users_unproved", "updated_at", postgresql_where=_UNPROVED, sqlite_where=_UNPROVED),
        _beginning("ix_users_email_beginning", "email_key"),
        _beginning("ix_users_full_name_beginning", "full_name_key"),
        _beginning("ix_users_last_name_beginning", "last_name_key"),
        {"schema": "identity"},
    )

    # Mail goes to `email` as its owner wrote it; only `email_key` is ever compared.
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(String(254), unique=True)
    email_verified_at: Mapped[datetime | None]
    # Time of the first verification, since when the account belongs to its owner. Earlier data is not shown to them.
    once_verified_at: Mapped[datetime | None]
    username: Mapped[str | None] = mapped_column(String(30))
    # NULL until verification: a username that is merely requested stays free for others.
    username_key: Mapped[str | None] = mapped_column(String(30), unique=True)
    full_name: Mapped[str] = mapped_column(String(100))
    full_name_key: Mapped[str] = mapped_column(String(_NAME_KEY_MAX), server_default=text("''"))
    last_name_key: Mapped[str] = mapped_column(String(_NAME_KEY_MAX), server_default=text("''"))
    phone: Mapped[str | None] = mapped_column(String(16))
    locale: Mapped[str] = mapped_column(String(12))
    state: Mapped[AccountState] = mapped_column(enum_column(AccountState))
    password_hash: Mapped[str | None] = mapped_column(String(255))
    password_changed_at: Mapped[datetime | None]
    last_login_at: Mapped[datetime | None]
    # Rises when a change of password or second factor voids earlier tokens; known devices belong to one epoch.
    credential_epoch: Mapped[int] = mapped_column(Integer, default=1)
    # Set while the account is closed; only those who restore or erase it see it.
    closed_at: Mapped[datetime | None]
    suspended_at: Mapped[datetime | None]
    suspension_reason: Mapped[str | None] = mapped_column(String(500))

    @property
    def owned_since(self) -> datetime | None:
        """Return the time of the first verification; None if the account was never verified."""
        return self.once_verified_at or self.email_verified_at

    @validates("full_name")
    def _found_by(self, _: str, full_name: str) -> str:
        for name, key in name_keys(full_name).items():
            setattr(self, name, key)
        return full_name


# Over requested usernames as well, which have no key, so that staff find accounts that wait for verification.
Index(
    "ix_users_username_beginning",
    func.lower(User.username).label("lower_username"),
    postgresql_ops={"lower_username": "text_pattern_ops"},
)


# Closed accounts are invisible, except to those who restore or erase them.
ALIVE = and_(User.state != AccountState.ERASED, User.closed_at.is_(None))
ACTIVE = and_(User.state == AccountState.ACTIVE, User.closed_at.is_(None))


class EmailChange(Table):
    """Change of an e-mail address: open until the new address is confirmed, then kept for some days."""

    __tablename__ = "email_changes"
    __table_args__ = (
        CheckConstraint("length(email) BETWEEN 6 AND 254", name="email_length"),
        CheckConstraint("(confirmed_at IS NULL) = (former_email IS NULL)", name="confirmed_whole"),
        # Unique: at most one change of an account's address is open.
        Index(
            "uq_email_changes_open",
            "user_id",
            unique=True,
            postgresql_where=text("confirmed_at IS NULL"),
            sqlite_where=text("confirmed_at IS NULL"),
        ),
        Index("ix_email_changes_user_id", "user_id"),
        Index("ix_email_changes_requested_at", "requested_at"),
        {"schema": "identity"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"))
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(String(254))
    requested_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    # Address to which the notice of the completed change goes.
    former_email: Mapped[str | None] = mapped_column(String(254))


PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(
        table=EmailChange,
        retention=Period.EMAIL_CHANGES,
        expired=lambda then: EmailChange.requested_at <= then,
        rows=lambda person: EmailChange.user_id == person,
        removed=True,
        export=Section(name="email_changes", withheld={"user_id": OWN_ID, "email_key": FOLDED}),
    ),
    PersonalDataPolicy(
        table=User,
        retention=WITH_ACCOUNT,
        rows=lambda person: User.id == person,
        blanked={
            "email": lambda person: f"{person.hex}@erased.invalid",
            "email_key": lambda person: f"{person.hex}@erased.invalid",
            "email_verified_at": lambda _: None,
            "once_verified_at": lambda _: None,
            "username": lambda _: None,
            "username_key": lambda _: None,
            "full_name": lambda _: "Erased account",
            "full_name_key": lambda _: "",
            "last_name_key": lambda _: "",
            "phone": lambda _: None,
            "locale": lambda _: "en",
            "password_hash": lambda _: None,
            "password_changed_at": lambda _: None,
            "last_login_at": lambda _: None,
            "suspended_at": lambda _: None,
            "suspension_reason": lambda _: None,
        },
        pseudonyms=("id",),
        impersonal=("state", "credential_epoch", "closed_at", "created_at", "updated_at", "version"),
        export=Section(
            name="account",
            shape=Shape.ROW,
            withheld={
                "email_key": FOLDED,
                "username_key": FOLDED,
                "full_name_key": FOLDED,
                "last_name_key": FOLDED,
                # Shown in the activity.
                "once_verified_at": DERIVED,
                "password_hash": SECRET,
                "credential_epoch": MACHINERY,
                "version": MACHINERY,
            },
        ),
    ),
)
