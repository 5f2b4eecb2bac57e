"""Table of the working hours of providers."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column
from typing_extensions import TypedDict

from impl.kernel.personal_data import MACHINERY, OWN_ID, WITH_ACCOUNT, PersonalDataPolicy, Section, Shape
from impl.kernel.tables import Json, Stamped, Table
from impl.marketplace.capabilities.hours.service import Hours


class Weekday(StrEnum):
    """Days in the order of `date.weekday()`."""

    MONDAY = "MONDAY"
    TUESDAY = "TUESDAY"
    WEDNESDAY = "WEDNESDAY"
    THURSDAY = "THURSDAY"
    FRIDAY = "FRIDAY"
    SATURDAY = "SATURDAY"
    SUNDAY = "SUNDAY"


class WeeklyHours(Hours):
    weekday: str


class ExceptionalDay(TypedDict):
    """A day, in ISO 8601, with the hours that it has instead of its weekday's."""

    on_date: str
    hours: list[Hours]


class Availability(Stamped, Table):
    __tablename__ = "availabilities"
    __table_args__ = (
        CheckConstraint("notice_minutes BETWEEN 0 AND 43200", name="notice_minutes_range"),
        CheckConstraint("step_minutes BETWEEN 15 AND 240", name="step_minutes_range"),
        {"schema": "marketplace"},
    )

    owner_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("identity.users.id", ondelete="RESTRICT"), unique=True)
    time_zone: Mapped[str] = mapped_column(String(64))
    # Both in order; they are always read together, and nothing is found by one of them.
    weekly: Mapped[list[WeeklyHours]] = mapped_column(Json)
    exceptions: Mapped[list[ExceptionalDay]] = mapped_column(Json)
    notice_minutes: Mapped[int] = mapped_column(Integer)
    step_minutes: Mapped[int] = mapped_column(Integer)


class WorkingTime(TypedDict):
    """Columns that a provider sets."""

    time_zone: str
    weekly: list[WeeklyHours]
    exceptions: list[ExceptionalDay]
    notice_minutes: int
    step_minutes: int


class SaidTime(TypedDict):
    """Working time as columns beside others, None where the provider has said nothing."""

    time_zone: str | None
    weekly: list[WeeklyHours] | None
    exceptions: list[ExceptionalDay] | None
    notice_minutes: int | None
    step_minutes: int | None


class WorkingTimeChange(WorkingTime):
    updated_at: datetime


class NewAvailability(WorkingTime):
    id: UUID
    owner_id: UUID
    created_at: datetime
    updated_at: datetime
    version: int


PERSONAL_DATA_POLICIES: Final = (
    PersonalDataPolicy(
        table=Availability,
        retention=WITH_ACCOUNT,
        rows=lambda person: Availability.owner_id == person,
        removed=True,
        export=Section(
            name="availability",
            shape=Shape.ROW,
            withheld={"id": MACHINERY, "owner_id": OWN_ID, "version": MACHINERY},
        ),
    ),
)
