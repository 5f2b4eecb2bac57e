"""Typos of a word are found by what is left of both when letters are left out."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from impl.kernel.errors import JsonScalar
from impl.kernel.paging import Position
from impl.marketplace.capabilities.spelling.service import (
    Corrected,
    Found,
    distance,
    remainders,
    search_corrected,
    stored_remainders,
    typos_of,
)

WORDS = ["taps", "leaky", "plumber", "cleaning", "electrician", "водопровод", "αποχετευση", "nasraeumung"]


PAIRS = [
    ("tap", "tap", 0),
    ("tap", "tpa", 1),
    ("tap", "taps", 1),
    ("tap", "tip", 1),
    ("plumber", "pulmbre", 2),
    ("", "tap", 3),
    # Letters that were swapped are not changed again.
    ("ca", "abc", 3),
    # The first letter has none before it that it could be swapped with.
    ("aaa", "a", 2),
]


@pytest.mark.parametrize(("left", "right", "typos"), PAIRS)
def test_typos_are_counted(left: str, right: str, typos: int) -> None:
    assert distance(left, right) == distance(right, left) == typos


@pytest.mark.parametrize("word", WORDS)
def test_every_typo_that_is_corrected_leaves_what_is_stored_of_the_word(word: str) -> None:
    letters = random.Random(word)  # noqa: S311 - the same typos at each run
    stored = set(stored_remainders(word))
    for typo in [one for once in _typos(word, letters) for one in (once, letters.choice(_typos(once, letters)))]:
        if distance(typo, word) <= typos_of(typo):
            assert stored & set(remainders(typo, typos_of(typo))), typo


def test_short_words_numbers_and_codes_are_left_alone() -> None:
    assert [typos_of(word) for word in ("tap", "3000x", "1998", "taps", "plumber", "cleaning", "x" * 40, "x" * 41)] == [
        *(0, 0, 0, 1, 1, 2, 2, 0)
    ]


def test_what_a_long_word_leaves_is_bounded() -> None:
    assert len([*stored_remainders("unbelievablylongword")]) <= 29


def _typos(word: str, letters: random.Random) -> list[str]:
    """Return words that one typo makes of the word: at each place, each kind."""
    parts = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    other = letters.choice(word)
    swapped = {word[:i] + b + a + word[i + 2 :] for i, (a, b) in enumerate(pairwise(word))}
    left_out = {left + right[1:] for left, right in parts if right}
    changed = {left + other + right[1:] for left, right in parts if right}
    return sorted(swapped | left_out | changed | {left + other + right for left, right in parts})


@pytest.mark.parametrize(
    ("length", "left"), [(2, 0), (3, 1 + 3), (5, 1 + 5), (6, 1 + 6 + 15), (7, 1 + 7 + 21), (42, 1 + 7 + 21), (43, 0)]
)
def test_a_word_is_stored_without_as_many_letters_as_queries_may_lack(length: int, left: int) -> None:
    word = "abcdefg"[:length] + "x" * (length - 7)
    stored = [*stored_remainders(word)]
    assert len(stored) == len(set(stored)) == left
    assert [*stored_remainders(f"{word[:-1]}1")] == [], "codes are not corrected"


class _Search:
    """Search of numbers behind a position, by text: what is asked of it, it writes down."""

    def __init__(self, found: dict[str, list[int]], correction: str | None) -> None:
        self.found = found
        self.correction = correction
        self.asked: list[tuple[str, list[object] | None]] = []
        self.corrected: list[str] = []

    async def look(self, text: str, last: Position | None) -> Found[int]:
        self.asked.append((text, None if last is None else [*last]))
        rows = self.found.get(text, [])
        return Found(rows, [rows[-1]] if len(rows) > 1 else None)

    async def correct(self, text: str) -> str | None:
        self.corrected.append(text)
        return self.correction

    async def make(self, text: str | None, last: list[JsonScalar] | None = None) -> Corrected[str, int]:
        return await search_corrected(
            text or "",
            text,
            last,
            length=1,
            with_text=lambda _, other: other,
            look=self.look,
            correct=self.correct,
        )


async def test_an_empty_first_page_is_searched_for_again_with_the_corrected_text() -> None:
    search = _Search({"plumber": [1, 2]}, "plumber")
    first = await search.make("plumer")
    assert first == Corrected(Found([1, 2], [2, "plumber"]), "plumber", "plumber")
    assert search.asked == [("plumer", None), ("plumber", None)]
    later = await search.make("plumer", [2, "plumber"])
    assert later == first
    assert search.asked[2:] == [("plumber", [2])], "and is not corrected anew"
    assert search.corrected == ["plumer"]


@pytest.mark.parametrize(
    ("found", "correction", "text", "last", "corrected"),
    [
        ({"plumer": [1]}, "plumber", "plumer", None, []),
        ({}, "plumber", "plumer", [1], []),
        ({}, "plumber", None, None, []),
        ({}, None, "plumer", None, ["plumer"]),
        ({}, "plumber", "plumer", None, ["plumer"]),
    ],
)
async def test_nothing_is_told_of_a_correction_that_was_not_needed_or_finds_nothing(
    found: dict[str, list[int]],
    correction: str | None,
    text: str | None,
    last: list[JsonScalar] | None,
    corrected: list[str],
) -> None:
    search = _Search(found, correction)
    result = await search.make(text, last)
    assert (result.text, result.filters, result.page.rows) == (None, text or "", found.get(text or "", []))
    assert search.corrected == corrected
