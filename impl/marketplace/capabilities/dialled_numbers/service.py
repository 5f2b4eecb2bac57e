"""Service that finds telephone numbers in a folded text: in figures, spelt out, apart, and with words between.

A text is read once, as words and figures. What follows each other with little between is a run, and a run is a number
by what libphonenumber knows of the country, or where nothing but a number is written so.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, pairwise
from math import prod
from typing import Final, NamedTuple

from impl.marketplace.capabilities.folded_texts.service import with_letters
from impl.marketplace.capabilities.number_lookups.service import (
    FEWEST,
    MOST,
    NumberLookups,
    has_trunk_zero,
    is_american,
)
from impl.marketplace.capabilities.spelt_numbers.service import LETTERED, REPEATED, TENS, digits_of

# So many digits that stand alone, or words of digits, are a number whether or not it is in use.
_SINGLE, _WORDS = 10, 3
# Fewest digits of a number that is looked for within a run.
_SHORTEST = 9
_AROUND: Final = 3
# How numbers are grouped in America, and a group that is no prefix elsewhere: "00", "01" of a model.
_AMERICAN: Final = (3, 3, 4)
_SHORT_PREFIX: Final = 2
# Most digits of what is counted.
_COUNTED: Final = 3

# Words that are said between two groups of one number, and those that are so only where a group begins with a zero:
# amounts are counted up with them as well.
_FILLERS: Final = frozenset(
    "then next number dash hyphen minus plus dot point period comma space slash followed by again "
    "dann danach strich bindestrich punkt komma nochmal weiter pause".split()
)
_HUNDREDS: Final = frozenset({"hundred", "hundert"})
_AND: Final = frozenset({"and", "und", "also", "sowie"})
# Words that announce a number, also glued to it.
_CUE_WORDS: Final = (
    "call|calls|phone|telephone|tel|text|texts|ring|cell|mobile|mob|whatsapp|sms|dial|fon|telefon|handy|mobil|"
    "anrufen|erreichbar|ruf|rufnummer|ph"
)
_CUE: Final = re.compile(
    rf"(?<!\w)(?:{_CUE_WORDS})(?:\s(?:me|us|mich|uns|is|ist|at|on|under|unter|number|nr|no)){{0,3}}[\s.:=#(]{{0,4}}\Z"
)
# More than the longest of these, and than a sign of a currency with a blank.
_CUE_LENGTH: Final = 40
_SIGN_LENGTH: Final = 3

# Beside a number that is written from its end on.
_BACKWARDS: Final = re.compile(r"(?<!\w)(?:backwards?|in\sreverse|reversed?\sorder|rückwärts|umgekehrt)\b")
_TOKEN: Final = re.compile(r"[^\W_]++")
_PART: Final = re.compile(r"[0-9]++|[^\W\d_]++")
# Letters that look like digits stand before one; the one like a zero stands anywhere.
_LOOKS_LIKE: Final = re.compile(r"(?:[ilszb](?=[oilszb]{0,8}[0-9])|[0-9o])++")
_DIGITS_FOR: Final = str.maketrans("oilszb", "011528")
# What may stand between two groups of one number, and what stands there in numbers alone.
_BETWEEN: Final = re.compile(r"(?:[^\w$€£¥%°@\u00d7]|_){0,12}+")
_ODD: Final = re.compile(r"[^\w\s.,\-/():;]|_|\n|\s\s|[.\-/]\s|\s[.\-/]")
_LISTED: Final = re.compile(r"[,;:\n]")
_PRICED: Final = re.compile(r"[$€£¥]\s?\Z")
_UNIT: Final = re.compile(
    r"\s?(?:[$€£¥%°]|(?:mm|cm|m|m2|m3|km|kg|g|t|l|ml|in|inch|inches|ft|feet|yd|sq|w|kw|kwh|v|a|hz|usd|eur|euros?|gbp|chf|dollars?|cents?|"
    r"pounds?|pcs|pieces?|stück|tiles?|units?|years?|jahre?|x)\b)"
)
# Dates, and times from and until, have as many digits as numbers have.
_DATE: Final = re.compile(
    r"(?<![\w.,/\-])(?:(?:0?[1-9]|[12][0-9]|3[01])([./\-])(?:0?[1-9]|1[0-2])\1(?:19|20)[0-9]{2}"
    r"|(?:19|20)[0-9]{2}([./\-])(?:0[1-9]|1[0-2])\2(?:0[1-9]|[12][0-9]|3[01]))(?![\w/\-]|[.,][0-9])"
)
_TIME: Final = re.compile(r"(?<![\w.:])(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?![\w:])")
_NANP_AHEAD: Final = re.compile(r"(?=([2-9][0-9]{2}[2-9][0-9]{6}))")
_ZERO_AHEAD: Final = re.compile(r"(?=(0[1-9][0-9]{7,10}))")


class _Group(NamedTuple):
    """Digits that are written together: `words` of single digits, or a number of two or three that is spelt out."""

    start: int
    end: int
    digits: str
    words: int = 0
    is_spelt: bool = False
    is_pair: bool = False
    # Words between it and the group before.
    after: Sequence[str] = ()


# Letters end a run.
_BREAK: Final = _Group(0, 0, "")


def numbers(text: str, region: str) -> Iterator[tuple[int, int]]:
    """Yield where each telephone number begins and ends in a folded text."""
    text = _TIME.sub(_crossed_out, _DATE.sub(_crossed_out, text))
    lookups = NumberLookups(region)
    is_backwards = _BACKWARDS.search(text) is not None
    yield from _lettered(text, lookups)
    for run in _runs(text):
        yield from _numbers_of(text, run, lookups)
        if is_backwards and lookups.is_number("".join(group.digits for group in run)[::-1], is_foreign=False):
            yield run[0].start, run[-1].end


def _lettered(text: str, lookups: NumberLookups) -> Iterator[tuple[int, int]]:
    """Yield numbers with a group of letters alone, which ends a run everywhere else."""
    for found in LETTERED[is_american(lookups.region)].finditer(text):
        written, is_lettered = "".join(found.groups()), any(map(str.isalpha, found.groups()))
        digits = "" if written.isalpha() or not is_lettered else written.translate(_DIGITS_FOR)
        if lookups.is_number(digits, is_foreign=False):
            yield found.span()


def _crossed_out(found: re.Match[str]) -> str:
    return "x" * len(found[0])


def _runs(text: str) -> Iterator[list[_Group]]:
    """Yield runs of groups of digits, between which stands only what may stand in a number."""
    run: list[_Group] = []
    said: list[str] = []
    last = 0
    for token in _TOKEN.finditer(text):
        word, start = token[0], token.start()
        if run and not _BETWEEN.fullmatch(text, last, start):
            yield run
            run = []
            said.clear()
        last = token.end()
        if word.isdecimal():
            run.append(_Group(start, last, word * _times(said), after=(*said,)))
            said.clear()
            continue
        if word in REPEATED or (run and (word in _FILLERS or word in _AND)):
            said.append(word)
            continue
        if word in _HUNDREDS and run and len(run[-1].digits) == 1 and not said:
            run[-1] = run[-1]._replace(end=last, digits=run[-1].digits + "00", words=0, is_spelt=True, is_pair=True)
            continue
        for group in _groups_of(word, start) or (_BREAK,):
            if group is not _BREAK:
                _add(text, run, group, said)
            elif run:
                yield run
                run = []
            said.clear()
    if run:
        yield run


def _times(said: Sequence[str]) -> int:
    """Return how often the words before a group repeat it ("double"), at most as often as a number has digits."""
    return min(MOST, prod(REPEATED.get(word, 1) for word in said)) if said else 1


def _groups_of(word: str, start: int) -> list[_Group]:
    """Return the groups of one word, with a break where letters stand between digits; none of a word without any."""
    end = start + len(word)
    if word.isdecimal():
        return [_Group(start, end, word)]
    has_digits = any(map(str.isdecimal, word))
    spelt = digits_of(with_letters(word) if has_digits else word)
    if spelt:
        singles = sum(len(one) == 1 for one in spelt)
        return [_Group(start, end, "".join(spelt), singles, is_spelt=True, is_pair=singles < len(spelt))]
    if word in {"o", "oo"} or (has_digits and _LOOKS_LIKE.fullmatch(word)):
        return [_Group(start, end, word.translate(_DIGITS_FOR), is_spelt=True)]
    if not has_digits:
        return []
    groups: list[_Group] = []
    for part in _PART.finditer(word):
        # Letters within are a break, unless they are words of digits themselves.
        is_word = not part[0].isdecimal() and not digits_of(part[0])
        groups += [_BREAK] if is_word else _groups_of(part[0], start + part.start())
    return groups


def _add(text: str, run: list[_Group], group: _Group, said: Sequence[str]) -> None:
    """Append a group to a run; ones are added to the tens before them: "fifty five"."""
    before = run[-1] if run else None
    if (
        before is not None
        and before.is_pair
        and group.words == 1
        and group.digits != "0"
        and text[before.start : before.end] in TENS
        and text[before.end : group.start] in {" ", "-"}
    ):
        run[-1] = before._replace(end=group.end, digits=before.digits[:-1] + group.digits)
    else:
        run.append(group._replace(digits=group.digits * _times(said), after=(*said,)) if said else group)


def _numbers_of(text: str, run: Sequence[_Group], lookups: NumberLookups) -> Iterator[tuple[int, int]]:
    """Yield the numbers in one run: the whole of it, or what stands between commas, or what the matcher finds."""
    digits = "".join(group.digits for group in run)
    if len(digits) < FEWEST:
        return
    if _is_number(text, run, lookups):
        yield _begin(text, run), run[-1].end
        return
    listed = _divided(run, lambda before, after: _LISTED.search(text, before.end, after.start) is not None)
    parts: list[Sequence[_Group]] = [part for part in listed if _is_number(text, part, lookups)]
    if not parts and has_trunk_zero(lookups.region):
        prefixed = _divided(run, lambda _, after: after.digits.startswith("0") and len(after.digits) > _SHORT_PREFIX)
        if all(_is_dialled(text, part, lookups) for part in prefixed):
            parts.extend(prefixed)
    if not parts:
        parts.extend(_within(text, run, digits, lookups))
    if parts:
        yield from ((_begin(text, part), part[-1].end) for part in parts)
    elif not any(group.is_spelt for group in run):
        first = max(0, run[0].start - _AROUND)
        found = [*lookups.matches(text[first : run[-1].end + _AROUND], digits)]
        yield from ((first + start, first + end) for start, end in found)
        if not found:
            yield from ((part[0].start, part[-1].end) for part in _grouped(text, run, lookups))


def _within(text: str, run: Sequence[_Group], digits: str, lookups: NumberLookups) -> Iterator[Sequence[_Group]]:
    """Yield numbers beside other figures; they begin and end where groups do."""
    if not _is_odd(text, run):
        return
    begins = list(accumulate((len(group.digits) for group in run), initial=0))
    places = {begin: number for number, begin in enumerate(begins)}
    last = 0
    for match in (_NANP_AHEAD if is_american(lookups.region) else _ZERO_AHEAD).finditer(digits):
        first = places.get(match.start())
        if first is None or first < last:
            continue
        for length in range(len(match[1]), _SHORTEST - 1, -1):
            after = places.get(match.start() + length)
            if after is not None and _is_number(text, run[first:after], lookups):
                yield run[first:after]
                last = after
                break
            if is_american(lookups.region):
                break


def _grouped(text: str, run: Sequence[_Group], lookups: NumberLookups) -> Iterator[Sequence[_Group]]:
    """Yield numbers by their groups, where only a blank divides them from other figures: a postal code, a year."""
    place = 0
    while place < len(run):
        part = next((part for part in _groupings(run, place, lookups.region) if _is_dialled(text, part, lookups)), None)
        if part is not None:
            yield part
        place += 1 if part is None else len(part)


def _groupings(run: Sequence[_Group], first: int, region: str) -> Iterator[Sequence[_Group]]:
    """Yield parts of a run that begin at this group and may be a number, the longest first, but not the whole run."""
    for count in (3,) if is_american(region) else (4, 3, 2):
        part = run[first : first + count]
        if len(part) < count or count == len(run):
            continue
        lengths = tuple(len(group.digits) for group in part)
        is_usual = lengths == _AMERICAN if is_american(region) else len(part[0].digits) > _SHORT_PREFIX
        if is_usual and (is_american(region) or part[0].digits.startswith("0")):
            yield part


def _is_dialled(text: str, part: Sequence[_Group], lookups: NumberLookups) -> bool:
    """Return whether groups are a number in use, and neither a list, nor a count, nor an amount."""
    if any(_LISTED.search(text, before.end, after.start) for before, after in pairwise(part)) or _is_counting(part):
        return False
    if _is_amount(text, part[0].start, part[-1].end):
        return False
    digits = "".join(group.digits for group in part)
    return len(digits) >= _SHORTEST and lookups.is_number(digits, is_foreign=False)


def _is_amount(text: str, start: int, end: int) -> bool:
    """Return whether the sign of a currency stands before figures, or a unit behind them."""
    return _PRICED.search(text, start - _SIGN_LENGTH, start) is not None or _UNIT.match(text, end) is not None


def _begin(text: str, run: Sequence[_Group]) -> int:
    """Return where a run begins, with the sign of a country before it."""
    start = run[0].start
    return start - text[:start].endswith("+")


def _divided(run: Sequence[_Group], is_between: Callable[[_Group, _Group], bool]) -> list[list[_Group]]:
    """Return the parts of a run, divided between some of its groups; none if it is not divided."""
    parts = [[run[0]]]
    for before, after in pairwise(run):
        if is_between(before, after):
            parts.append([])
        parts[-1].append(after)
    return parts if len(parts) > 1 else []


def _is_number(text: str, run: Sequence[_Group], lookups: NumberLookups) -> bool:
    """Return whether a run is one number: by how it is written, and by the numbers in use."""
    digits = "".join(group.digits for group in run)
    if len(digits) < FEWEST or _is_counting(run):
        return False
    start, end = _begin(text, run), run[-1].end
    words, has_pairs = sum(group.words for group in run), any(group.is_pair for group in run)
    is_single = all(len(group.digits) == 1 for group in run)
    is_said = not has_pairs and (words >= _WORDS or (is_single and len(digits) >= _SINGLE))
    if is_said and not _is_list(text, run, digits):
        return True
    if len(digits) > MOST:
        return False
    # No amount has a part that begins with a zero.
    is_priced = not any(group.digits.startswith("0") for group in run) and _is_amount(text, start, end)
    if not is_priced and _CUE.search(text, start - _CUE_LENGTH, start):
        return True
    is_odd = is_single or digits.startswith("00") or _is_odd(text, run)
    if any(not _AND.isdisjoint(group.after) for group in run):
        is_odd = words >= _WORDS or any(group.digits.startswith("0") for group in run[1:])
    return is_odd and not is_priced and lookups.is_number(digits, is_foreign=start < run[0].start)


def _is_list(text: str, run: Sequence[_Group], digits: str) -> bool:
    """Return whether a run is a list of counts, divided by commas or "and"."""
    pairs = [*pairwise(run)]
    if not pairs or ("0" in digits and len(digits) <= MOST):
        return False
    return all(
        _LISTED.search(text, before.end, after.start) or not _AND.isdisjoint(after.after) for before, after in pairs
    )


def _is_odd(text: str, run: Sequence[_Group]) -> bool:
    """Return whether a part of the run is written as only telephone numbers are."""
    # Of what is listed, no number of things begins with a zero.
    has_zero = any(len(group.digits) > 1 and group.digits.startswith("0") for group in run[1:])
    if has_zero and any(_LISTED.search(text, before.end, after.start) for before, after in pairwise(run)):
        return True
    return any(group.is_spelt or group.after for group in run) or any(
        _ODD.search(text, before.end, after.start) for before, after in pairwise(run)
    )


def _is_counting(run: Sequence[_Group]) -> bool:
    """Return whether the numbers count up by one, as those of rooms or steps do."""
    pairs = [*pairwise(run)]
    if not pairs or any(len(group.digits) > _COUNTED for group in run):
        return False
    return all(int(after.digits) == int(before.digits) + 1 for before, after in pairs)
