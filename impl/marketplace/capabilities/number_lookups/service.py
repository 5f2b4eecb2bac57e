"""Service that asks libphonenumber about a text, a bounded number of times.

In a text that has more that might be numbers, all the others are taken for some, so that the time grows with the length
alone and nothing hides behind a crowd.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from phonenumbers import Leniency, NumberParseException, PhoneMetadata, PhoneNumberMatcher, is_valid_number, parse

# How often libphonenumber is asked for one text.
MOST_TRIES: Final = 24
# Fewest and most digits of a number, without its country.
FEWEST, MOST = 7, 15
# The matcher is not asked about fewer in America, where all numbers have as many.
_AMERICAN_DIGITS: Final = 10

_NANP: Final = re.compile(r"1?[2-9][0-9]{2}[2-9][0-9]{6}")


@dataclass(slots=True)
class NumberLookups:
    """Questions to libphonenumber about one text, whose number is bounded."""

    region: str
    left: int = field(default=MOST_TRIES)

    def is_number(self, digits: str, *, is_foreign: bool) -> bool:
        """Return whether these digits are dialled so, from there or with the sign of a country."""
        if not FEWEST <= len(digits) <= MOST:
            return False
        is_foreign = is_foreign or digits.startswith("00")
        if not is_foreign and not _may_be_dialled(digits, self.region):
            return False
        if not self.left:
            return True
        self.left -= 1
        try:
            return is_valid_number(parse(f"+{digits.removeprefix('00')}" if is_foreign else digits, self.region))
        except NumberParseException:
            return False

    def matches(self, text: str, digits: str) -> Iterator[tuple[int, int]]:
        """Yield what the matcher of libphonenumber finds: what stands around it tells a number from a price."""
        if len(digits) < (_AMERICAN_DIGITS if is_american(self.region) else FEWEST) and "+" not in text:
            return
        end = 0
        if self.left:
            for match in PhoneNumberMatcher(text, self.region, leniency=Leniency.VALID, max_tries=self.left):
                self.left -= 1
                yield match.start, match.end
                end = match.end
                if not self.left:
                    break
            else:
                self.left -= 1
                return
        yield end, len(text)


@cache
def has_trunk_zero(region: str) -> bool:
    metadata = PhoneMetadata.metadata_for_region(region)
    return metadata is not None and metadata.national_prefix == "0"


@cache
def is_american(region: str) -> bool:
    metadata = PhoneMetadata.metadata_for_region(region)
    return metadata is not None and metadata.country_code == 1


def _may_be_dialled(digits: str, region: str) -> bool:
    """Return whether digits may be dialled in the region, by their beginning: sizes and years begin with no zero."""
    if is_american(region):
        return _NANP.fullmatch(digits) is not None
    return not has_trunk_zero(region) or digits[0] == "0"
