"""Table of the secret addresses of providers' calendars."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, Uuid
from sqlalchemy.orm import Mapped, mapped_column
from typing_extensions import TypedDict

from impl.kernel.personal_data import (
    MACHINERY,
    OWN_ID,
    SECRET,
    WITH_ACCOUNT,
    PersonalDataPolicy,
    Section,
    Shape,
)
from impl.kernel.tables import Stamped, Table


class CalendarFeed(Stamped, Table):
    """Address of a provider's calendar; `updated_at` is when the present one was made."""

    __tablename__ = "calendar_feeds"
    __table_args__ = {"schema": "marketplace"}

    owner_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"), unique=True)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)


class NewCalendarFeed(TypedDict):
    id: UUID
    owner_id: UUID
    secret_hash: bytes
    created_at: datetime
    updated_at: datetime
    version: int


class CalendarFeedRenewal(TypedDict):
    secret_hash: bytes
    updated_at: datetime


PERSONAL_DATA_POLICIES: Final = (
    PersonalDataPolicy(
        table=CalendarFeed,
        retention=WITH_ACCOUNT,
        rows=lambda person: CalendarFeed.owner_id == person,
        removed=True,
        export=Section(
            name="calendar_feed",
            shape=Shape.ROW,
            withheld={"id": MACHINERY, "owner_id": OWN_ID, "secret_hash": SECRET, "version": MACHINERY},
        ),
    ),
)
