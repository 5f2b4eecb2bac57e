"""Tables of notification preferences, of mails in the present hour, and of the contents of digests."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column
from typing_extensions import TypedDict

from impl.kernel.personal_data import MACHINERY, OWN_ID, WITH_ACCOUNT, PersonalDataPolicy, Section, Shape
from impl.kernel.tables import Json, Table, enum_column
from impl.marketplace.capabilities.notices.tables import NotificationGroup, NotificationKind


class MailChannel(StrEnum):
    """Time of the mails of a group: at once, once a day together, or never."""

    IMMEDIATE = "IMMEDIATE"
    DIGEST = "DIGEST"
    OFF = "OFF"


class NotificationLanguage(StrEnum):
    """Language of notifications and of their mails."""

    EN = "EN"
    DE = "DE"


class Choice(TypedDict):
    """Choice for one group, as its JSON has it."""

    in_app: bool
    mail: MailChannel


type Choices = Mapping[str, Choice]

_DEFAULT: Final[Choice] = {"in_app": True, "mail": MailChannel.IMMEDIATE}


def choices_of(kept: Choices) -> dict[str, Choice]:
    """Return the choice for every group; rows of an earlier release may lack one."""
    return {group.value: kept.get(group.value, _DEFAULT) for group in NotificationGroup}


class NotificationPreferences(Table):
    """Preferences of an account; without a row, everything is shown and mailed at once."""

    __tablename__ = "notification_preferences"
    __table_args__ = (
        CheckConstraint("(quiet_starts IS NULL) = (quiet_ends IS NULL)", name="quiet_hours_whole"),
        {"schema": "marketplace"},
    )

    account_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"), primary_key=True
    )
    choices: Mapped[Choices] = mapped_column(Json)
    # Times of a clock on the wall in the zone, as `HH:MM`.
    quiet_starts: Mapped[str | None] = mapped_column(String(5))
    quiet_ends: Mapped[str | None] = mapped_column(String(5))
    time_zone: Mapped[str] = mapped_column(String(64))
    language: Mapped[NotificationLanguage | None] = mapped_column(enum_column(NotificationLanguage))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(Integer)


class NotificationMailHour(Table):
    """Number of mails of a group that an account was sent within an hour."""

    __tablename__ = "notification_mail_hours"
    __table_args__ = (CheckConstraint("mails >= 1", name="mails_range"), {"schema": "marketplace"})

    account_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"), primary_key=True
    )
    notification_group: Mapped[NotificationGroup] = mapped_column(enum_column(NotificationGroup), primary_key=True)
    began_at: Mapped[datetime]
    mails: Mapped[int] = mapped_column(Integer)


class NotificationDigest(Table):
    """Number of events of a kind that the next digest tells an account of."""

    __tablename__ = "notification_digests"
    __table_args__ = (
        CheckConstraint("events >= 1", name="events_range"),
        Index("ix_notification_digests_due_at", "due_at", "account_id"),
        {"schema": "marketplace"},
    )

    account_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"), primary_key=True
    )
    kind: Mapped[NotificationKind] = mapped_column(enum_column(NotificationKind), primary_key=True)
    events: Mapped[int] = mapped_column(Integer)
    due_at: Mapped[datetime]


class Wishes(TypedDict):
    """Columns that a person sets."""

    choices: Choices
    quiet_starts: str | None
    quiet_ends: str | None
    time_zone: str
    language: NotificationLanguage | None


class NewPreferences(Wishes):
    account_id: UUID
    created_at: datetime
    updated_at: datetime
    version: int


class PreferenceChanges(TypedDict, total=False):
    choices: Choices
    quiet_starts: str | None
    quiet_ends: str | None
    time_zone: str
    language: NotificationLanguage | None
    updated_at: datetime


PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(
        table=NotificationPreferences,
        retention=WITH_ACCOUNT,
        rows=lambda person: NotificationPreferences.account_id == person,
        removed=True,
        export=Section(
            name="notification_preferences",
            shape=Shape.ROW,
            withheld={"account_id": OWN_ID, "version": MACHINERY},
            named={"quiet_starts": "quiet_hours.starts", "quiet_ends": "quiet_hours.ends"},
            written={
                "choices": lambda kept: {name.lower(): choice for name, choice in choices_of(kept).items()},
            },
        ),
    ),
    PersonalDataPolicy(
        table=NotificationMailHour,
        retention=WITH_ACCOUNT,
        rows=lambda person: NotificationMailHour.account_id == person,
        removed=True,
        export=MACHINERY,
    ),
    PersonalDataPolicy(
        table=NotificationDigest,
        retention=WITH_ACCOUNT,
        rows=lambda person: NotificationDigest.account_id == person,
        removed=True,
        export=MACHINERY,
    ),
)
