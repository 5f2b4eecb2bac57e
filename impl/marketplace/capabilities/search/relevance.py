"""Order of relevance: the best tier first, in each tier what has the highest quality, and then the newest.

A feature gives two statements. One selects a page of few matches, which are all fetched, graded and sorted; the other
one a page of a single tier of many. `graded_page` and `tier_page` select the keys of such a page, narrowed by the
feature's own filters, and the feature joins what it shows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypedDict
from uuid import UUID

from sqlalchemy import FromClause, Integer, Select, Subquery, bindparam, literal_column, not_, select

from impl.kernel.paging import COUNTED, Page, Position, after_position
from impl.kernel.reader import Reader
from impl.kernel.statements import Query
from impl.marketplace.capabilities.search.repository import (
    Engine,
    Plan,
    Plans,
    graded_hits,
    hits,
)
from impl.marketplace.capabilities.search.tables import EVERYWHERE, TextIndex, Tier

type Narrow = Callable[[Select[*tuple[Any, ...]], FromClause], Select[*tuple[Any, ...]]]
"""Keeps, in a statement on hits, what everyone may see and the filters let through."""


class Ranked(TypedDict):
    """Columns that the row of a page has beside what it shows."""

    id: UUID
    tier: int
    quality: int


@dataclass(frozen=True, slots=True)
class Rank:
    """Position in the order of relevance, and the number of matches shown up to it."""

    tier: Tier
    quality: int
    last_id: UUID
    shown: int

    def position(self) -> Position:
        """Return what a cursor carries."""
        return [self.tier.value, self.quality, str(self.last_id), self.shown]

    @staticmethod
    def at(position: Position) -> "Rank":
        """Return the rank that a cursor carried."""
        tier, quality, last_id, shown = map(str, position)
        return Rank(Tier(int(tier)), int(quality), UUID(last_id), int(shown))


class GradedQuery[RowT](Protocol):
    """Makes the statement of a page of few matches."""

    def __call__(self, plan: Plan, /, *, continued: bool) -> Query[RowT]: ...


class TierQuery[RowT](Protocol):
    """Makes the statement of a page of one tier."""

    def __call__(self, tier: Tier, plan: Plan, /, *, continued: bool) -> Query[RowT]: ...


def graded_page(index: TextIndex, plan: Plan, narrow: Narrow, *, continued: bool) -> Subquery:
    """Select the keys, qualities and tiers of a page of few matches, all of which are fetched, graded and sorted."""
    found = graded_hits(index, plan)
    last = found.c[index.key]
    key = {"last_grade": -found.c.tier, "last_quality": found.c.quality, "last_id": last}
    walk = narrow(select(last, found.c.quality, found.c.tier), found)
    if continued:
        walk = walk.where(after_position(key, descending=True))
    return walk.order_by(*(column.desc() for column in key.values())).limit(_limit("limit")).subquery()


def tier_page(index: TextIndex, tier: Tier, plan: Plan, narrow: Narrow, *, continued: bool) -> Subquery:
    """Select the keys, qualities and tier of a page of what matches in this tier and in no better one.

    What better tiers have is left out of a bounded walk, not of its condition: the planner takes two conditions for
    independent, and would walk the whole index of qualities for what is nowhere.
    """
    found = hits(index, plan, tier)
    key = {"last_quality": found.c.quality, "last_id": found.c[index.key]}
    walk = narrow(select(found.c[index.key], found.c.quality, found.c.better), found)
    if continued:
        walk = walk.where(after_position(key, descending=True))
    met = walk.order_by(*(column.desc() for column in key.values())).limit(_limit("depth")).subquery()
    grade = literal_column(str(int(tier)), Integer).label("tier")
    best = select(met.c[index.key], met.c.quality, grade).where(not_(met.c.better))
    return best.order_by(met.c.quality.desc(), met.c[index.key].desc()).limit(_limit("limit")).subquery()


class Relevance:
    """Reads pages of an index in the order of relevance, up to COUNTED places of it."""

    def __init__(self, reader: Reader, engine: Engine, index: TextIndex) -> None:
        self._reader = reader
        self._plans = Plans(reader, engine)
        self._index = index

    async def page[RowT: Ranked](
        self,
        words: tuple[str, ...],
        binds: Mapping[str, object],
        *,
        graded: GradedQuery[RowT],
        of_tier: TierQuery[RowT],
        after: Rank | None,
        limit: int,
    ) -> Page[tuple[Rank, RowT]]:
        """Return the next of the best COUNTED matches, each with its place; the words are among the bind values."""
        shown = 0 if after is None else after.shown
        most = min(limit, COUNTED - shown)
        if not words or most <= 0:
            return Page(())
        whole = await self._plans.choose(self._index, words)
        if whole.few:
            last = {} if after is None else {"last_grade": -after.tier, **_last(after)}
            query = graded(whole, continued=after is not None)
            found = [*await self._reader.all(query, limit=most + 1, **binds, **last)]
        else:
            found = await self._by_tier(words, binds, of_tier, whole, after=after, limit=most + 1)
        places = [
            (Rank(Tier(row["tier"]), row["quality"], row["id"], shown + number), row)
            for number, row in enumerate(found[:most], start=1)
        ]
        return Page(places, more=len(found) > most and shown + most < COUNTED)

    async def _by_tier[RowT: Ranked](
        self,
        words: tuple[str, ...],
        binds: Mapping[str, object],
        of_tier: TierQuery[RowT],
        whole: Plan,
        *,
        after: Rank | None,
        limit: int,
    ) -> list[RowT]:
        found: list[RowT] = []
        for tier in self._index.tiers:
            if after is not None and tier < after.tier:
                continue
            last = {} if after is None or tier is not after.tier else _last(after)
            plan = whole if tier is EVERYWHERE else await self._plans.choose(self._index, words, tier)
            wanted = limit - len(found)
            # Better tiers have fewer than COUNTED rows, otherwise this position would not be reached.
            depth = wanted + COUNTED * (tier > 0)
            query = of_tier(tier, plan, continued=bool(last))
            found += await self._reader.all(query, limit=wanted, depth=depth, **binds, **last)
            if len(found) >= limit:
                break
        return found


def _limit(name: str) -> Any:  # noqa: ANN401 - SQLAlchemy's own type of a limit is private
    return bindparam(name, type_=Integer)


def _last(after: Rank) -> dict[str, object]:
    return {"last_quality": after.quality, "last_id": after.last_id}
