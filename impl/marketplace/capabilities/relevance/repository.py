"""Pages in the order of relevance: the best tier first, in each tier what has the highest quality, then the newest.

A feature gives two statements. One selects a page of few matches, which are all fetched, graded and sorted; the other
one a page of a single tier. `graded_page` and `tier_page` select the keys of such a page, narrowed by the feature's own
filters, and the feature joins what it shows.

Many matches of a tier are met along the index of qualities. Words that are frequent, but not where the order begins,
would make that walk a long one: then bits (`_of_spans`), the index of titles (`_of_best`) or that of words
(`_of_levels`) say at which qualities they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Final
from uuid import UUID

from impl.kernel.paging import COUNTED, Counted, Page, total_of
from impl.kernel.reader import Reader
from impl.kernel.statements import Query
from impl.marketplace.capabilities.ranked_pages.service import GradedQuery, TierQuery
from impl.marketplace.capabilities.relevance.tables import Bits, MetQuery, Qualities, Rank, Ranked
from impl.marketplace.capabilities.row_bits.service import RowBits, RowsByQuality
from impl.marketplace.capabilities.search.service import (
    BOUNDS,
    EVERYWHERE,
    HITS,
    QUALITY_MAX,
    Bounds,
    Engine,
    LookRow,
    Plan,
    PlannedSearch,
    SearchPlanner,
    Shortlist,
    Term,
    Terms,
    TextIndex,
    Tier,
    word_binds,
)

# After the last row of a quality, so that the next rows are those of the quality below it.
_LOWEST_ID: Final = UUID(int=0)
# Qualities that are looked at together, twice as many each time.
_FIRST_LEVELS: Final = 4
# Ranges of qualities that are looked at by bits.
_SPANS: Final = 4
# Matches that are fetched for each row that is wanted: a few of them may be hidden, or left out by a filter.
_ENOUGH: Final = 3
# If the next rows have one in so many of the wanted matches, about as many times more rows likely have all of them.
_HOPEFUL: Final = 4
# The same for prefixes, of which the index of words would collect every row before it returns one.
_HOPEFUL_OF_PREFIXES: Final = 12


@dataclass(slots=True)
class _Search[RowT]:
    """Search for words, with the statements of its feature, and values of the feature's own filters."""

    words: tuple[str, ...]
    graded: GradedQuery[RowT]
    of_tier: TierQuery[RowT]
    filters: Mapping[str, object]
    terms: Terms
    # Counts the rows of the providers near a point, if there is one.
    near: Query[Counted] | None = None
    # What filters leave is looked for by it, where they may leave little.
    met: MetQuery | None = None
    bits: Bits | None = None
    qualities: Qualities | None = None
    # What it has found, by the tier.
    found: dict[Tier, Sequence[LookRow] | None] = field(default_factory=dict)
    # Bits of what filters leave, where it is much.
    many: RowBits | None = None
    by_quality: RowsByQuality | None = None


