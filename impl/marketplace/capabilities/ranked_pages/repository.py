"""Statements of pages in the order of relevance: keys, qualities and tiers, narrowed by a feature's own filters.

One selects a page of few matches, which are all fetched, graded and sorted; the other one a page of a single tier.
"""

from collections.abc import Callable
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import FromClause, Integer, Select, Subquery, literal_column, not_, select

from impl.kernel.paging import after_position
from impl.kernel.statements import Query
from impl.marketplace.capabilities.search.service import (
    Plan,
    TextIndex,
    Tier,
    graded_hits,
    hits,
    limit_by,
    next_hits,
)

type Narrow = Callable[[Select[*tuple[Any, ...]], FromClause], Select[*tuple[Any, ...]]]
"""Keeps, in a statement on hits, what everyone may see and the filters let through."""


class GradedQuery[RowT](Protocol):
    """Makes the statement of a page of few matches."""

    def __call__(self, plan: Plan, /, *, continued: bool) -> Query[RowT]: ...


class TierQuery[RowT](Protocol):
    """Makes the statement of a page of one tier."""

    def __call__(self, tier: Tier, plan: Plan, /, *, continued: bool) -> Query[RowT]: ...


def graded_page(
    index: TextIndex, plan: Plan, narrow: Narrow, *, continued: bool, providers: Select[UUID] | None = None
) -> Subquery:
    """Select the keys, qualities and tiers of a page of few matches, all of which are fetched, graded and sorted.

    They are those of these providers where the plan is `placed`.
    """
    found = graded_hits(index, plan, providers if plan.placed else None)
    last = found.c[index.key]
    key = {"last_grade": -found.c.tier, "last_quality": found.c.quality, "last_id": last}
    walk = narrow(select(last, found.c.quality, found.c.tier), found)
    if continued:
        walk = walk.where(after_position(key, descending=True))
    return walk.order_by(*(column.desc() for column in key.values())).limit(limit_by("limit")).subquery()


def tier_page(index: TextIndex, tier: Tier, plan: Plan, narrow: Narrow, *, continued: bool) -> Subquery:
    """Select the keys, qualities and tier of a page of what matches in this tier and in no better one.

    What better tiers have is left out of a bounded walk, not of its condition: the planner takes two conditions for
    independent, and would walk the whole index of qualities for what is nowhere.
    """
    grade = literal_column(str(int(tier)), Integer).label("tier")
    if plan.brief:
        found = next_hits(index, tier, continued=continued)
        met = narrow(select(found.c[index.key], found.c.quality, grade), found)
        return met.order_by(found.c.quality.desc(), found.c[index.key].desc()).limit(limit_by("limit")).subquery()
    found = hits(index, plan, tier)
    key = {"last_quality": found.c.quality, "last_id": found.c[index.key]}
    walk = narrow(select(found.c[index.key], found.c.quality, found.c.better), found)
    if continued:
        walk = walk.where(after_position(key, descending=True))
    met_first = walk.order_by(*(column.desc() for column in key.values())).limit(limit_by("depth")).subquery()
    best = select(met_first.c[index.key], met_first.c.quality, grade).where(not_(met_first.c.better))
    return best.order_by(met_first.c.quality.desc(), met_first.c[index.key].desc()).limit(limit_by("limit")).subquery()
