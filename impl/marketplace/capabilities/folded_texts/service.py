"""Folding of a text for a search, with the place of each character kept.

Fullwidth letters, digits of other scripts, letters that look like others and invisible characters make no difference
in what is folded, and what is found there is found in the original.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

__all__ = ["Folded", "fold", "with_letters"]


@dataclass(frozen=True, slots=True)
class Folded:
    """A text as it is searched; `origins` has the place of each of its characters in the original, and its end."""

    text: str
    origins: Sequence[int]
    original: str

    def written(self, start: int, end: int) -> str:
        """Return the original between two places of the folded text, with its capitals."""
        return self.original[self.origins[start] : self.origins[end]]


def fold(text: str) -> Folded:
    """Fold each character on its own, so that its place is known, and leave out invisible ones."""
    if text.isascii():
        return Folded(text.lower(), range(len(text) + 1), text)
    characters: list[str] = []
    origins: list[int] = []
    most = len(text) + _MORE
    for place, written in enumerate(text):
        folded = _folded(written)
        # No text is much longer when it is folded than it was: of a crowd of these, each is read as its first sign.
        for one in folded if len(characters) + len(text) - place < most else folded[:1]:
            characters.append(one)
            origins.append(place)
    origins.append(len(text))
    return Folded("".join(characters), origins, text)


@lru_cache(maxsize=4096)
def _folded(written: str) -> str:
    """Fold one character, to none or to several."""
    if written in _DRAWN:
        return _DRAWN[written]
    normal = unicodedata.normalize("NFKC", written)
    # What stands for a whole phrase, or is written below a line, is no part of a contact detail.
    if len(normal) > _LONGEST or _FRACTION in normal:
        normal = written
    else:
        # "(1)", "1." and "1," in one are a digit, as whoever reads them aloud says.
        normal = "".join(filter(str.isdecimal, normal)) or normal
    shown = (one for one in normal.lower() if unicodedata.category(one) not in _UNSEEN)
    return "".join(_digit(one) or _ALIKE.get(one, one) for one in shown)


def _digit(one: str) -> str | None:
    """Return the digit that a character stands for in any script, also where numbers have signs, as in Chinese."""
    value = unicodedata.numeric(one, -1.0)
    return str(int(value)) if value.is_integer() and 0 <= value <= 9 else None


# Most characters that one is read as: "(10)" in one.
_LONGEST: Final = 4
# Characters that a text may have more when it is folded.
_MORE: Final = 500
_FRACTION: Final = "\u2044"
# Formats such as joiners, and marks: an accent, a variation, the frame of a keycap.
_UNSEEN: Final = frozenset({"Cf", "Mn", "Me"})
# Signs that are read as these, and that no normal form makes of them.
_ALIKE: Final[Mapping[str, str]] = {
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
    **dict.fromkeys("\u00b7\u2022\u2027\u2219\u22c5\u3002", "."),
    **dict.fromkeys("\u2044\u2215\u29f8", "/"),
    # Cyrillic and Greek letters that nobody tells from Latin ones.
    **dict(zip("\u0430\u0435\u043e\u0440\u0441\u0445\u0443\u0456\u0455\u0458\u03bf", "aeopcxyisjo", strict=True)),
}
# Letters in a circle that are read as a sign, where a normal form would leave the letter.
_DRAWN: Final[Mapping[str, str]] = {"\u24d0": "@", "\u24b6": "@"}

_WORD: Final = re.compile(r"[^\W_]++")
_LETTERS: Final = str.maketrans("0134578", "oieastb")


def with_letters(text: str) -> str:
    """Return the folded text with letters for the digits that stand for them in words: "gma1l", "f1ve"."""
    return _WORD.sub(lambda word: word[0] if word[0].isalpha() else _lettered(word[0]), text)


def _lettered(word: str) -> str:
    return word.translate(_LETTERS) if any(map(str.isalpha, word)) else word
