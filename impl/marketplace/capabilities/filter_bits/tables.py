"""Tables of the rows that pass filters, as bits, and of the rows that have changed since."""

from sqlalchemy import BigInteger, Identity, Integer, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column
from typing_extensions import TypedDict

from impl.kernel.personal_data import ALWAYS, PersonalDataPolicy
from impl.kernel.tables import Table
from impl.marketplace.capabilities.spelling.tables import PLAIN_TEXT


class FilterRows(Table):
    """Published rows of `listing_texts` whose listing has a value, by their numbers.

    A `choice` is the name of a filter and the value, such as `pricing FIXED`, or a binary digit of a number, such as
    `quality 6`. It has a row for each part that has it; the first bit of a part is its lowest number. All choices are
    there, or none.
    """

    __tablename__ = "filter_rows"
    __table_args__ = {"schema": "marketplace"}

    choice: Mapped[str] = mapped_column(PLAIN_TEXT, primary_key=True)
    part: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    bits: Mapped[bytes] = mapped_column(LargeBinary)


class ListingFilterChange(Table):
    """Row of `listing_texts` whose listing has changed in what filters ask for, and that the bits do not know yet.

    Triggers note it in the transaction of the change (PostgreSQL only); the worker deletes it in that of the bits.
    """

    __tablename__ = "listing_filter_changes"
    __table_args__ = {"schema": "marketplace"}

    number: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), Identity(always=True), primary_key=True
    )
    listing_number: Mapped[int] = mapped_column(BigInteger)


class NewFilterRows(TypedDict):
    choice: str
    part: int
    bits: bytes


PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(table=FilterRows, retention=ALWAYS, impersonal=("choice", "part", "bits")),
    PersonalDataPolicy(table=ListingFilterChange, retention=ALWAYS, impersonal=("number", "listing_number")),
)
