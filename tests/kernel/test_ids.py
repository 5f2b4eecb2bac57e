"""Ids of a burst and of a clock that steps back, and the one that bounds a moment."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import reduce
from operator import or_
from types import SimpleNamespace
from uuid import RFC_4122

import pytest

from impl.kernel import ids
from impl.kernel.ids import MonotonicCounter, first_id, new_id


def test_a_counter_begins_low_counts_to_its_end_and_goes_on_in_the_next_millisecond(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [5_000_000]
    monkeypatch.setattr(ids, "time", SimpleNamespace(time_ns=lambda: now[0]))
    counter = MonotonicCounter()
    assert [counter.next(0xFFFF), counter.next(0), counter.next(7)] == [(5, 0x3FF), (5, 0x400), (5, 0x401)]
    now[0] = 1_000_000
    assert counter.next(0) == (5, 0x402), "a clock that steps back changes nothing"
    rest = [counter.next(0) for _ in range(0xFFF - 0x402)]
    assert rest[-1] == (5, 0xFFF)
    assert [counter.next(0), counter.next(0)] == [(6, 0), (6, 1)]
    now[0] = 6_000_000
    assert counter.next(0) == (6, 2)
    now[0] = 7_999_999
    assert counter.next(0xF801) == (7, 1)


def test_an_id_has_its_time_its_version_and_otherwise_every_bit_by_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    begin, count = (new_id().int >> 80) + 1, 300
    times = iter(range(begin, begin + count))
    monkeypatch.setattr(ids, "time", SimpleNamespace(time_ns=lambda: next(times) * 1_000_000))
    made = [new_id() for _ in range(count)]
    assert [one.int >> 80 for one in made] == list(range(begin, begin + count))
    assert {(one.version, one.variant) for one in made} == {(7, RFC_4122)}
    ones, zeros = reduce(or_, (one.int for one in made)), reduce(or_, (~one.int for one in made))
    # 10 bits of the counter, whose two upper ones are for a burst, and 62 behind the variant.
    assert ones >> 64 & 0xFFF == zeros >> 64 & 0x3FF == 0x3FF
    assert ones & 2**62 - 1 == zeros & 2**62 - 1 == 2**62 - 1


def test_the_first_id_of_a_moment_stands_before_all_of_it_and_behind_all_earlier_ones() -> None:
    moment = datetime(2026, 5, 4, 3, 2, 1, 7000, UTC)
    first = first_id(moment)
    assert first.int >> 80 == int(moment.timestamp() * 1000)
    assert first.int & (1 << 80) - 1 == 0
    assert first_id(datetime.now(UTC)) < new_id()
