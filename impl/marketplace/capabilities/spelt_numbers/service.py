"""Words of the numbers from 0 to 99 and of hundreds, as they are said of telephone and house numbers."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

__all__ = ["DIGITS", "LETTERED", "NUMBER", "PAIRS", "REPEATED", "TENS", "WORD", "digits_of"]

# Words of the digits from 0 on.
DIGITS: Final[Mapping[str, str]] = {
    word: str(digit)
    for words in (
        "zero one two three four five six seven eight nine",
        "oh",
        "null eins zwei drei vier fünf sechs sieben acht neun",
        "null eins zwo drei vier fuenf sechs sieben acht neun",
        "nought",
    )
    for digit, word in enumerate(words.split())
}
_ENGLISH_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_GERMAN_TENS: Final = "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig".split()
# English ones, which a word of a digit may follow: "fifty five".
TENS: Final[Mapping[str, str]] = {word: str(tens) for tens, word in enumerate(_ENGLISH_TENS, 2)}


def _pairs() -> Iterator[tuple[str, str]]:
    """Yield words of the numbers from 10 to 99, each with its two digits."""
    teens = (
        "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
        "zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn",
    )
    for words in teens:
        yield from ((word, str(number)) for number, word in enumerate(words.split(), 10))
    for tens, (word, wort) in enumerate(zip(_ENGLISH_TENS, _GERMAN_TENS, strict=True), 2):
        yield from ((word, f"{tens}0"), (wort, f"{tens}0"))
        for digit, unit in enumerate("one two three four five six seven eight nine".split(), 1):
            yield f"{word}{unit}", f"{tens}{digit}"
        for digit, unit in enumerate("ein zwei drei vier fünf sechs sieben acht neun".split(), 1):
            yield f"{unit}und{wort}", f"{tens}{digit}"


def _hundreds() -> Iterator[tuple[str, str]]:
    """Yield German words of hundreds; in English they are two."""
    for digit, unit in enumerate("ein zwei drei vier fünf sechs sieben acht neun".split(), 1):
        yield f"{unit}hundert", f"{digit}00"


PAIRS: Final[Mapping[str, str]] = dict(_pairs())
# Groups of a number, of which one has letters alone that look like digits, in America and elsewhere: "503 SSS 0119".
LETTERED: Final[Mapping[bool, re.Pattern[str]]] = {
    True: re.compile(r"(?<!\w)([0-9oilszb]{3})[\s.\-/()]{1,3}+([0-9oilszb]{3})[\s.\-/]{1,3}+([0-9oilszb]{4})(?!\w)"),
    False: re.compile(
        r"(?<!\w)([0o][0-9oilszb]{2,4})[\s.\-/()]{1,3}+([0-9oilszb]{3,4})[\s.\-/]{1,3}+([0-9oilszb]{3,4})(?!\w)"
    ),
}
REPEATED: Final[Mapping[str, int]] = {"double": 2, "doppel": 2, "triple": 3, "dreimal": 3, "treble": 3}

_ALL: Final[Mapping[str, str]] = {**DIGITS, **PAIRS, **dict(_hundreds())}
_BY_LENGTH: Final = "|".join(sorted(_ALL, key=len, reverse=True))
_ONE: Final = re.compile(_BY_LENGTH)
_TOGETHER: Final = re.compile(rf"(?:{_BY_LENGTH})++")
_FIRST_LETTERS: Final = frozenset(word[:2] for word in _ALL)


def _one_of(words: Iterable[str]) -> str:
    """Return a pattern of one of these words, the longest first; the first letter tells most of them at once."""
    by_letter: dict[str, list[str]] = {}
    for word in sorted(words, key=len, reverse=True):
        by_letter.setdefault(word[0], []).append(word[1:])
    return "|".join(f"{letter}(?:{'|'.join(ends)})" for letter, ends in by_letter.items())


# Any of these words, in a pattern, and a number of several in English: "forty-eight twenty-one".
WORD: Final = rf"(?:{_one_of(_ALL)})"
NUMBER: Final = rf"{WORD}(?:(?:\s{{1,2}}+|-)(?:{_one_of([*_ALL, 'hundred', 'thousand', 'and'])})\b){{0,5}}+"


def digits_of(word: str) -> list[str]:
    """Return the digits of each number that a word says, of several where they are written together; else none."""
    found = _ALL.get(word)
    if found is not None:
        return [found]
    if word[:2] not in _FIRST_LETTERS or not _TOGETHER.fullmatch(word):
        return []
    return [_ALL[one] for one in _ONE.findall(word)]