class Relevance:
    """Reads pages of an index in the order of relevance, up to COUNTED places of it."""

    def __init__(self, reader: Reader, engine: Engine, index: TextIndex, bounds: Bounds = BOUNDS) -> None:
        self._reader = reader
        self._engine: Engine = engine
        self._planner = SearchPlanner(reader, engine, bounds)
        self._index = index
        self._bounds = bounds

    async def page[RowT: Ranked, ValuesT: Mapping[str, object]](
        self,
        words: tuple[str, ...],
        binds: ValuesT,
        *,
        graded: GradedQuery[RowT],
        of_tier: TierQuery[RowT],
        after: Rank | None,
        limit: int,
        near: Query[Counted] | None = None,
        met: MetQuery | None = None,
        bits: Bits | None = None,
        qualities: Qualities | None = None,
        today: date | None = None,
    ) -> Page[tuple[Rank, RowT]]:
        """Return the next of the best COUNTED matches, each with its place.

        `binds` are the values of the feature's statements but those for the words. `near` counts the rows near a point,
        if one is given: few of these are looked through for the words by a plan that is `placed`. `met` is given with
        filters that may leave little, `bits` and `qualities` where some are kept. An index of the licensed needs
        `today`.
        """
        shown = 0 if after is None else after.shown
        most = min(limit, COUNTED - shown)
        if not words or most <= 0:
            return Page(())
        terms = await self._planner.terms(self._index, words, today)
        found = await self._found(
            _Search(words, graded, of_tier, binds, terms, near, met, bits, qualities), after, most + 1
        )
        places = [
            (Rank(Tier(row["tier"]), row["quality"], row["id"], shown + number), row)
            for number, row in enumerate(found[:most], start=1)
        ]
        return Page(places, more=len(found) > most and shown + most < COUNTED)

    async def _found[RowT: Ranked](self, search: _Search[RowT], after: Rank | None, limit: int) -> list[RowT]:
        terms = search.terms
        if search.near is not None and self._planner.looks_ahead:
            near = await total_of(self._reader, search.near, **search.filters)
            if near <= self._bounds.few:
                return await self._graded(search, PlannedSearch(Plan(self._engine, placed=True)), after, limit)
        tried: tuple[Tier, list[RowT]] | None = None
        # A word that is frequent by itself is in many rows; several may never meet.
        is_many = terms.are_frequent and len(search.words) == 1
        if not is_many and terms.are_many and "near_reach" not in search.filters:
            tier = self._index.tiers[0] if after is None else after.tier
            # The best tier often has enough, and to look everywhere costs more.
            first = self._next if terms.are_frequent and not terms.have_prefix else self._of_tier
            found = await first(search, tier, after, limit)
            if len(found) >= limit:
                return found
            tried = (tier, found) if terms.have_prefix else None
        few = await self._few(search, is_many=is_many)
        if few is not None:
            return [] if few.is_empty else await self._graded(search, few, after, limit)
        return await self._by_tier(search, after=after, limit=limit, tried=tried)

    async def _few[RowT: Ranked](self, search: _Search[RowT], *, is_many: bool) -> PlannedSearch | None:
        """Return the plan for all matches if bits or an index say that they are few, else None."""
        # Bits are kept of frequent words, and the index soon finds the others.
        for by_bits in (search.terms.are_frequent, not search.terms.are_frequent):
            if by_bits:
                found = PlannedSearch(Plan(self._engine)).of_few((await self._shortlist(search)).few)
            elif is_many or search.many is not None:
                continue
            else:
                found = await self._planner.everywhere(self._index, search.terms)
            if found.plan.few:
                return found
        return None

    async def _graded[RowT: Ranked](
        self, search: _Search[RowT], few: PlannedSearch, after: Rank | None, limit: int
    ) -> list[RowT]:
        """Return the next of few matches, which are all fetched, graded and sorted."""
        last = {} if after is None else {"last_grade": -after.tier, **_last(after)}
        query = search.graded(few.plan, continued=after is not None)
        return [*await self._reader.all(query, limit=limit, **{**_values(search), **few.binds, **last})]

    async def _shortlist[RowT: Ranked](self, search: _Search[RowT]) -> Shortlist:
        """Return the rows that bits name for a search with filters that may leave few."""
        is_narrowed = search.met is not None or self._index.of_licensed
        if search.bits is None or not is_narrowed or not self._planner.looks_ahead:
            return Shortlist()
        shortlist = await search.bits(PlannedSearch(Plan(self._engine), search.terms.binds))
        search.many = shortlist.many
        if search.many is not None:
            search.found[EVERYWHERE] = None
        return shortlist

    async def _by_tier[RowT: Ranked](
        self, search: _Search[RowT], *, after: Rank | None, limit: int, tried: tuple[Tier, list[RowT]] | None
    ) -> list[RowT]:
        """Return the matches of one tier after the other; `tried` has those of a tier that was read to its end."""
        found = [] if tried is None else tried[1]
        for tier in self._index.tiers:
            if (after is not None and tier < after.tier) or (tried is not None and tier is tried[0]):
                continue
            last = after if after is not None and tier is after.tier else None
            found += await self._of_tier(search, tier, last, limit - len(found))
            if len(found) >= limit:
                break
        return found

    async def _next[RowT: Ranked](
        self, search: _Search[RowT], tier: Tier, last: Rank | None, limit: int, *, times: int = 1
    ) -> list[RowT]:
        """Return the matches of the tier among the next rows of the order."""
        query = search.of_tier(tier, Plan(self._engine, brief=True), continued=last is not None)
        values = {**_values(search), **_last(last)}
        return [*await self._reader.all(query, limit=limit, walked=times * self._bounds.walked, **values)]

    async def _soon[RowT: Ranked](self, search: _Search[RowT], tier: Tier, last: Rank | None, limit: int) -> list[RowT]:
        """Return the matches of the tier among the next rows, or several times as many if these have some."""
        met = await self._next(search, tier, last, limit)
        hopeful = _HOPEFUL_OF_PREFIXES if search.terms.have_prefix else _HOPEFUL
        if len(met) < limit <= len(met) * hopeful:
            met = await self._next(search, tier, last, limit, times=hopeful + 1)
        return met

    async def _of_tier[RowT: Ranked](
        self, search: _Search[RowT], tier: Tier, last: Rank | None, limit: int
    ) -> list[RowT]:
        """Return the best matches of the tier: few are fetched and sorted, frequent words are met along the order."""
        is_placed = "near_reach" in search.filters
        is_frequent = search.terms.are_frequent and not is_placed
        # A look would collect whatever begins with a prefix.
        by_best = is_frequent and search.terms.have_prefix and self._planner.knows_best(self._index, tier)
        # Several words may be far from the beginning of the order, and the index tells how far.
        is_met = is_frequent and not (by_best and len(search.words) > 1)
        # One word may be in many texts without being in other tiers than the last one.
        is_later = tier is not self._index.tiers[0] and len(search.words) == 1 and not search.terms.have_prefix
        if is_met and is_later and not await self._planner.has(self._index, tier, search.terms.binds):
            return []
        if is_frequent and len(search.words) > 1 and await self._lacks_word(search, tier):
            return []
        met = await self._soon(search, tier, last, limit) if is_met else []
        if len(met) >= limit:
            return met
        if is_met and not met and not is_later and len(search.words) == 1 and await self._lacks_word(search, tier):
            return []
        if by_best:
            return await self._of_best(search, tier, last, limit, met)
        named = await self._of_spans(search, tier, last, limit) if is_frequent else None
        if named is not None:
            return named
        seen = await self._planner.look(self._index, tier, search.terms.binds)
        if len(seen) <= self._bounds.few:
            return await self._hits(search, tier, seen, last, limit)
        # The planner knows what few there is near a point, and begins with it.
        if is_placed or not self._index.has_lexicon:
            return await self._tier(search, tier, PlannedSearch(Plan(self._engine)), last, limit)
        return await self._of_levels(search, tier, last, limit, met=met, best=max(row["quality"] for row in seen))

    async def _of_best[RowT: Ranked](
        self, search: _Search[RowT], tier: Tier, last: Rank | None, limit: int, met: Sequence[RowT]
    ) -> list[RowT]:
        """Return the best matches of the tier by the index of titles, then others of the worst quality."""
        top = QUALITY_MAX if last is None else last.quality
        seen = await self._planner.best(self._index, tier, search.terms.binds, top)
        if len(seen) <= self._bounds.few:
            return await self._hits(search, tier, seen, last, limit)
        worst = seen[-1]["quality"]
        found = await self._hits(search, tier, [row for row in seen if row["quality"] > worst], last, limit)
        if len(found) >= limit:
            return found
        return found + await self._of_levels(search, tier, last, limit - len(found), met=met, best=worst, top=worst)

    async def _of_spans[RowT: Ranked](
        self, search: _Search[RowT], tier: Tier, last: Rank | None, limit: int
    ) -> list[RowT] | None:
        """Return the best matches of the tier by bits of qualities; None without bits, or after too many spans.

        Of a quality that few of the named rows have, these are looked at; where many have it, they are met along the
        order from there on.
        """
        if search.by_quality is None and search.qualities is not None and not search.terms.have_prefix:
            search.by_quality = await search.qualities(search.many)
        if search.by_quality is None:
            return None
        found: list[RowT] = []
        top = QUALITY_MAX if last is None else last.quality
        spans = search.by_quality.spans(top, self._bounds.walked, alone=self._bounds.few)
        for span in islice(spans, _SPANS):
            wanted = limit - len(found)
            if span.numbers is None:
                start = last if last is not None and last.quality == span.highest else _before(tier, span.highest)
                found += await self._soon(search, tier, start, wanted)
                return found if len(found) >= limit else None
            seen = await self._planner.of_span(self._index, tier, search.terms.binds, span)
            found += await self._hits(search, tier, seen, last, wanted)
            if len(found) >= limit or span.lowest == 0:
                return found
        return None

    async def _walk[RowT: Ranked](self, search: _Search[RowT], tier: Tier, last: Rank, limit: int) -> list[RowT]:
        """Return the next matches of the tier along the order; if filters leave few rows, these are fetched instead."""
        for within in (EVERYWHERE, tier):
            if within not in search.found:
                search.found[within] = await self._left(search, within)
            if (few := search.found[within]) is not None:
                return await self._hits(search, tier, few, last, limit)
        return await self._tier(search, tier, PlannedSearch(Plan(self._engine)), last, limit)

    async def _left[RowT: Ranked](self, search: _Search[RowT], within: Tier) -> Sequence[LookRow] | None:
        """Return the rows that have the words within the tier and pass the filters; None if these may not be few."""
        if search.met is None:
            return None
        found = await self._reader.all(search.met(within), **{**_values(search), "most": self._bounds.few + 1})
        return found if len(found) <= self._bounds.few else None

    async def _lacks_word[RowT: Ranked](self, search: _Search[RowT], tier: Tier) -> bool:
        """Return whether no row has one of the words within the tier: a look for all would read rows of the others."""
        today = search.terms.binds.get("today")
        for term in search.terms.binds["words"]:
            if isinstance(term, Term) and not await self._planner.has(self._index, tier, word_binds((term,), today)):
                return True
        return False

    async def _of_levels[RowT: Ranked](
        self,
        search: _Search[RowT],
        tier: Tier,
        last: Rank | None,
        limit: int,
        *,
        met: Sequence[RowT],
        best: int | None,
        top: int | None = None,
    ) -> list[RowT]:
        """Return the best of many matches, those of one range of qualities after the other.

        The index of words says what is in a range. From the `best` quality on that a match is known to have, they are
        met along the order, unless those that were `met` are rare there.
        """
        found: list[RowT] = []
        if top is None:
            top = QUALITY_MAX if last is None else last.quality
        size = _FIRST_LEVELS
        best = None if best is None else min(top, best)
        while top >= 0:
            wanted = limit - len(found)
            # Better ones are among those that were found.
            met = [row for row in met if row["quality"] <= top]
            start = last if last is not None and last.quality == top else _before(tier, top)
            if best == top:
                if not any(row["quality"] == top for row in met):
                    met = await self._next(search, tier, start, wanted)
                if len(met) >= wanted:
                    return [*found, *met]
                levels = range(top, top - 1, -1)
            elif best is not None:
                # Nothing is known yet of what is better than these.
                levels = range(top, best, -1)
            else:
                levels = range(top, max(-1, top - size), -1)
                size *= 2
            seen = await self._planner.look(self._index, tier, search.terms.binds, levels)
            if len(seen) <= self._bounds.few:
                found += await self._hits(search, tier, seen, last, wanted)
                if len(found) >= limit:
                    break
                top = levels[-1] - 1
                best = best if best is not None and best <= top else None
            elif len(levels) == 1:
                found += await self._walk(search, tier, start, wanted)
                break
            else:
                best = max(row["quality"] for row in seen)
        return found

    async def _hits[RowT: Ranked](
        self, search: _Search[RowT], tier: Tier, seen: Sequence[LookRow], last: Rank | None, limit: int
    ) -> list[RowT]:
        """Return the best of these rows that pass the filters: first of the best ones, then of the others."""
        order = sorted(((row["quality"], row["id"]) for row in seen), reverse=True)
        if last is not None:
            order = [one for one in order if one < (last.quality, last.last_id)]
        found: list[RowT] = []
        for part in (order[: _ENOUGH * limit], order[_ENOUGH * limit :]):
            if part and len(found) < limit:
                few = PlannedSearch(Plan(self._engine, few=True), {HITS: [one for _, one in part]})
                found += await self._tier(search, tier, few, None, limit - len(found))
        return found

    async def _tier[RowT: Ranked](
        self, search: _Search[RowT], tier: Tier, part: PlannedSearch, last: Rank | None, limit: int
    ) -> list[RowT]:
        query = search.of_tier(tier, part.plan, continued=last is not None)
        # Better tiers have fewer than COUNTED rows, otherwise this position would not be reached.
        depth = limit + COUNTED * (tier > 0)
        values = {**_values(search), **part.binds, **_last(last)}
        return [*await self._reader.all(query, limit=limit, depth=depth, **values)]


def _before(tier: Tier, quality: int) -> Rank:
    """Return the position before all rows of the quality."""
    return Rank(tier, quality + 1, _LOWEST_ID, 0)


def _values[RowT](search: _Search[RowT]) -> dict[str, object]:
    return {**search.filters, **search.terms.binds}


def _last(after: Rank | None) -> dict[str, object]:
    return {} if after is None else {"last_quality": after.quality, "last_id": after.last_id}
