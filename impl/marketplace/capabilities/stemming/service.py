"""Service of stemming: English stems by Snowball, and workers named with their work (a plumber does plumbing).

Stems are computed here and not by a database, so that both engines find the same. They are made of folded words.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

import snowballstemmer

_STEMMER: Final = snowballstemmer.stemmer("english")
# Folded words in Latin letters; shorter ones have no ending that could be left out.
_WORD: Final = re.compile(r"[a-z]{3,}")
# Enough for the words of a language that are in use.
_KNOWN: Final = 50_000

# Snowball leaves the ending of a worker ("plumber") and of some kinds of work ("carpentry"): a rule for them would also
# make a shower of a show. The first of each line stands for all of it.
_TRADES: Final = """
    brick bricklayer bricklayers bricklaying brickwork
    build builder builders
    carpent carpenter carpenters carpentry
    clean cleaner cleaners
    decor decorator decorators decorating decoration
    demolish demolisher demolishers demolition
    electric electrician electricians electrical electricity
    exterminate exterminator exterminators extermination
    fit fitter fitters
    floor floorer floorers
    garden gardener gardeners
    glaze glazier glaziers glazing
    groom groomer groomers
    haul hauler haulers haulage
    inspect inspector inspectors
    insulate insulator insulators
    join joiner joiners joinery
    landscape landscaper landscapers
    locksmith locksmiths locksmithing
    mason masons masonry
    move mover movers
    organise organize organiser organizer organisers organizers organising organizing
    paint painter painters
    pave paver pavers
    plaster plasterer plasterers
    plumb plumber plumbers
    photograph photographer photographers photography
    remodel remodeler remodelers remodeller remodellers
    renovate renovator renovators
    repair repairer repairers repairman
    roof roofer roofers
    sweep sweeper sweepers
    technic technician technicians technical
    tile tiler tilers
    upholster upholsterer upholsterers upholstery
    weld welder welders
"""


def _of_trades() -> dict[str, str]:
    lines = [line.split() for line in _TRADES.strip().splitlines()]
    return {word: _STEMMER.stemWord(first) for first, *others in lines for word in others}


_STEM_OF_TRADE: Final = _of_trades()
TRADES: Final = frozenset(_STEM_OF_TRADE)
"""Words for workers and their work that are found by another word of the same trade."""


@lru_cache(maxsize=_KNOWN)
def stem(word: str) -> str | None:
    """Return the stem of a folded word; None for words without English endings, such as numbers and other scripts."""
    if not _WORD.fullmatch(word):
        return None
    found: str = _STEM_OF_TRADE.get(word) or _STEMMER.stemWord(word)
    return found


def stems(words: Iterable[str]) -> list[str]:
    """Return the stems of the words, each once, in their order."""
    return list(dict.fromkeys(found for word in words if (found := stem(word)) is not None))
