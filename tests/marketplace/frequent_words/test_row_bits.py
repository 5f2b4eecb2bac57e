"""Rows as bits come in ranges of qualities from the best down, each row once, and as many as may be looked at."""

from __future__ import annotations

import random
from itertools import pairwise

from impl.marketplace.capabilities.row_bits.service import ROWS_OF_PART, RowBits, RowsByQuality, between


def _bits(numbers: set[int]) -> dict[int, int]:
    parts: dict[int, int] = {}
    for number in numbers:
        part, place = divmod(number, ROWS_OF_PART)
        parts[part] = parts.get(part, 0) | 1 << place
    return parts


def test_ranges_of_qualities_name_each_row_in_one_of_them() -> None:
    chance = random.Random(5)  # noqa: S311 - rows, no secrets
    alone_or_not = set[bool]()
    for turn in range(60):
        # Their numbers are of three parts.
        qualities = {
            number: chance.choice((0, 0, 1, 30, 64, 99, 100, chance.randrange(101)))
            for number in chance.sample(range(ROWS_OF_PART - 100, 2 * ROWS_OF_PART + 100), k=300)
        }
        named = {*chance.sample([*qualities], k=chance.choice((0, 1, 40, 300)))}
        changed = frozenset(chance.sample([*qualities], k=2))
        digits = [
            _bits({number for number, one in qualities.items() if one >> digit & 1}) for digit in range(6, -1, -1)
        ]
        of_zero = sum(qualities[one] == 0 for one in named)
        top, most, alone = chance.choice((100, 64, 29, 0)), chance.choice((1, 30)), chance.choice((5, 60, 500, of_zero))
        rows = RowsByQuality(RowBits(_bits(named), changed), digits)
        spans = [*rows.spans(top, most, alone=alone)]
        assert [top, *(span.lowest - 1 for span in spans)] == [*(span.highest for span in spans), -1], turn
        for span in spans:
            assert span.lowest <= span.highest, "none is empty"
            expected = {one for one in named if span.lowest <= qualities[one] <= span.highest}
            alone_or_not.add(span.numbers is None)
            if span.numbers is None:
                assert span.lowest == span.highest
                assert len(expected) > alone
                continue
            assert {*span.numbers} == expected | changed
            assert len(span.numbers) == len({*span.numbers})
            assert len(expected) <= max(most, alone if len({qualities[one] for one in expected}) == 1 else 0)
        # Nothing is left for the next range that would go into this one.
        for one, other in pairwise(spans):
            both = [named_one for named_one in named if other.lowest <= qualities[named_one] <= one.highest]
            assert None in (one.numbers, other.numbers) or len(both) > most
    assert alone_or_not == {True, False}


def test_rows_between_two_numbers_are_told_by_binary_digits() -> None:
    numbers = {row * 997: row % 64 for row in range(300)}
    digits = [_bits({row for row, number in numbers.items() if number >> digit & 1}) for digit in range(5, -1, -1)]
    for first in (1, 2, 7, 32, 63):
        for last in range(first, 64):
            expected = {row for row, number in numbers.items() if first <= number <= last}
            found = RowBits(between(digits, first, last), frozenset())
            assert {*(found.numbers(len(numbers)) or ())} == expected, (first, last)


def test_rows_are_named_up_to_the_number_that_is_asked_for_beside_those_that_have_changed() -> None:
    found = RowBits({0: 0b1011, 2: 0b1}, frozenset({9}))
    assert sorted(found.numbers(4) or ()) == [0, 1, 3, 9, 2 * ROWS_OF_PART]
    assert found.numbers(3) is None


def test_words_have_in_common_what_both_name_and_all_that_has_changed() -> None:
    met = RowBits({0: 0b1011, 1: 0b1}, frozenset({9})).met(RowBits({0: 0b0110, 2: 0b1}, frozenset({8})))
    assert met == RowBits({0: 0b0010}, frozenset({8, 9}))
    part = RowBits({}, frozenset(), whole=False)
    assert [one.met(other).whole for one, other in ((met, met), (met, part), (part, met))] == [True, False, False]
