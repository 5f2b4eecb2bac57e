"""Rows that words have in common, as bits and as numbers."""

from __future__ import annotations

from impl.marketplace.capabilities.frequent_words.service import ROWS_OF_PART, RowBits


def test_rows_are_named_up_to_the_number_that_is_asked_for_beside_those_that_have_changed() -> None:
    found = RowBits({0: 0b1011, 2: 0b1}, frozenset({9}))
    assert sorted(found.numbers(4) or ()) == [0, 1, 3, 9, 2 * ROWS_OF_PART]
    assert found.numbers(3) is None


def test_words_have_in_common_what_both_name_and_all_that_has_changed() -> None:
    met = RowBits({0: 0b1011, 1: 0b1}, frozenset({9})).met(RowBits({0: 0b0110, 2: 0b1}, frozenset({8})))
    assert met == RowBits({0: 0b0010}, frozenset({8, 9}))
