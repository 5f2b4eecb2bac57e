"""Table of the figures of each day, which the worker counts."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Date
from sqlalchemy.orm import Mapped, mapped_column

from impl.kernel.personal_data import ALWAYS, PersonalDataPolicy
from impl.kernel.tables import Table

FIGURES = ("accounts", "listings", "inquiries", "quotes", "jobs", "reviews", "logins", "refused_logins", "errors")


class UsageDay(Table):
    """Figures of one day in UTC."""

    __tablename__ = "usage_days"
    __table_args__ = ({"schema": "operations"},)

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    accounts: Mapped[int] = mapped_column(BigInteger)
    listings: Mapped[int] = mapped_column(BigInteger)
    inquiries: Mapped[int] = mapped_column(BigInteger)
    quotes: Mapped[int] = mapped_column(BigInteger)
    jobs: Mapped[int] = mapped_column(BigInteger)
    reviews: Mapped[int] = mapped_column(BigInteger)
    logins: Mapped[int] = mapped_column(BigInteger)
    refused_logins: Mapped[int] = mapped_column(BigInteger)
    errors: Mapped[int] = mapped_column(BigInteger)
    counted_at: Mapped[datetime]


PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(table=UsageDay, retention=ALWAYS, impersonal=("day", *FIGURES, "counted_at")),
)
