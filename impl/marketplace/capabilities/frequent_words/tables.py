"""Tables of the rows that have a frequent word, as bits, and of the rows that have changed since."""

from typing import Final

from sqlalchemy import BigInteger, Identity, Integer, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column
from typing_extensions import TypedDict

from impl.kernel.personal_data import ALWAYS, PersonalDataPolicy
from impl.kernel.tables import Table
from impl.marketplace.capabilities.spelling.tables import PLAIN_TEXT

# Listings from which on a word is frequent (`ix_known_words_frequent`): of rarer ones, an index of words merges the
# rows in the time that a search has.
FREQUENT: Final = 100_000


class FrequentWordRows(Table):
    """Rows of `listing_texts` that have a word, or one that begins with it, or its stem, by their numbers.

    A word, behind which its stem stands, has a row for each part that has it, all of them or none; the first bit of a
    part is its lowest number. What is not published any more keeps its bits.
    """

    __tablename__ = "frequent_word_rows"
    __table_args__ = {"schema": "marketplace"}

    word: Mapped[str] = mapped_column(PLAIN_TEXT, primary_key=True)
    part: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    bits: Mapped[bytes] = mapped_column(LargeBinary)


class ListingTextChange(Table):
    """Published row of `listing_texts` whose words have changed, and that is not among the bits yet.

    A trigger notes it in the transaction of the change (PostgreSQL only); the worker deletes it in that of the bits.
    """

    __tablename__ = "listing_text_changes"
    __table_args__ = {"schema": "marketplace"}

    number: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), Identity(always=True), primary_key=True
    )
    listing_number: Mapped[int] = mapped_column(BigInteger)


class NewRows(TypedDict):
    word: str
    part: int
    bits: bytes


PERSONAL_DATA_POLICIES = (
    PersonalDataPolicy(table=FrequentWordRows, retention=ALWAYS, impersonal=("word", "part", "bits")),
    PersonalDataPolicy(table=ListingTextChange, retention=ALWAYS, impersonal=("number", "listing_number")),
)
