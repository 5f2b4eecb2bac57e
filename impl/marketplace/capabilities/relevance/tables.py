"""Columns of a ranked row, and positions in the order of relevance; it has no table of its own."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypedDict
from uuid import UUID

from impl.kernel.paging import Position
from impl.kernel.statements import Query
from impl.marketplace.capabilities.row_bits.service import RowBits, RowsByQuality
from impl.marketplace.capabilities.search.service import LookRow, PlannedSearch, Shortlist, Tier


class Ranked(TypedDict):
    """Columns that the row of a page has beside what it shows."""

    id: UUID
    tier: int
    quality: int


# Values of a rank in a cursor.
RANK_LENGTH: Final = 4


@dataclass(frozen=True, slots=True)
class Rank:
    """Position in the order of relevance, and the number of matches shown up to it."""

    tier: Tier
    quality: int
    last_id: UUID
    shown: int

    def position(self) -> Position:
        """Return the position that a cursor contains."""
        return [self.tier.value, self.quality, str(self.last_id), self.shown]

    @staticmethod
    def at(position: Position) -> "Rank":
        """Return the rank that a cursor carried."""
        tier, quality, last_id, shown = map(str, position)
        return Rank(Tier(int(tier)), int(quality), UUID(last_id), int(shown))


type MetQuery = Callable[[Tier], Query[LookRow]]
"""Makes the statement that selects what has the words within a tier and passes the filters, up to `most`."""

type Bits = Callable[[PlannedSearch], Awaitable[Shortlist]]
"""Finds by bits the rows that may have the words of a search and pass the filters."""

type Qualities = Callable[[RowBits | None], Awaitable[RowsByQuality | None]]
"""Finds by bits the rows of the best quality: among these, or among those that have the words."""
